"""A process that only reads does not wait for pandas."""

from __future__ import annotations

import subprocess
import sys

_CODE = """
import sys
from truecost.store.arrow import without_pandas
without_pandas()
import pyarrow as pa
made = pa.array([1, 2]), pa.array(["a"])
assert "pandas" not in sys.modules
table = pa.table({"a": made[0]})
assert table.to_pandas()["a"].tolist() == [1, 2]
assert "pandas" in sys.modules
without_pandas()
assert sys.modules["pandas"] is not None
"""


def test_arrow_imports_pandas_only_when_it_is_asked_for_it() -> None:
    subprocess.run([sys.executable, "-c", _CODE], check=True)
