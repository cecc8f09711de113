"""What all readings of tests share: the names of a model, amounts, findings."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from truecost.kernel.findings import Finding, Place
from truecost.kernel.money import digits, to_minor
from truecost.model.draft import Draft
from truecost.model.names import Names, suggestion
from truecost.model.references import References

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from truecost.model.tree import Text
    from truecost.model.types import Model


class Words:
    """Knows what a model declares; `found` collects what is wrong with what is written."""

    def __init__(self, model: Model, found: list[Finding]) -> None:
        self.model = model
        self.found = found
        self.refer = References(_names(model), found)

    def apart(self) -> list[str]:
        """Give the names under which rules keep cost apart."""
        rules = (*self.model.accounts, *self.model.cost_centres)
        return list(dict.fromkeys(rule.keep_apart for rule in rules if rule.keep_apart))

    def ignored(self) -> list[str]:
        """Give the reasons for which rules ignore lines."""
        rules = (*self.model.accounts, *self.model.cost_centres)
        return list(dict.fromkeys(rule.ignore for rule in rules if rule.ignore))

    def known(self, text: Text, known: Sequence[str], what: str) -> bool:
        """Say whether a text is one of those known; note it where it is not."""
        if text in known:
            return True
        hint = suggestion(text, known) or "no rule of model/ says it"
        self.note(text.place, f'"{text}" is not {what}', hint)
        return False

    def minor(self, text: Text, amount: Decimal, currency: str) -> int:
        """Give an amount in minor units; note it where it is less exact than can be paid."""
        if amount % Decimal(1).scaleb(-digits(currency)):
            what = f"{amount} is less exact than {currency} can be paid"
            self.note(text.place, what, f"write at most {digits(currency)} decimals")
        return to_minor(amount, currency)

    def note(self, place: Place, what: str, hint: str) -> None:
        """Note a fault."""
        self.found.append(Finding(place, what, hint))


def _names(model: Model) -> Draft:
    """Give what a model declares, as `References` looks it up."""

    def names(known: Iterable[str]) -> Names:
        return Names(dict.fromkeys(known, Place("")))

    return Draft(
        source_names=names(source.name for source in model.sources),
        tower_names=names(model.towers),
        pool_names=names(model.pools),
        service_names=names(service.id for service in model.services),
        consumer_names=names(consumer.id for consumer in model.consumers),
        driver_names=names(driver.name for driver in model.drivers),
        parents={consumer.id: consumer.parent for consumer in model.consumers},
    )
