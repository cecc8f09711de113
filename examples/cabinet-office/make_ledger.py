"""Turn a folder of published monthly payment files into the ledger of this example.

    python examples/cabinet-office/make_ledger.py FOLDER [-o LEDGER]

The files are those of "Cabinet Office: spending over £25,000". They are read by Truecost's own
reader, so a row that overlapping files repeat counts once, exactly as in a build that is given the
folder itself. What is written is an aggregate: payments of one month, entity, expense area and
expense type are added up. Suppliers and transaction numbers serve to tell payments apart and are
not written. Spellings stay as published: the example's model cleans them, where it can be seen.

The files are read twice. Cleaned as the workspace says, to learn which rows count: one file may
repeat under "GPA" what another has under "GOVERNMENT PROPERTY AGENCY". And as published, to learn
how those rows were spelt.
"""

from __future__ import annotations

import argparse
import csv
import io
import sys
import tempfile
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow.parquet as pq

from truecost.kernel.findings import SourceError, TruecostError
from truecost.kernel.periods import Period
from truecost.model.load import load
from truecost.sources.ledger import check_rejects, load_ledger
from truecost.store.runs import Store

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from truecost.store.sources import CodedSource

#: The fiscal years 2020-21 and 2021-22, and the five months before that the drivers look back to.
FIRST = Period.of(2019, 11)
LAST = Period.of(2022, 3)

HEADER = ("month", "entity", "expense area", "expense type", "number of payments", "amount")
_KEPT = ("entity", "cost_centre", "account")
_PLACE = ("file", "line")
_WORKSPACE = Path(__file__).parent

#: Month, entity, expense area, expense type, as published.
Key = tuple[Period, str, str, str]


def read(folder: Path, working: Path) -> tuple[CodedSource, CodedSource]:
    """Read the monthly files in `folder`: cleaned, and as published.

    `working` holds the reader's store. Raise SourceError where a file or a line can't be read.
    """
    model = load(_WORKSPACE)
    (source,) = model.sources
    store = Store.open(working / "store")
    cleaned, published = (
        load_ledger(each, working, store, folder=folder, currency=model.currency)
        for each in (source, replace(source, clean=()))
    )
    findings = check_rejects(cleaned, source)
    if findings:
        raise SourceError(findings)
    return cleaned, published


def aggregate(cleaned: CodedSource, published: CodedSource) -> dict[Key, tuple[int, Decimal]]:
    """Count and add up the payments of each key, from FIRST to LAST."""
    counting = {tuple(row.values()) for row in _rows(cleaned, _PLACE)}
    words: dict[str, dict[int, str]] = {name: {} for name in _KEPT}
    for entry in pq.read_table(published.dictionary).to_pylist():
        if entry["column"] in words:
            words[entry["column"]][entry["code"]] = entry["value"]
    sums: dict[Key, tuple[int, Decimal]] = {}
    for row in _rows(published, (*_PLACE, "period", "amount", *_KEPT)):
        period = Period(row["period"])
        if FIRST <= period <= LAST and tuple(row[name] for name in _PLACE) in counting:
            entity, area, kind = (words[name][row[name]] for name in _KEPT)
            payments, amount = sums.get((period, entity, area, kind), (0, Decimal(0)))
            sums[period, entity, area, kind] = (payments + 1, amount + row["amount"])
    return sums


def _rows(coded: CodedSource, columns: Sequence[str]) -> Iterable[dict[str, Any]]:
    rows: list[dict[str, Any]] = pq.read_table(coded.rows, columns=list(columns)).to_pylist()
    return rows


def as_csv(sums: Mapping[Key, tuple[int, Decimal]]) -> str:
    """Write an aggregate as CSV, sorted, with lines ended by a line feed."""
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(HEADER)
    for key in sorted(sums):
        payments, amount = sums[key]
        writer.writerow([*(str(part) for part in key), payments, _exact(amount)])
    return text.getvalue()


def _exact(amount: Decimal) -> str:
    """Write an amount with two decimals, or with all it has: nothing is rounded."""
    cents = f"{amount:.2f}"
    return cents if Decimal(cents) == amount else f"{amount.normalize():f}"


def main(arguments: Sequence[str]) -> int:
    """Run the command; give its exit code."""
    parser = argparse.ArgumentParser(description="Aggregate published monthly payment files.")
    parser.add_argument("folder", type=Path, help="the folder of monthly CSV files")
    parser.add_argument(
        "-o",
        "--output",
        type=Path,
        default=_WORKSPACE / "data/ledger/ledger.csv",
        help="the ledger",
    )
    options = parser.parse_args(arguments)
    try:
        with tempfile.TemporaryDirectory() as working:
            cleaned, published = read(options.folder, Path(working))
            sums = aggregate(cleaned, published)
    except TruecostError as error:
        print(error, file=sys.stderr)
        return error.exit_code
    options.output.parent.mkdir(parents=True, exist_ok=True)
    options.output.write_text(as_csv(sums), encoding="utf-8", newline="\n")
    counted = sum(payments for payments, _ in sums.values())
    total = sum((amount for _, amount in sums.values()), Decimal(0))
    found = cleaned.statistics
    print(
        f"{found.rows:,} rows in {len(cleaned.files)} files: {found.blank:,} blank,"
        f" {found.repeated:,} repeated by a later file, {found.loaded:,} payments"
    )
    print(f"{FIRST} to {LAST}: {counted:,} payments, £{total:,.2f}, in {len(sums):,} lines")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
