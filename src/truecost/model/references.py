"""Names as they are used: which tower, service or consumer a text means.

`tower X / Y`, `service rosa`, `consumer gds`; a bare id where only one thing is called so; groups
such as `consumers within policy`.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from truecost.kernel.findings import Finding
from truecost.model.files import CONSUMERS, DRIVERS, POOLS, SERVICES, TOWERS
from truecost.model.names import Names, suggestion
from truecost.model.taxonomy import tbm
from truecost.model.types import CostObject, Group, Kind, Target

if TYPE_CHECKING:
    from truecost.model.draft import Draft
    from truecost.model.tree import Text

GROUPS = {
    "consumers": (Group.CONSUMERS,),
    "services": (Group.SERVICES,),
    "services and consumers": (Group.SERVICES, Group.CONSUMERS),
}
_WITHIN = re.compile(r"(.+) within (.*)")


class References:
    """Looks names up in a draft; what is not there becomes a finding, and the answer None."""

    def __init__(self, draft: Draft, found: list[Finding]) -> None:
        self._draft = draft
        self._found = found
        self._names = {
            Kind.TOWER: draft.tower_names,
            Kind.SERVICE: draft.service_names,
            Kind.CONSUMER: draft.consumer_names,
        }
        self.branches = frozenset(parent for parent in draft.parents.values() if parent)

    def cost_object(self, text: Text) -> CostObject | None:
        """Give what `text` means: `tower X / Y`, `service x`, `consumer x`, or a bare id."""
        word, _, rest = text.partition(" ")
        for kind in Kind:
            if word == kind and rest:
                name = rest.strip()
                return CostObject(kind, name) if self._has(kind, name, text) else None
        kinds = [kind for kind in (Kind.SERVICE, Kind.CONSUMER) if text in self._names[kind]]
        if len(kinds) > 1:
            hint = f'write "service {text}" or "consumer {text}"'
            self._note(text, f'"{text}" is both a service and a consumer', hint)
            return None
        if not kinds:
            self._unknown(text)
            return None
        return CostObject(kinds[0], str(text))

    def leaf(self, text: Text) -> CostObject | None:
        """Give what `text` means, if cost may come to stand there: no sum of consumers."""
        made = self.cost_object(text)
        if made is None or made.kind is not Kind.CONSUMER or made.id not in self.branches:
            return made
        below = [each for each, parent in self._draft.parents.items() if parent == made.id]
        what = f'"{made.id}" is the sum of other consumers and can\'t be charged itself'
        hint = f'write "consumers within {made.id}", or one of: {", ".join(below)}'
        self._note(text, what, hint)
        return None

    def target(self, text: Text) -> Target | None:
        """Give the target that `text` names: one object or a group."""
        match = _WITHIN.fullmatch(text)
        groups = GROUPS.get(match[1] if match else text)
        if groups is None and not match:
            made = self.leaf(text)
            return Target(text.place, objects=(made,)) if made else None
        if groups is None or (match and Group.CONSUMERS not in groups):
            known = " and ".join(GROUPS)
            hint = f'write "consumers within {match[2]}"' if match else f"known: {known}"
            self._note(text, f'"{text}" is not a group', hint)
            return None
        within = match[2].strip() if match else None
        if within is not None and not self._has(Kind.CONSUMER, within, text):
            return None
        return Target(text.place, groups=groups, within=within)

    def pool(self, text: Text) -> str | None:
        """Give the name of a pool."""
        known = self._draft.pool_names
        if text in known or not known.known:
            return str(text)
        self._missing(text, "pool", str(text), known, POOLS, tbm().pools)
        return None

    def tower(self, text: Text) -> str | None:
        """Give the name of a tower, written without the word."""
        return str(text) if self._has(Kind.TOWER, str(text), text) else None

    def driver(self, text: Text) -> str | None:
        """Give the name of a driver."""
        known = self._draft.driver_names
        if text in known or not known.known:
            return str(text)
        self._missing(text, "driver", str(text), known, DRIVERS)
        return None

    def source(self, text: Text) -> str | None:
        """Give the name of a source."""
        known = self._draft.source_names
        if text in known or not known.known:
            return str(text)
        self._missing(text, "source", str(text), known, "truecost.yaml")
        return None

    def _has(self, kind: Kind, name: str, text: Text) -> bool:
        known = self._names[kind]
        if name in known or not known.known:
            return True
        file = {Kind.TOWER: TOWERS, Kind.SERVICE: SERVICES, Kind.CONSUMER: CONSUMERS}[kind]
        self._missing(text, kind, name, known, file, tbm().towers if kind is Kind.TOWER else ())
        return False

    def _missing(
        self, text: Text, kind: str, name: str, known: Names, file: str,
        taxonomy: tuple[str, ...] = (),
    ) -> None:  # fmt: skip
        if name in taxonomy:
            what = f'{kind} "{name}" is not among those that exist here'
            self._note(text, what, f"it is a TBM name: add it to {file} to use it")
            return
        hint = suggestion(name, tuple(known.places)) or f"define it in {file}"
        self._note(text, f'{kind} "{name}" is not defined', hint)

    def _unknown(self, text: Text) -> None:
        """Note a bare name that is neither service nor consumer."""
        if text in self._draft.tower_names:
            self._note(text, f'"{text}" is a tower', f'write "tower {text}"')
            return
        if not all(names.known for names in self._names.values()):
            return
        known = [*self._names[Kind.SERVICE].places, *self._names[Kind.CONSUMER].places, *GROUPS]
        known += [f"tower {name}" for name in self._draft.tower_names.places]
        hint = suggestion(text, known) or f"define it in {SERVICES} or {CONSUMERS}"
        self._note(text, f'"{text}" is neither a service nor a consumer', hint)

    def _note(self, text: Text, what: str, hint: str) -> None:
        self._found.append(Finding(text.place, what, hint))
