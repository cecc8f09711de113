"""Bills as a test writes them: a workspace with one source of kind focus, and its files."""

from __future__ import annotations

from typing import TYPE_CHECKING

from truecost.model.load import load as load_model
from truecost.sources.ledger import load_ledger
from truecost.store.runs import Store

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from truecost.store.sources import CodedSource

WORKSPACE = """truecost: 1
organisation: A test
currency: USD
default_class: run
sources:
  bill:
    kind: focus
    files: data/*.csv
"""
MODEL = {
    "accounts": '- { name: all, where: "TRUE", pool: Misc Costs / Other Operating }\n',
    "consumers": "one: { name: One }\n",
    "cost_centres": '- { name: all, where: "TRUE", to: one }\n',
}
#: The columns that every charge of `charge` has.
COLUMNS = (
    "ChargePeriodStart", "ChargePeriodEnd", "BillingPeriodStart", "BillingPeriodEnd",
    "EffectiveCost", "BilledCost", "BillingCurrency", "ChargeCategory",
)  # fmt: skip


def charge(**fields: str) -> dict[str, str]:
    """Give a charge of January 2026 with what differs from the usual one."""
    begins, ends = "2026-01-01T00:00:00Z", "2026-02-01T00:00:00Z"
    values = (begins, ends, begins, ends, "10", "10", "USD", "Usage")
    return {**dict(zip(COLUMNS, values, strict=True)), **fields}


def bill(*charges: Mapping[str, str]) -> str:
    """Give charges as a CSV file with the columns that any of them has."""
    names = list(dict.fromkeys(name for each in charges for name in each))
    quoted = [
        ",".join('"' + each.get(name, "").replace('"', '""') + '"' for name in names)
        for each in charges
    ]
    return "\n".join([",".join(names), *quoted, ""])


def read(
    folder: Path,
    *,
    says: str = "",
    data: Path | None = None,
    pattern: str = "data/*.csv",
    **files: str,
) -> CodedSource:
    """Read files as the bill of a workspace in `folder`; `says` are further keys of the source."""
    (folder / "model").mkdir(exist_ok=True)
    (folder / "data").mkdir(exist_ok=True)
    (folder / "truecost.yaml").write_text(
        WORKSPACE.replace("data/*.csv", pattern) + says, encoding="utf-8"
    )
    for name, text in MODEL.items():
        (folder / "model" / f"{name}.yaml").write_text(text, encoding="utf-8")
    for name, text in files.items():
        (folder / "data" / f"{name}.csv").write_text(text, encoding="utf-8")
    model = load_model(folder)
    (source,) = model.sources
    store = Store.open(folder / "store")
    return load_ledger(source, folder, store, folder=data, currency=model.currency)
