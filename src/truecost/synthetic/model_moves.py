"""How cost moves: drivers.yaml and allocations.yaml, as text."""

from __future__ import annotations

from typing import TYPE_CHECKING

from truecost.synthetic.capacity import INSTALLED
from truecost.synthetic.labour import BY_TIME
from truecost.synthetic.model_catalogue import HEAD, valid, word
from truecost.synthetic.use import FILES

if TYPE_CHECKING:
    from truecost.synthetic.catalogue import Service
    from truecost.synthetic.world import World

_TOWERS = """\
between_services: reciprocal
rules:
  # towers to the services that stand on them
  - from: tower End User / Workspace
    to: { laptop: 62%, desktop: 22%, virtual-desktop: 10%, intranet: 6% }
  - { from: tower End User / Mobile Devices, to: { mobile-phone: 70%, handheld: 30% } }
  - { from: tower End User / Help Desk, to: service-desk }
  - from: tower End User / Deskside Support
    to: { on-site-help: 60%, printing: 25%, meeting-rooms: 15% }
  - { from: tower Compute / Servers, to: { virtual-machines: 92%, disaster-recovery: 8% } }
  - { from: tower Application / Container Orchestration, to: { containers: 55%, cloud-landing: 45% } }
  - from: tower Storage / Online Storage
    to: { block-storage: 40%, object-storage: 25%, backup: 25%, file-shares: 10% }
  - { from: tower Data Center / Enterprise Data Center, to: data-centre }
  - from: tower Network / WAN
    to: { wide-network: 58%, site-network: 30%, remote-access: 12% }
  - { from: tower Network / Voice & Collaboration, to: telephony }
  - { from: tower Application / Middleware, to: integration }
  - { from: tower Data / Database, to: database-hosting }
  - { from: tower Data / Data Operations, to: { data-lake: 65%, reporting: 35% } }
  - { from: tower Security / Digital Security, to: security-operations }
  - { from: tower Security / Identity & Access Governance, to: identity }
  - { from: tower Delivery / Operations Center, to: monitoring }

  # towers whose people write down their hours
  - from: tower Application / Development
    to: { build-pipeline: 8%, services: rest }
    by: development time
  - { from: tower Application / Support & Operations, to: services, by: support time }
  - { from: tower Delivery / Tech Portfolio & Project Management, to: services, by: projects time }
  - from: [tower Tech Management / Tech Management & Strategy, tower Tech Management / Tech Finance]
    to: services
    by: all hours
    reason: who leads IT leads all of it
"""  # noqa: E501  a file as people have it


def driver(service: Service) -> str:
    """Give the name of the driver by which a service is used."""
    return f"{service.unit}s of {service.id}"


def drivers(world: World) -> str:
    """Write drivers.yaml."""
    lines = [HEAD + "# By what cost is shared: what was used, counted each month."]
    for name in BY_TIME.values():
        sheet = f"data/timesheets/{name}"
        lines += [
            f"{name} time:",
            "  unit: pound",
            f"  file: {sheet}.csv",
            "  column: hours",
            f"  rates: {sheet}_rates.csv",
        ]
    lines.append("all hours: { unit: hour, file: data/drivers/hours.csv }")
    units = {service.id: service.unit for service in world.services}
    for has in INSTALLED:
        unit = units[has.service]
        lines += [f"{has.driver}:", f"  unit: {unit}", "  file: data/drivers/capacity.csv"]
    for one in world.services:
        lines += [
            f"{driver(one)}:",
            f"  unit: {word(one.unit)}",
            f"  file: data/drivers/{FILES[one.kind]}.csv",
            f"  column: {one.id}",
        ]
    return "\n".join((*lines, ""))


def allocations(world: World) -> str:
    """Write allocations.yaml."""
    lines = [HEAD + _TOWERS]
    installed = {one.service: one for one in INSTALLED}
    titles = {
        "platform": "platforms: services and departments use them, and they use each other",
        "workplace": "the workplace",
        "application": "applications, by seats",
    }
    for kind, title in titles.items():
        lines.append(f"  # {title}")
        for one in world.services:
            if one.kind != kind:
                continue
            to = "services and consumers" if kind == "platform" else "consumers"
            until = f", valid: {valid(one.span)}" if valid(one.span) else ""
            if one.id in installed:
                has = installed[one.id]
                lines += [f"  - from: service {one.id}", f"    to: {to}", f"    by: {driver(one)}"]
                lines += [f"    capacity: {has.driver}", f"    unused: {has.unused}"]
                continue
            lines.append(f"  - {{ from: service {one.id}, to: {to}, by: {driver(one)}{until} }}")
        lines.append("")
    return "\n".join(lines)
