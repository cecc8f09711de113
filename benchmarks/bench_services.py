"""Hierarchical service consumption: Truecost against cloud-cost-allocation (Amadeus, on PyPI).

Six layers of 1,000 services. Cost items fall on services of all layers but the last; by keys, a
service is consumed by services of the next layer; the last layer are the final consumers. Both
begin with the ledger and the keys in memory, each in its own form, made outside the time: Truecost
as Arrow tables of texts and integers, the peer as its cost item objects. Its `allocate` is called
as its own command line calls it, with one amount and one key and without tags, which saves it its
dearest steps. Logging is off. Truecost codes the names, solves with a proof, and settles every line
to the cent.

Each is held against the exact totals of the final consumers, which are computed beforehand: ours
must add up to the cent, the peer's may be off by what its doubles lose, and its note says how much.
"""

from __future__ import annotations

import json
import logging
from configparser import ConfigParser
from dataclasses import dataclass
from functools import partial
from importlib import import_module
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

from harness import Work, main
from truecost.engine.network import Network, Solution, solve
from truecost.engine.settle import settle_terminals
from truecost.kernel.periods import Period

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from numpy.typing import NDArray

_LAYERS, _SERVICES = 6, 1_000
_DAY, _CURRENCY = "2024-05-31", "EUR"
# cost items, keys
_SIZES = {
    "quick": [(10_000, 5_000)],
    "usual": [(100_000, 50_000)],
    "full": [(100_000, 50_000), (1_000_000, 50_000), (1_000_000, 500_000)],
}
# A double of the peer's may lose this part of a consumer's total.
_LOST = 1e-9


@dataclass(frozen=True)
class Ledger:
    """Cost items (service, cents) and keys (provider, consumer, weight)."""

    service: pa.Array
    cents: NDArray[np.int64]
    provider: pa.Array
    consumer: pa.Array
    weight: NDArray[np.int64]


def ledger(items: int, keys: int) -> Ledger:
    random = np.random.default_rng(items + keys)
    names = pa.array([f"layer {i}, service {j}" for i in range(_LAYERS) for j in range(_SERVICES)])
    inner = (_LAYERS - 1) * _SERVICES
    provider = random.integers(0, inner, keys)
    # every service that is not a final consumer has a key
    provider[:inner] = np.arange(inner)[:keys]
    consumer = (provider // _SERVICES + 1) * _SERVICES + random.integers(0, _SERVICES, keys)
    return Ledger(
        names.take(random.integers(0, inner, items)),
        random.integers(1, 10**8, items),
        names.take(provider),
        names.take(consumer),
        random.integers(1, 1_000, keys),
    )


def solved(given: Ledger) -> tuple[Network, Solution]:
    texts = pa.concat_arrays([given.service, given.provider, given.consumer]).dictionary_encode()
    codes = texts.indices.to_numpy().astype(np.int64)
    service, provider, consumer = np.split(codes, np.cumsum([len(given.cents), len(given.weight)]))
    names = texts.dictionary.to_pylist()
    whole, entries = np.zeros((2, len(names)), np.int64)
    np.add.at(whole, provider, given.weight)
    np.add.at(entries, service, given.cents)
    network = Network(names, provider, consumer, given.weight, whole)
    return network, solve(network, entries[:, np.newaxis])


def exact(items: int, keys: int, folder: Path) -> None:
    """Write each final consumer's exact total, in cents."""
    network, solution = solved(ledger(items, keys))
    final = np.flatnonzero(network.terminal).tolist()
    totals = {network.names[node]: float(solution.exact(node, 0)) for node in final}
    (folder / "totals.json").write_text(json.dumps(totals), encoding="utf-8")


def prepared(items: int, keys: int, folder: Path) -> tuple[Ledger, dict[str, float]]:
    totals = json.loads((folder / "totals.json").read_text(encoding="utf-8"))
    return ledger(items, keys), totals


def truecost(data: tuple[Ledger, dict[str, float]]) -> str:
    given, totals = data
    network, solution = solved(given)
    tail, head, amount = settle_terminals(network, solution, 0, label="run", period=Period(24292))
    if amount.sum() != given.cents.sum():
        raise AssertionError("the lines do not add up to the cost")
    found, lines = np.zeros((2, len(network.names)), np.int64)
    np.add.at(found, head, amount)
    np.add.at(lines, head, 1)
    for node in np.flatnonzero(network.terminal).tolist():
        if abs(found[node] - totals[network.names[node]]) > lines[node]:
            raise AssertionError(f"{network.names[node]} comes to {found[node]}")
    return f"{len(tail):,} lines, to the cent; proved to {solution.off.sum():.1g} of a cent"


def objects(data: tuple[Ledger, dict[str, float]]) -> Any:
    """Make the peer's allocator, and its cost items from the same ledger."""
    # only benchmarks install it
    allocators, configs, costing = (
        import_module(f"cloud_cost_allocation.{name}")
        for name in ("cloud_cost_allocator", "config", "cost_items")
    )
    given, totals = data
    logging.disable()
    settings = ConfigParser(interpolation=None)
    settings.read_dict(
        {
            "General": {
                "DateFormat": "%Y-%m-%d",
                "DefaultService": "none",
                "Amounts": "cost",
                "AllocationKeys": "key",
                "AmountAllocationKeys": "cost:key",
            }
        }
    )
    factory = costing.CostItemFactory(configs.Config(settings))
    costs, keys = [], []
    for service, cents in zip(given.service.to_pylist(), given.cents.tolist(), strict=True):
        item = factory.create_cloud_cost_item()
        item.date_str, item.currency, item.service = _DAY, _CURRENCY, service
        item.amounts[0] = cents / 100
        costs.append(item)
    rows = zip(
        given.provider.to_pylist(), given.consumer.to_pylist(), given.weight.tolist(), strict=True
    )
    for provider, consumer, weight in rows:
        item = factory.create_consumer_cost_item()
        item.date_str, item.currency, item.service = _DAY, _CURRENCY, consumer
        item.provider_service, item.provider_cost_allocation_type = provider, "Key"
        item.allocation_keys[0] = float(weight)
        keys.append(item)
    allocator = allocators.CloudCostAllocator(factory)
    allocator.date_str, allocator.currency = _DAY, _CURRENCY
    return allocator, keys, costs, totals


def peer(data: Any) -> str:
    allocator, keys, costs, totals = data
    if not allocator.allocate(keys, costs, ["cost"]):
        raise AssertionError("the peer could not allocate")
    off = 0.0
    for instance in allocator.service_instances.values():
        if instance.consumer_cost_items:
            continue
        found = sum(item.amounts[0] for item in instance.cost_items)
        lost = abs(found * 100 - totals[instance.service])
        if lost > _LOST * totals[instance.service]:
            raise AssertionError(f"{instance.service} comes to {found}")
        off += lost
    return f"its doubles are off by {off:.1g} of a cent in all"


def works(size: str) -> Iterator[Work]:
    for items, keys in _SIZES[size]:
        yield Work(
            f"service consumption, {items:,} cost items, {keys:,} keys",
            partial(prepared, items, keys),
            {"Truecost": truecost, "cloud-cost-allocation": peer},
            files=partial(exact, items, keys),
            ready={"cloud-cost-allocation": objects},
        )


if __name__ == "__main__":
    main(works)
