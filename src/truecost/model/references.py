"""Names as they are used: which tower, service or consumer a text means.

`tower X / Y`, `service rosa`, `consumer gds`; a bare id where only one thing is called so; groups
such as `consumers within policy`.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from truecost.kernel.findings import Finding
from truecost.model.files import CONSUMERS, DRIVERS, MAIN, POOLS, SERVICES, TOWERS
from truecost.model.names import Names, suggestion
from truecost.model.taxonomy import tbm
from truecost.model.tree import Text
from truecost.model.types import CostObject, Group, Kind, Target

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from truecost.model.draft import Draft

GROUPS = {
    "consumers": (Group.CONSUMERS,),
    "services": (Group.SERVICES,),
    "services and consumers": (Group.SERVICES, Group.CONSUMERS),
}
_WITHIN = re.compile(r"(.+?) within (.+)")


class References:
    """Looks names up in a draft; what is not there becomes a finding, and the answer None."""

    def __init__(self, draft: Draft, found: list[Finding]) -> None:
        self._found = found
        self._parents = draft.parents
        self._declared: dict[str, tuple[Names, str, Sequence[str]]] = {
            Kind.TOWER: (draft.tower_names, TOWERS, tbm().towers),
            Kind.SERVICE: (draft.service_names, SERVICES, ()),
            Kind.CONSUMER: (draft.consumer_names, CONSUMERS, ()),
            "pool": (draft.pool_names, POOLS, tbm().pools),
            "driver": (draft.driver_names, DRIVERS, ()),
            "source": (draft.source_names, MAIN, ()),
        }
        self.branches = frozenset(parent for parent in draft.parents.values() if parent)

    def name(self, kind: str, text: Text) -> str | None:
        """Give a name that is written without its kind: a pool, driver, source or tower."""
        return str(text) if self._has(kind, str(text), text) else None

    def cost_object(self, text: Text, also: Iterable[str] = ()) -> CostObject | None:
        """Give what `text` means: `tower X / Y`, `service x`, `consumer x`, or a bare id.

        `also` is what else might be meant where it stands.
        """
        word, _, rest = text.partition(" ")
        for kind in Kind:
            if word == kind and rest:
                name = rest.strip()
                return CostObject(kind, name) if self._has(kind, name, text) else None
        kinds = [kind for kind in (Kind.SERVICE, Kind.CONSUMER) if text in self._declared[kind][0]]
        if len(kinds) == 1:
            return CostObject(kinds[0], str(text))
        if kinds:
            hint = f'write "service {text}" or "consumer {text}"'
            self._note(text, f'"{text}" is both a service and a consumer', hint)
        else:
            self._unknown(text, also)
        return None

    def leaf(self, text: Text, also: Iterable[str] = ()) -> CostObject | None:
        """Give what `text` means, if cost may come to stand there: no sum of consumers."""
        made = self.cost_object(text, also)
        if made is None or made.kind is not Kind.CONSUMER or made.id not in self.branches:
            return made
        below = [each for each, parent in self._parents.items() if parent == made.id]
        what = f'"{made.id}" is the sum of other consumers and can\'t be charged itself'
        hint = f'write "consumers within {made.id}", or one of: {", ".join(below)}'
        self._note(text, what, hint)
        return None

    def target(self, text: Text) -> Target | None:
        """Give the target that `text` names: one object or a group."""
        match = _WITHIN.fullmatch(text)
        groups = GROUPS.get(match[1] if match else text, ())
        if match:
            within = match[2].strip()
            if Group.CONSUMERS not in groups:
                self._note(text, f'"{text}" is not a group', f'write "consumers within {within}"')
                return None
            known = self._has(Kind.CONSUMER, within, text)
            return Target(text.place, groups=groups, within=within) if known else None
        if groups:
            return Target(text.place, groups=groups)
        made = self.leaf(text, GROUPS)
        return Target(text.place, objects=(made,)) if made else None

    def consumer(self, text: Text) -> str | None:
        """Give the id of a consumer that may be charged."""
        if not self._has(Kind.CONSUMER, str(text), text):
            return None
        made = self.leaf(Text(f"consumer {text}", text.place)) if text in self.branches else None
        return made.id if made else None if text in self.branches else str(text)

    def leaves(self, target: Target) -> frozenset[str]:
        """Give the ids of all consumers that a target ever means."""
        named = {each.id for each in target.objects if each.kind is Kind.CONSUMER}
        if not target.groups:
            return frozenset(named)
        every = (each for each in self._parents if each not in self.branches)
        return frozenset(each for each in every if not target.within or self._below(each, target))

    def depth(self, consumer: str) -> int:
        """Give how many consumers a consumer belongs to, one within the other."""
        above = self._parents.get(consumer)
        return 0 if above is None else 1 + self.depth(above)

    def _below(self, consumer: str, target: Target) -> bool:
        above: str | None = consumer
        while above is not None and above != target.within:
            above = self._parents.get(above)
        return above is not None

    def _has(self, kind: str, name: str, text: Text) -> bool:
        names, file, taxonomy = self._declared[kind]
        if name in names or not names.known:
            return True
        if name in taxonomy:
            what = f'{kind} "{name}" is not among those that exist here'
            self._note(text, what, f"it is a TBM name: add it to {file} to use it")
            return False
        hint = suggestion(name, tuple(names.places)) or f"define it in {file}"
        self._note(text, f'{kind} "{name}" is not defined', hint)
        return False

    def _unknown(self, text: Text, also: Iterable[str]) -> None:
        """Note a bare name that is neither service nor consumer."""
        towers, services, consumers = (self._declared[kind][0] for kind in Kind)
        if text in towers:
            self._note(text, f'"{text}" is a tower', f'write "tower {text}"')
        elif towers.known and services.known and consumers.known:
            known = [*services.places, *consumers.places, *also]
            known += [f"tower {name}" for name in towers.places]
            hint = suggestion(text, known) or f"define it in {SERVICES} or {CONSUMERS}"
            self._note(text, f'"{text}" is neither a service nor a consumer', hint)

    def _note(self, text: Text, what: str, hint: str) -> None:
        self._found.append(Finding(text.place, what, hint))
