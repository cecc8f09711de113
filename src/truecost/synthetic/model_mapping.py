"""What ledger lines and charges are: accounts.yaml and cost_centres.yaml, as text."""

from __future__ import annotations

from typing import TYPE_CHECKING

from truecost.synthetic.assets import lives
from truecost.synthetic.contracts import by_seat
from truecost.synthetic.model_catalogue import HEAD, valid, word
from truecost.synthetic.staff import teams

if TYPE_CHECKING:
    from truecost.synthetic.world import World

_CLOUDS = "source IN ('nimbus', 'stratus')"
_ACCOUNTS = f"""\
# What each line is. First match wins.

# the bills of the clouds
- name: commitments that nobody used
  where: commitment_discount_status = 'Unused'
  keep_apart: commitments that nobody used
- name: clouds, where things are made
  where: {_CLOUDS} AND tag_environment = 'test'
  pool: Cloud Services / Cloud Service Provider
  class: grow
- name: clouds, where things run
  where: {_CLOUDS}
  pool: Cloud Services / Cloud Service Provider

# the ledgers: what must not count twice
- name: invoices of the clouds
  where: account = '5510'
  ignore: counted by the bills of the clouds
- name: depreciation that the ledger computes
  where: account IN ('5810', '5820')
  ignore: depreciated here from what was bought

# the ledgers: departments
- name: technology that departments buy themselves
  where: cost_centre NOT LIKE '%IT-%' AND account = '5130'
  keep_apart: technology bought by departments
- name: not technology
  where: cost_centre NOT LIKE '%IT-%'
  ignore: not a cost of technology

# the ledgers: what happened once
- name: a one-off of the data centre
  where: document LIKE 'ONE-%' AND account = '5410'
  pool: Data Center Facilities / Other Operating
  one_off: yes
- name: one-offs
  where: document LIKE 'ONE-%'
  pool: Outside Services / Consulting
  one_off: yes

# the ledgers: IT
- {{ name: pay, where: "account IN ('5010', '5020')", pool: Staffing / Internal Labor }}
- {{ name: contractors, where: account = '5030', pool: Staffing / Staff Augmentation }}
- {{ name: courses, where: account = '5040', pool: Staffing / Other Operating }}
- name: licences, paid a year ahead
  where: account = '5110'
  pool: Software & SaaS / Licensing
  recognise: over service period
- {{ name: software as a service, where: account = '5130', pool: Software & SaaS / SaaS }}
- name: maintenance of hardware, paid a year ahead
  where: account = '5210'
  pool: Hardware / Maintenance & Support
  recognise: over service period
- {{ name: lines, where: account = '5310', pool: Telecom / Managed Services, to: tower Network / WAN }}
- {{ name: telephony, where: account = '5320', pool: Telecom / Managed Services }}
- {{ name: rooms and power, where: account = '5410', pool: Data Center Facilities / Lease }}
- {{ name: consultants, where: account = '5610', pool: Outside Services / Consulting }}
- {{ name: managed services, where: account = '5620', pool: Outside Services / Managed Services }}

# equipment counts over its life
PURCHASES"""  # noqa: E501  a file as people have it
_NOT_RUN = {"grow", "transform"}


def accounts(_: World) -> str:
    """Write accounts.yaml."""
    purchases = "".join(
        f"- name: {what}, bought\n"
        f"  where: account = '0520' AND description LIKE '{what}%'\n"
        "  pool: Hardware / Depreciation & Amortization\n"
        f"  recognise: depreciate over {life} months\n"
        for what, life in lives()
    )
    return HEAD + _ACCOUNTS.replace("PURCHASES", purchases)


def cost_centres(world: World) -> str:
    """Write cost_centres.yaml: a service's own order or tag goes first, then teams of IT."""
    lines = [
        HEAD + "# Where each line enters. First match wins.",
        "",
        "# what names its service itself: an order in the ledger, a tag on a cloud's charge",
    ]
    seated = {one.id for one in by_seat(world)}
    for one in world.services:
        if one.id in seated or one.host in {"own", "saas"}:
            where = f"project = '{one.id}'"
        elif one.host:
            where = f"project = '{one.id}' OR tag_service = '{one.id}'"
        else:
            continue
        until = f", valid: {valid(one.span)}" if valid(one.span) else ""
        lines.append(f"- {{ name: {word(one.name)}, where: {where}, to: {one.id}{until} }}")
    lines += [
        "- name: support of the clouds",
        f"  where: {_CLOUDS} AND service_subcategory = 'Support'",
        "  to: service cloud-landing",
        "- name: charges of clouds without a tag",
        f"  where: {_CLOUDS}",
        "  keep_apart: cloud cost without an owner",
        "",
        "# teams",
    ]
    for team in teams():
        kind = f", class: {team.activity}" if team.activity in _NOT_RUN else ""
        name = word(f"team: {team.name}")
        where = f"cost_centre = '{team.centre}'"
        lines.append(f"- {{ name: {name}, where: {where}, to: tower {team.tower}{kind} }}")
    return "\n".join((*lines, ""))
