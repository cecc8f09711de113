"""Gross costs of large networks, ten links each, with loops: certified, and what bounds the time.

`hierarchical`: links go forward, near more often than far; one in fifty goes back by up to 50.
`random`: links go anywhere, so that nearly all nodes are one loop; a tenth of the cost leaves.
One node in twenty is a terminal.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

import numpy as np
from scipy.sparse import csr_array, eye_array
from scipy.sparse.linalg import bicgstab

from harness import Work, main
from truecost.engine.network import Network, solve
from truecost.engine.settle import settle_terminals
from truecost.kernel.periods import Period

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from numpy.typing import NDArray

_LINKS = 10
_BACK = 0.02
_COUNTS = {
    "quick": [10_000],
    "usual": [10_000, 100_000],
    "full": [10_000, 100_000, 1_000_000],
}


@dataclass(frozen=True)
class Data:
    names: list[str]
    tail: NDArray[np.int64]
    head: NDArray[np.int64]
    weight: NDArray[np.int64]
    whole: NDArray[np.int64]
    entries: NDArray[np.int64]

    def network(self) -> Network:
        return Network(self.names, self.tail, self.head, self.weight, self.whole)


def made(structure: str, count: int, _: Path) -> Data:
    random = np.random.default_rng(count)
    inner = count - count // 20
    tail = np.repeat(np.arange(inner), _LINKS)
    ends = random.integers(inner, count, len(tail))
    if structure == "random":
        head = random.integers(0, inner, len(tail))
        head[::_LINKS] = ends[::_LINKS]
    else:
        head = tail + 1 + np.exp(random.random(len(tail)) * np.log(count)).astype(np.int64)
        head = np.where(head < inner, head, ends)
        back = random.random(len(tail)) < _BACK
        head[back] = np.maximum(tail[back] - random.integers(1, 51, back.sum()), 0)
    weight = random.integers(1, 1000, len(tail))
    whole = np.zeros(count, np.int64)
    np.add.at(whole, tail, weight)
    entries = random.integers(0, 10**8, (count, 1)) * (whole > 0)[:, np.newaxis]
    return Data([str(node) for node in range(count)], tail, head, weight, whole, entries)


def built(data: Data) -> str:
    """Check and merge the edges: the part of the work that every period needs once."""
    network = data.network()
    return f"{len(network.weight):,} edges"


def solved(data: Data) -> str:
    solution = solve(data.network(), data.entries)
    return f"certified to {solution.off.sum():.1g} of a cent in total"


def settled(data: Data) -> str:
    network = data.network()
    solution = solve(network, data.entries)
    tail, _, amount = settle_terminals(network, solution, 0, label="run", period=Period(24264))
    if amount.sum() != data.entries.sum():
        raise AssertionError("the bills do not add up")
    return f"{len(tail):,} lines to the cent"


def plain(data: Data) -> str:
    """SciPy alone: shares in doubles, BiCGSTAB over everything, nothing proved."""
    count = len(data.whole)
    shares = csr_array(
        (data.weight / data.whole[data.tail], (data.head, data.tail)), shape=(count, count)
    )
    entries = data.entries[:, 0].astype(np.float64)
    found, fault = bicgstab(eye_array(count, format="csr") - shares, entries, rtol=1e-12)
    left = np.abs(entries - found + shares @ found).sum()
    return f"uncertified; residual {left:.1g} of a cent" + (", not converged" if fault else "")


def works(size: str) -> Iterator[Work]:
    for structure in ("hierarchical", "random"):
        for count in _COUNTS[size]:
            yield Work(
                f"{structure} network, {count:,} nodes",
                partial(made, structure, count),
                {
                    "solve, certified": solved,
                    "of that, check and merge edges": built,
                    "solve and settle": settled,
                    "scipy bicgstab": plain,
                },
            )


if __name__ == "__main__":
    main(works)
