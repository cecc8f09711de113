"""What the packages hold: the program and its examples, and nothing that somebody built there."""

from __future__ import annotations

import shutil
from pathlib import Path, PurePosixPath

import pytest
from hatchling.builders.sdist import SdistBuilder
from hatchling.builders.wheel import WheelBuilder

ROOT = Path(__file__).parents[2]
LEFT_OUT = shutil.ignore_patterns("__pycache__", "store-*")


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a checkout without `.gitignore`, in whose examples somebody built and drew."""
    folder = tmp_path_factory.mktemp("checkout")
    for name in ("pyproject.toml", "README.md", "LICENSE", "CHANGELOG.md"):
        shutil.copy(ROOT / name, folder / name)
    shutil.copytree(ROOT / "src", folder / "src", ignore=LEFT_OUT)
    shutil.copytree(ROOT / "examples", folder / "examples", ignore=LEFT_OUT)
    for example in (folder / "examples").iterdir():
        for name in ("store/v1/runs/latest", "out/sales.pdf"):
            path = example / name
            if example.is_dir():
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text("mine", encoding="utf-8")
    return folder


def listed(builder: WheelBuilder | SdistBuilder) -> set[PurePosixPath]:
    files = builder.recurse_included_files()
    return {PurePosixPath(file.distribution_path.replace("\\", "/")) for file in files}


def test_a_wheel_has_the_program_and_the_examples_as_they_are_published(checkout: Path) -> None:
    found = listed(WheelBuilder(str(checkout)))
    assert {path.parts[0] for path in found} == {"truecost"}
    here = {path.relative_to(ROOT / "src") for path in (ROOT / "src/truecost").rglob("*.py")}
    assert {PurePosixPath(path) for path in here} <= found
    for name in ("starter", "cabinet-office", "cloud-bill"):
        example = PurePosixPath("truecost/examples", name)
        assert example / "truecost.yaml" in found
        assert example / "model/services.yaml" in found
        assert [path for path in found if example / "store" in path.parents] == []
        assert [path for path in found if example / "out" in path.parents] == []
    assert PurePosixPath("truecost/store/runs.py") in found  # a folder of the program, not a store
    assert PurePosixPath("truecost/statements/templates/document.typ") in found


def test_a_source_archive_has_no_store_either(checkout: Path) -> None:
    found = listed(SdistBuilder(str(checkout)))
    assert PurePosixPath("examples/starter/truecost.yaml") in found
    assert PurePosixPath("src/truecost/store/runs.py") in found
    stray = {"store", "out"}
    assert [path for path in found if path.parts[0] == "examples" and stray & {*path.parts}] == []
