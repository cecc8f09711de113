"""Runs of the store, as the record knows them: id, manifest hash, periods."""

from __future__ import annotations

from typing import TYPE_CHECKING

from truecost.engine.frozen import thaw
from truecost.kernel.findings import Finding, StoreError, UsageError
from truecost.record import models
from truecost.statements.book import Book

if TYPE_CHECKING:
    import datetime as dt

    from truecost.model.types import Model
    from truecost.record.services.acts import By
    from truecost.store.run import Run
    from truecost.store.runs import Store


def register(by: By, run: Run) -> models.Run:
    """Write a run down, or what its manifest says by now; inside the transaction of an act.

    Raise StoreError for a run that was pinned and is another by now.
    """
    known = models.Run.objects.select_for_update().filter(id=run.id).first()
    if known is not None and known.pinned:
        _same(known, run)
        return known
    return _written(by.now, run)


def _written(now: dt.datetime, run: Run) -> models.Run:
    book = Book.of(run)
    said = {
        "manifest_sha256": run.sha256,
        "first": book.periods[0].index,
        "last": book.periods[-1].index,
        "currency": book.currency,
    }
    made, _ = models.Run.objects.update_or_create(
        id=run.id, defaults=said, create_defaults={**said, "registered": now}
    )
    return made


def opened(store: Store, row: models.Run) -> Run:
    """Give the run of a row from the store. Raise StoreError where it is not the one registered."""
    run = store.run(row.id)
    if row.pinned:
        _same(row, run)
    return run


def known(store: Store, run_id: str) -> Run:
    """Give a run that the record knows, by its id. Raises as `opened` does, and UsageError."""
    row = models.Run.objects.filter(id=run_id).first()
    if row is None:
        raise UsageError(f"the record knows no run {run_id}")
    return opened(store, row)


def model_of(run: Run) -> Model | None:
    """Give the model that a run keeps; None for runs of versions that kept none."""
    if "model" not in run.manifest["tables"]:
        return None
    return thaw(run.table("model").to_pylist()).model


def _same(row: models.Run, run: Run) -> None:
    faults = run.verify_manifest()
    if faults or run.sha256 != row.manifest_sha256:
        what = f"run {row.id} is not the one that the record keeps: its manifest has another hash"
        hint = "restore the store from a backup; what was issued stays as it is"
        raise StoreError(Finding(None, what, hint))
