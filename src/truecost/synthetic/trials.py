"""Changes that the organisation thinks about: scenarios/*.yaml, as text."""

from __future__ import annotations

from typing import TYPE_CHECKING

from truecost.synthetic.model_catalogue import HEAD

if TYPE_CHECKING:
    from truecost.synthetic.world import World

_LAPTOPS = """\
description: Laptops are kept for five years instead of four
owner: Head of Workplace
from: 2026-01
costs:
  tower End User / Workspace: -9%
"""
_DESK = """\
description: The shops answer their own questions, and give up the service desk
owner: Head of Shops
from: 2026-01
leaves:
  shops-north: [service-desk]
  shops-midlands: [service-desk]
  shops-south: [service-desk]
"""
_QUALITY = """\
description: One quality department for tools and furniture
owner: Head of Garden tools
from: 2026-01
merge: { furniture-quality: into tools-quality }
"""


def laptops(_: World) -> str:
    """Write a change of cost."""
    return HEAD + _LAPTOPS


def desk(_: World) -> str:
    """Write consumers that leave a service."""
    return HEAD + _DESK


def quality(_: World) -> str:
    """Write consumers that become one."""
    return HEAD + _QUALITY
