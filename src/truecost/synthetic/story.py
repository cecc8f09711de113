"""README.md of the workspace: who is who, and what to look at first."""

from __future__ import annotations

from typing import TYPE_CHECKING

from truecost.synthetic.world import LABEL

if TYPE_CHECKING:
    from truecost.synthetic.world import World


def readme(world: World) -> str:
    """Write the README."""
    return f"# Larkwhistle Group\n\n{LABEL}. {len(world.departments)} departments.\n"
