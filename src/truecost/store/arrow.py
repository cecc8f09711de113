"""Arrow, begun for a process that only reads."""

from __future__ import annotations

import sys

import pyarrow as pa


def without_pandas() -> None:
    """Keep Arrow from importing pandas when it makes its first array.

    Arrow looks for pandas then, to know what is a pandas object, and imports it where it is
    installed: several times as long as an answer takes. It still imports pandas when it is asked to
    give a pandas object. For commands that get none and give none; nothing happens where pandas
    was imported before.
    """
    if "pandas" in sys.modules:
        return
    sys.meta_path.insert(0, _NoPandas)
    try:
        pa.array([0])
    finally:
        sys.meta_path.remove(_NoPandas)


class _NoPandas:
    """Says of pandas that it is not there, and nothing of anything else."""

    @staticmethod
    def find_spec(name: str, _path: object = None, _target: object = None) -> None:
        """Refuse pandas."""
        if name == "pandas":
            raise ModuleNotFoundError(name)
