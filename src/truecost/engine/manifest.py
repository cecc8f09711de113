"""What a run says of itself: its inputs by hash, what was loaded, the proof.

No clock and no path of a machine: the same inputs give the same manifest.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from truecost.engine.code import code_version
from truecost.kernel import digest

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from truecost.engine.cells import SourceTotal
    from truecost.engine.proof import ProofRow
    from truecost.engine.rates import Rate
    from truecost.model.types import Model
    from truecost.store.sources import CodedSource

_PROOF = ("period", "currency", "class", "side", "label", "amount")


def manifest(
    model: Model,
    sources: Iterable[CodedSource],
    data: Mapping[str, str],
    models: Mapping[str, str],
    totals: Iterable[SourceTotal],
    proof: Iterable[ProofRow],
    rates: Sequence[Rate] = (),
) -> dict[str, Any]:
    """Give the manifest, less what the store adds.

    `data` are the hashes of driver files by name, `models` those of the resolved models by period,
    `rates` the exchange rates used; amounts are minor units, the rest below the minor unit an
    exact fraction as text.
    """
    sources = tuple(sources)
    registers = [source.name for source in model.sources if source.register]
    return {
        "inputs": {
            "code_version": code_version(),
            "model": dict(models),
            "sources": {source.name: source.load_id for source in sources},
            "drivers": dict(data),
            **({"exchange": digest.of(list(rates))} if rates else {}),
            # flows cite the line of their rule, which a comment above it moves
            "places": digest.of([str(rule.place) for rule in model.allocations]),
        },
        "workspace": {
            "organisation": model.organisation,
            "currency": model.currency,
            "fiscal_year_begins": model.calendar.begins,
            **({} if model.calendar.plain else {"calendar": model.calendar.as_plain()}),
            "about": model.about,
            "attribution": model.attribution,
            "locale": model.locale,
            **({"registers": registers} if registers else {}),
            "sources": {
                source.name: {"basis": source.basis, "basis_note": source.basis_note}
                for source in model.sources
            },
        },
        "sources": [_summary(source) for source in sources],
        "below_minor_unit": [
            {
                "period": total.period,
                "currency": total.currency,
                "source": total.source,
                "rest": str(total.rest),
            }
            for total in totals
            if total.rest
        ],
        "proof": [dict(zip(_PROOF, row, strict=True)) for row in proof],
    }


def _summary(source: CodedSource) -> dict[str, Any]:
    """Say which files a source came from and what became of their rows."""
    found = source.statistics
    return {
        "name": source.name,
        "last_day": found.last_day.isoformat() if found.last_day else None,
        "files": [
            {"name": file.name, "sha256": file.sha256, "rows": file.rows} for file in source.files
        ],
        "rows": found.rows,
        "loaded": found.loaded,
        "rejected": found.rejected,
        "unreadable": found.unreadable,
        "repeated": found.repeated,
        "blank": found.blank,
        "equal": found.equal,
        "totals": {
            currency: {
                "came_in": totals.came_in,
                "loaded": totals.loaded,
                "rejected": totals.rejected,
                "repeated": totals.repeated,
            }
            for currency, totals in sorted(found.totals.items())
        },
    }
