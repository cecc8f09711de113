"""What a run does not have: drivers that no rule uses, or a model that was changed since."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from truecost.engine.build import load_sources, rehearse
from truecost.engine.drivers import DriverBook
from truecost.engine.ledger import Ledger
from truecost.model.resolve import resolve

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pyarrow as pa

    from truecost.engine.drivers import Quantities
    from truecost.kernel.periods import Period
    from truecost.model.types import Model
    from truecost.store.run import Run
    from truecost.store.runs import Store


class Further:
    """Gives quantities of drivers that a run does not keep; sources are loaded when first asked."""

    def __init__(self, model: Model, store: Store) -> None:
        self._model = model
        self._store = store

    def __call__(self, name: str, period: Period) -> Quantities | None:
        """Give a driver's quantities in a month. Raise as `DriverBook.quantities` does."""
        return self._book.quantities(name, period)

    @cached_property
    def _book(self) -> DriverBook:
        with self._store.lock(wait=True):
            sources = load_sources(self._model, self._store)
        ledger = Ledger(self._model, sources)
        return DriverBook(
            self._model, ledger.owners, ledger.measure, ledger.begins, ledger.data_file
        )

    def is_of(self, run: Run) -> bool:
        """Say whether a run was computed by this model, month by month."""
        models: Mapping[str, str] = run.manifest["inputs"]["model"]
        return all(
            resolve(self._model, run.calendar.parse(period)).digest == known
            for period, known in models.items()
        )


@dataclass(frozen=True, slots=True)
class Rehearsal:
    """All that a build comes to, without being saved."""

    tables: Mapping[str, pa.Table]
    manifest: Mapping[str, Any]
    id: str = ""

    @classmethod
    def of(cls, model: Model, store: Store) -> Rehearsal:
        """Compute a model over its sources. Raise as a build does."""
        with store.lock(wait=True):
            sources = load_sources(model, store)
        made = rehearse(model, sources)
        return cls(made.tables, made.manifest)

    def table(self, name: str) -> pa.Table:
        """Give one of the tables."""
        return self.tables[name]
