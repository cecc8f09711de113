"""What is done otherwise in networks of a million edges, held to what is done in small ones."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

import numpy as np

from truecost.engine import products, relaxation
from truecost.engine.network import Network, solve
from truecost.engine.relaxation import Blocks

if TYPE_CHECKING:
    import pytest


def _edges(count: int, edges: int) -> tuple[list[int], list[int], list[int]]:
    """Give edges of which many are of the same pair."""
    chance = random.Random(count)
    tails = [chance.randrange(count - 10) for _ in range(edges)] + list(range(count - 10))
    heads = [chance.randrange(count - 10) for _ in range(edges)] + [count - 1] * (count - 10)
    return tails, heads, [chance.randrange(1000) for _ in range(edges)] + [7] * (count - 10)


def _network(count: int, edges: int) -> Network:
    tails, heads, weights = _edges(count, edges)
    whole = np.zeros(count, np.int64)
    np.add.at(whole, tails, weights)
    return Network(map(str, range(count)), tails, heads, weights, whole)


def test_edges_are_merged_across_pieces() -> None:
    count, edges = 300, 120_000
    merged: dict[tuple[int, int], int] = {}
    for tail, head, weight in zip(*_edges(count, edges), strict=True):
        if weight:
            merged[head, tail] = merged.get((head, tail), 0) + weight
    network = _network(count, edges)
    found = zip(network.head.tolist(), network.tail.tolist(), network.weight.tolist(), strict=True)
    assert [*found] == [(*pair, merged[pair]) for pair in sorted(merged)]


def test_a_sweep_in_order_of_tails_is_the_same_to_the_bit(monkeypatch: pytest.MonkeyPatch) -> None:
    shares = _network(2000, 150_000).shares
    swept = []
    for wide, rows, cores in ((1 << 40, 1, 1), (0, 100, 1), (0, 1 << 40, 2), (0, 100, 3)):
        monkeypatch.setattr(relaxation, "_WIDE", wide)
        monkeypatch.setattr(relaxation, "_ROWS", rows)
        monkeypatch.setattr(relaxation, "cores", lambda cores=cores: cores)
        x = np.linspace(1, 2, shares.shape[0])
        Blocks(shares).over(x, np.ones(len(x)))
        swept.append(x.tobytes())
    assert set(swept) == {swept[0]}


def test_a_large_network_is_solved_to_the_same_cents(monkeypatch: pytest.MonkeyPatch) -> None:
    network = _network(2000, 150_000)
    entries = np.zeros((2000, 1), np.int64)
    entries[:1900, 0] = np.arange(1900) * 1_000_003
    plain = solve(network, entries)
    monkeypatch.setattr(relaxation, "_WIDE", 0)
    monkeypatch.setattr(products, "cores", lambda: 1)
    other = solve(network, entries)
    assert plain.approx.tobytes() == other.approx.tobytes()
    assert plain.off.sum() < 0.1  # cents
