"""What suppliers are paid: contracts of infrastructure, licences of applications, one-offs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from truecost.synthetic.postings import Posting
from truecost.synthetic.use import total
from truecost.synthetic.world import major
from truecost.synthetic.world import month as month_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from truecost.synthetic.catalogue import Service
    from truecost.synthetic.world import Month, World

# supplier, text, company, cost centre, account, monthly or the month of the year in which a year
# is paid in advance, amount in whole units, rise each April in thousandths, first and last month
_CONTRACTS = """
Harrowgate Circuits | Lines between sites | uk | IT-300 | 5310 | monthly | 61400 | 12
Harrowgate Circuits | Internet access | uk | IT-300 | 5310 | monthly | 13900 | 12
Rheinkabel Netze | Standortnetz Deutschland | de | DE-IT-10 | 5310 | monthly | 17800 | 18
Ohio Valley Fiber | Circuits, Ohio and New Jersey | us | US-IT-10 | 5310 | monthly | 9600 | 20
Tallis Telephony | Extensions and calls | uk | IT-310 | 5320 | monthly | 14200 | 0
Wander Mobile | Contracts of mobile phones | uk | IT-105 | 5320 | monthly | 31800 | 25
Stonebarn Data Centres | Rooms and power, hall 2 | uk | IT-220 | 5410 | monthly | 72500 | 38
Stonebarn Data Centres | Rooms and power, second site | uk | IT-220 | 5410 | monthly | 28300 | 38
Plumb Line Hardware | Maintenance of servers | uk | IT-200 | 5210 | 7 | 218000 | 20
Plumb Line Hardware | Maintenance of storage | uk | IT-210 | 5210 | 10 | 164000 | 20
Keystone Switching | Maintenance of networks | uk | IT-300 | 5210 | 1 | 131000 | 30
Overlay Systems | Virtualisation licences | uk | IT-200 | 5110 | 5 | 486000 | 0 | 0-11
Overlay Systems | Virtualisation licences, new prices | uk | IT-200 | 5110 | 5 | 861000 | 0 | 12-
Tabularium | Database licences | uk | IT-420 | 5110 | 9 | 612000 | 40
Palimpsest | Backup software | uk | IT-210 | 5110 | 11 | 143000 | 30
Lanternwatch | Monitoring and logs | uk | IT-600 | 5130 | monthly | 21700 | 60
Gatewarden | Accounts and access | uk | IT-510 | 5130 | monthly | 26400 | 50
Gatewarden | Detection and response | uk | IT-500 | 5130 | monthly | 33900 | 50
Nightwatch Security | Watch around the clock | uk | IT-500 | 5620 | monthly | 47500 | 25
Conduit Works | Integration platform | uk | IT-430 | 5110 | 2 | 318000 | 30
Forgeline | Building and testing of software | uk | IT-400 | 5130 | monthly | 11800 | 45
Lakehouse Partners | Data platform | uk | IT-425 | 5130 | monthly | 38600 | 35
Brightfield Services | Second line of the service desk | uk | IT-110 | 5620 | monthly | 36700 | 30
Brightfield Services | Printers, per page | uk | IT-115 | 5620 | monthly | 15900 | 10
Gruenwald Dienste | Vor-Ort-Betreuung | de | DE-IT-10 | 5620 | monthly | 12400 | 20
Meridian Conferencing | Rooms for video meetings | uk | IT-115 | 5210 | 6 | 58000 | 20
Atelier Nord | Contractors, development | uk | IT-400 | 5030 | monthly | 96000 | 30
Atelier Nord | Contractors, order hub | uk | IT-610 | 5030 | monthly | 118000 | 0 | 4-14
Fell & Partners | Advice on the order hub | uk | IT-610 | 5610 | monthly | 64000 | 0 | 3-13
Fell & Partners | Advice on mowing robots | uk | IT-610 | 5610 | monthly | 27000 | 0 | 8-16
Steinbruch Automation | Steuerung der Werke | de | DE-IT-20 | 5620 | monthly | 21600 | 22
Ledger & Lime | Benchmark of IT cost | uk | IT-710 | 5610 | 8 | 46000 | 0
"""
#: Whose bill of a month is posted in the next; until then an estimate counts.
_LATE = {"Tallis Telephony"}
#: Contracts by seat: what they cost is what is used.
_SEATED = {
    "office-suite": ("Parchment Office", "IT-100", 2140),
    "mail": ("Parchment Office", "IT-100", 390),
    "video-meetings": ("Meridian Conferencing", "IT-100", 610),
    "e-signature": ("Seal & Sign", "IT-100", 85),
    "password-safe": ("Strongroom", "IT-500", 320),
}
_MAKERS = (
    "Quillon Software", "Brasswick Systems", "Oakmere Applications", "Tidewell", "Copperline",
    "Northlight Software", "Fernhollow", "Ashgrove Systems", "Blue Heron Software", "Millrace",
    "Hartwood", "Silverbirch Digital", "Kestrel Works", "Dovetail Software", "Marlpit",
)  # fmt: skip
# month by number, account, cost centre, supplier, text, whole pounds
_ONCE = """
8 | 5610 | IT-500 | Nightwatch Security | Incident of December: forensics | 184500
9 | 5610 | IT-500 | Nightwatch Security | Incident of December: recovery | 97200
11 | 5610 | IT-500 | Brightfield Insurance | Incident of December: paid by the insurer | -120000
13 | 5620 | IT-110 | Brightfield Services | Extra hands while the order hub began | 41600
20 | 5410 | IT-220 | Stonebarn Data Centres | Settlement of power for three years | 73155
"""
_RISE_OF_SEATS = 65  # thousandths, in April of the second year


def prepaid(world: World) -> Iterator[Posting]:
    """Give what was paid in the year before the first month, for months of the world."""
    for number in range(-12, 0):
        month = month_of(number)
        for one in (*_infrastructure(world, month), *_maintenance(world, month)):
            if one.service_to >= world.months[0].day(1):
                yield one


def postings(world: World) -> Iterator[Posting]:
    """Post all that suppliers send invoices for."""
    for month in world.months:
        yield from _infrastructure(world, month)
        yield from _by_seat(world, month)
        yield from _maintenance(world, month)
    yield from _one_offs(world)


def _infrastructure(world: World, month: Month) -> Iterator[Posting]:
    for number, line in enumerate(_CONTRACTS.strip().splitlines()):
        supplier, text, company, centre, account, when, amount, rise, *rest = line.split(" | ")
        first, _, last = rest[0].partition("-") if rest else ("", "", "")
        if not int(first or -1000) <= month.number <= int(last or 1000):
            continue
        minor = int(amount) * 100
        for _ in range(month.number // 12):
            minor += minor * int(rise) // 1000
        document = f"{supplier[:2].upper()}-{4000 + number}-{month.number + 1:02}"
        if when != "monthly":
            if int(when) == month.month:
                begins, ends = month.later(1).day(1), month.later(12).day(31)
                yield Posting(
                    month.number, month.day(11), company, account, centre, "", supplier,
                    document, f"{text}, a year in advance", minor, begins, ends,
                )  # fmt: skip
            continue
        if supplier in _LATE:
            if month.number > 0:
                text = f"{text}, {month.later(-1).label}"
                yield Posting(
                    month.number, month.day(5), company, account, centre, "", supplier, document,
                    text, minor,
                )  # fmt: skip
            continue
        minor = world.dice.about(minor, 18 if account in {"5030", "5320"} else 0, document)
        # now and then an invoice is entered after the month's books went out
        late = not world.dice.roll(0, 59, "late", document)
        filed = min(month.number + late, len(world.months) - 1)
        yield Posting(
            filed, month.day(18), company, account, centre, "", supplier, document,
            f"{text}, {month.label}", minor,
        )  # fmt: skip


def seat_price(world: World, service: Service) -> int:
    """Give what a seat of a service costs in a month at first, in pence."""
    if service.id in _SEATED:
        return _SEATED[service.id][2]
    return world.dice.roll(500, 900, "seat", service.id) * service.size


def by_seat(world: World) -> tuple[Service, ...]:
    """Give the services whose suppliers are paid by seats."""
    return tuple(one for one in world.services if one.host == "saas" or one.id in _SEATED)


def supplier(world: World, service: Service) -> str:
    """Give who makes a service's software."""
    if service.id in _SEATED:
        return _SEATED[service.id][0]
    return world.dice.one(_MAKERS, "maker", service.id)


def invoiced(world: World, service: Service, number: int) -> int:
    """Give what a month's seats cost, in pence."""
    price = seat_price(world, service)
    price += price * _RISE_OF_SEATS * (number >= 12) // 1000  # noqa: PLR2004  the second year
    return price * total(world, service.id, number)


def estimates(world: World) -> Iterator[tuple[str, ...]]:
    """Give what is known of bills that come in the month after."""
    for line in _CONTRACTS.strip().splitlines():
        supplier, _, _, centre, account, _, amount, rise = line.split(" | ")[:8]
        if supplier not in _LATE:
            continue
        for month in world.months:
            minor = int(amount) * 100
            for _ in range(month.number // 12):
                minor += minor * int(rise) // 1000
            yield month.label, account, centre, supplier, major(minor)


def _by_seat(world: World, month: Month) -> Iterator[Posting]:
    """Accrue each month's seats, take the accrual back in the next, and post the invoice there."""
    last = month.later(-1)
    for service in by_seat(world):
        centre = _SEATED[service.id][1] if service.id in _SEATED else "IT-410"
        who = supplier(world, service)

        def post(
            day: str, document: str, text: str, amount: int,
            whose: Service = service, centre: str = centre, who: str = who,
        ) -> Posting:  # fmt: skip
            return Posting(
                month.number, day, "uk", "5130", centre, whose.id, who, document, text, amount
            )

        number = f"{service.id[:6].upper()}-{month.label}"
        before = _accrued(world, service, last.number)
        yield post(month.day(1), f"REV-{number}", f"Accrual of {last.label} taken back", -before)
        yield post(
            month.day(12), f"INV-{number}", f"{service.name}, seats of {last.label}",
            invoiced(world, service, last.number),
        )  # fmt: skip
        yield post(
            month.day(31), f"ACC-{number}", f"Accrual: {service.name}, seats of {month.label}",
            _accrued(world, service, month.number),
        )  # fmt: skip
        if world.dice.roll(1, 40, "credit", service.id, month.number) == 1:
            yield post(
                month.day(22), f"CRN-{number}", f"Credit note: {service.name} was down",
                -invoiced(world, service, month.number) // 12,
            )  # fmt: skip


def _accrued(world: World, service: Service, number: int) -> int:
    """Give what the books expect of a month: about what is invoiced, in whole pounds."""
    expected = invoiced(world, service, number)
    return world.dice.about(expected, 15, "accrued", service.id, max(number, 0)) // 100 * 100


def _due(world: World, service: Service, number: int) -> bool:
    """Say whether a year's licences fall due."""
    if service.span[0] > 0:
        return (number - service.span[0]) % 12 == 0
    return number % 12 == world.dice.roll(0, 11, "due", service.id)


def _maintenance(world: World, month: Month) -> Iterator[Posting]:
    """Post a year's licences in advance for what runs here or in the cloud."""
    for service in world.services:
        runs = service.host not in {"", "saas"} and service.exists(month.number)
        if not runs or not _due(world, service, month.number):
            continue
        yearly = world.dice.about(900_000, 300, "yearly", service.id) * service.size
        yearly += yearly * 28 * (month.number // 12) // 1000
        yield Posting(
            month.number, month.day(9), "uk", "5110", "IT-410", service.id,
            supplier(world, service), f"LIC-{service.id[:6].upper()}-{month.label}",
            f"{service.name}, licences of a year", yearly, month.day(1), month.later(11).day(31),
        )  # fmt: skip


def _one_offs(world: World) -> Iterator[Posting]:
    """Post what happened once."""
    for line in _ONCE.strip().splitlines():
        number, account, centre, who, text, amount = line.split(" | ")
        month = world.months[int(number)]
        yield Posting(
            month.number, month.day(24), "uk", account, centre, "", who, f"ONE-{month.label}", text,
            int(amount) * 100,
        )  # fmt: skip
