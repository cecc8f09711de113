"""What everybody uses: seats, devices, tickets, machine hours, all following from people."""

from __future__ import annotations

from collections import defaultdict
from functools import lru_cache
from typing import TYPE_CHECKING

from truecost.synthetic.people import heads
from truecost.synthetic.tables import table

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from truecost.synthetic.catalogue import Service
    from truecost.synthetic.world import World

    #: What is used, by service, month and who uses it: a department or another service.
    Used = Mapping[str, Mapping[int, Mapping[str, int]]]

# Of a thousand people of each kind: how many have one, or how many there are for them.
_KINDS = ("office", "shop", "plant", "depot", "lab")
_WORKPLACE = {
    "laptop": (990, 90, 150, 110, 1040),
    "desktop": (15, 340, 60, 90, 40),
    "handheld": (0, 260, 90, 610, 0),
    "virtual-desktop": (60, 0, 20, 10, 180),
    "mobile-phone": (610, 70, 80, 130, 450),
    "office-suite": (1000, 130, 190, 170, 1000),
    "mail": (1000, 600, 420, 450, 1000),
    "video-meetings": (970, 60, 90, 70, 980),
    "meeting-rooms": (55, 4, 6, 5, 60),
    "printing": (520, 300, 180, 410, 260),
    "file-shares": (9400, 600, 1500, 900, 31000),
    "intranet": (1000, 1000, 1000, 1000, 1000),
    "e-signature": (240, 10, 15, 20, 90),
    "password-safe": (380, 0, 20, 10, 640),
}
_PEOPLE = {
    "wide-network": (1000, 420, 380, 400, 1000),
    "site-network": (1000, 900, 700, 800, 1000),
    "remote-access": (720, 20, 60, 40, 540),
    "telephony": (530, 90, 70, 110, 320),
    "identity": (1020, 640, 450, 480, 1060),
    "security-operations": (1020, 640, 450, 480, 1060),
    "reporting": (310, 30, 40, 50, 220),
    "service-desk": (520, 190, 140, 180, 480),
    "on-site-help": (70, 55, 40, 50, 75),
}
# What platforms use of each other.
_AMONG_PLATFORMS = {
    "data-centre": {
        "virtual-machines": 210, "containers": 40, "database-hosting": 64, "block-storage": 96,
        "object-storage": 72, "backup": 58, "wide-network": 30, "site-network": 16,
        "telephony": 8, "security-operations": 12,
    },
    "virtual-machines": {
        "monitoring": 13140, "identity": 8760, "integration": 17520, "service-desk": 4380,
        "reporting": 21900, "build-pipeline": 10950, "security-operations": 7300,
        "remote-access": 2920, "file-shares": 5840, "printing": 2190, "mail": 4380,
        "virtual-desktop": 14600, "intranet": 2920, "database-hosting": 36500,
    },
    "containers": {"monitoring": 9000, "integration": 24000, "build-pipeline": 30000},
    "database-hosting": {"identity": 2, "integration": 4, "reporting": 6, "monitoring": 2},
    "block-storage": {
        "virtual-machines": 9000, "database-hosting": 14000, "mail": 8000, "monitoring": 12000,
    },
    "object-storage": {"backup": 160000, "data-lake": 90000, "monitoring": 30000},
    "backup": {"virtual-machines": 21000, "database-hosting": 28000, "file-shares": 60000},
    "wide-network": {"data-centre": 60, "remote-access": 25, "telephony": 40},
    "monitoring": {
        "virtual-machines": 96, "containers": 30, "database-hosting": 40, "block-storage": 12,
        "wide-network": 74, "site-network": 130, "identity": 8, "backup": 10, "data-centre": 14,
        "integration": 12, "cloud-landing": 20, "telephony": 9,
    },
    "identity": {
        "virtual-machines": 60, "database-hosting": 45, "monitoring": 20, "cloud-landing": 55,
        "service-desk": 30, "build-pipeline": 40,
    },
    "security-operations": {"virtual-machines": 260, "wide-network": 120, "cloud-landing": 300},
    "disaster-recovery": {"database-hosting": 12, "identity": 2, "integration": 3},
    "service-desk": {"identity": 140, "remote-access": 60, "telephony": 25},
}  # fmt: skip
#: The file of the quantities of each kind of service.
FILES = {"platform": "platforms", "workplace": "workplace", "application": "seats"}
_CUT_OVER = 13  # May 2025: the month after the order hub began


@lru_cache(maxsize=2)
def used(world: World) -> Used:
    """Give what is used of each service."""
    found: dict[str, dict[int, dict[str, int]]] = defaultdict(lambda: defaultdict(dict))
    for month in world.months:
        number = month.number
        _by_people(world, number, month.month, found)
        for service in world.services:
            if service.kind == "application" and service.exists(number):
                _by_application(world, service, number, found)
        for platform, by in _AMONG_PLATFORMS.items():
            for service_id, much in by.items():
                moved = _moved(world, much, platform, service_id, number)
                found[platform][number][service_id] = moved
    return {service: dict(months) for service, months in found.items()}


def _moved(world: World, much: int, platform: str, user: str, number: int) -> int:
    grown = much * (1000 + 6 * number) // 1000
    return max(world.dice.about(grown, 30, "use", platform, user, number), 1)


def _by_people(
    world: World, number: int, of_year: int, found: dict[str, dict[int, dict[str, int]]]
) -> None:
    for unit in world.departments:
        people = heads(world).get((unit.id, number))
        if people is None:
            continue
        at = _KINDS.index(unit.kind)
        for service, shares in (_WORKPLACE | _PEOPLE).items():
            share = world.dice.about(shares[at], 80, service, unit.id)
            if service in {"printing", "e-signature", "service-desk", "on-site-help"}:
                share = world.dice.about(share, 150, service, unit.id, number)
                share += share * (of_year in {4, 5, 11, 12} and unit.kind in {"shop", "depot"}) // 5
            if service == "service-desk" and number == _CUT_OVER and "wholesale" in unit.path:
                share *= 3
            found[service][number][unit.id] = people * share // 1000
        for service_ in world.services:
            if service_.kind == "application" and service_.exists(number):
                share = min(world.dice.about(service_.share(unit), 40, service_.id, unit.id), 1000)
                found[service_.id][number][unit.id] = people * share // 1000


def _by_application(
    world: World, service: Service, number: int, found: dict[str, dict[int, dict[str, int]]]
) -> None:
    """Add what an application uses of platforms: more where it is larger and runs here."""
    size = service.size
    own = service.host == "own"
    cloud = service.host in {"nimbus", "stratus"}
    uses = {
        "virtual-machines": own * size * 2920,
        "containers": own * (size >= 4) * size * 4400,  # noqa: PLR2004
        "database-hosting": own * size,
        "block-storage": own * size * 900,
        "backup": own * size * 2100,
        "disaster-recovery": own * (size >= 4) * size,  # noqa: PLR2004
        "monitoring": (own * 3 + cloud * 2) * size,
        "integration": size * 240,
        "build-pipeline": (own + 2 * cloud) * size * 35,
        "data-lake": (own + cloud) * size * 700,
        "cloud-landing": cloud * (1 + size // 2),
        "identity": size * 12,
    }
    for platform, much in uses.items():
        if much:
            found[platform][number][service.id] = _moved(world, much, platform, service.id, number)


def files(world: World) -> Iterator[tuple[str, str]]:
    """Give a file of drivers for each kind of service: a row per month and who uses it."""
    quantities = used(world)
    for kind, name in FILES.items():
        services = [one.id for one in world.services if one.kind == kind and one.id in quantities]
        rows = _rows(world, services)
        yield f"data/drivers/{name}.csv", table(("period", "target", *services), rows)
    by_month = sorted(heads(world).items(), key=lambda one: (one[0][1], one[0][0]))
    yield (
        "data/drivers/people.csv",
        table(
            ("period", "consumer", "people"),
            (
                (world.months[number].label, unit, str(people))
                for (unit, number), people in by_month
            ),
        ),
    )


def _rows(world: World, services: list[str]) -> Iterator[tuple[str, ...]]:
    quantities = used(world)
    for month in world.months:
        by = [quantities[service].get(month.number, {}) for service in services]
        targets = dict.fromkeys(target for one in by for target in one)
        for target in targets:
            cells = (str(one[target]) if one.get(target) else "" for one in by)
            yield month.label, target, *cells


def total(world: World, service: str, number: int) -> int:
    """Give how much of a service all use in a month; before its first month, as in its first."""
    months = used(world)[service]
    return sum(months[max(number, min(months))].values())
