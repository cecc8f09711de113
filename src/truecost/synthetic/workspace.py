"""All files of the workspace."""

from __future__ import annotations

from typing import TYPE_CHECKING

from truecost.synthetic import (
    assets,
    capacity,
    charging,
    cloud,
    currency,
    expectations,
    labour,
    ledger,
    model_books,
    model_catalogue,
    model_mapping,
    model_moves,
    model_rates,
    payroll,
    story,
    trials,
    use,
)
from truecost.synthetic.world import SEED, world

if TYPE_CHECKING:
    from collections.abc import Mapping

#: What makes files of data: each gives paths and texts of a world.
PARTS = (
    ledger.files,
    ledger.registers,
    cloud.files,
    use.files,
    capacity.files,
    payroll.files,
    labour.files,
    assets.files,
    currency.files,
    charging.files,
)
#: What writes one file each.
MODEL = {
    "truecost.yaml": model_books.truecost,
    "README.md": story.readme,
    "data/README.md": story.data,
    "model/accounts.yaml": model_mapping.accounts,
    "model/cost_centres.yaml": model_mapping.cost_centres,
    "model/towers.yaml": model_catalogue.towers,
    "model/services.yaml": model_catalogue.services,
    "model/consumers.yaml": model_catalogue.consumers,
    "model/drivers.yaml": model_moves.drivers,
    "model/allocations.yaml": model_moves.allocations,
    "model/rates.yaml": model_rates.rates,
    "model/charging_costs.yaml": charging.costs,
    "model/journal.yaml": model_books.journal,
    "scenarios/laptops-for-five-years.yaml": trials.laptops,
    "scenarios/shops-without-the-desk.yaml": trials.desk,
    "scenarios/one-quality-department.yaml": trials.quality,
    "tests/lines.yaml": expectations.lines,
    "tests/how_cost_moves.yaml": expectations.costs,
    "tests/latest_run.yaml": expectations.figures,
}


def files(seed: int = SEED) -> Mapping[str, str]:
    """Give the text of every file, by its path in the workspace."""
    made = world(seed)
    texts = {path: write(made) for path, write in MODEL.items()}
    return texts | {path: text for part in PARTS for path, text in part(made)}
