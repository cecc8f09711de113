"""Every fault that a workspace can have, and what is said about it, as text.

`test_model_errors.txt` holds the cases: after `=== name` come the files that differ from the sound
workspace at its top, and after `>>>` what is printed. Run this module to write the answers anew.
"""

from __future__ import annotations

import re
import tempfile
from pathlib import Path

import pytest

from truecost.kernel.findings import ModelError, Severity
from truecost.model.load import load, load_with_findings

CASES = Path(__file__).with_suffix(".txt")
WIDTH = 100


def parse(text: str) -> tuple[dict[str, str], dict[str, tuple[dict[str, str], str]]]:
    sound, *blocks = re.split(r"^=== ", text, flags=re.MULTILINE)
    cases = {}
    for block in blocks:
        name, _, rest = block.partition("\n")
        body, _, expected = rest.partition("\n>>>\n" if "\n>>>\n" in rest else ">>>\n")
        cases[name] = (files_in(body + "\n"), expected.strip("\n"))
    return files_in(sound), cases


def files_in(text: str) -> dict[str, str]:
    _, *parts = re.split(r"^--- (\S+)\n", text, flags=re.MULTILINE)
    return dict(zip(parts[::2], parts[1::2], strict=True))


SOUND, ERRORS = parse(CASES.read_text(encoding="utf-8"))


def write(folder: Path, changed: dict[str, str]) -> None:
    for name, text in (SOUND | changed).items():
        path = folder / name
        path.parent.mkdir(exist_ok=True)
        if text.strip() != "(absent)":
            path.write_text(text, encoding="utf-8")


def said(folder: Path) -> str:
    return "\n".join(str(finding) for finding in load_with_findings(folder)[1])


def test_the_sound_workspace_has_no_findings(tmp_path: Path) -> None:
    write(tmp_path, {})
    assert said(tmp_path) == ""


@pytest.mark.parametrize("name", ERRORS)
def test_fault(name: str, tmp_path: Path) -> None:
    changed, expected = ERRORS[name]
    write(tmp_path, changed)
    assert said(tmp_path) == expected


@pytest.mark.parametrize("name", ERRORS)
def test_messages_are_short_and_placed(name: str) -> None:
    _, expected = ERRORS[name]
    lines = expected.splitlines()
    assert lines
    ours = [line for line in lines if not line.startswith("   functions: ")]
    assert max(len(line) for line in ours) <= WIDTH, "too long to read"
    heads = [line for line in lines if not line.startswith("   ")]
    assert all(re.match(r"(warning: )?[\w/]+\.ya?ml(:\d+:\d+)?: ", head) for head in heads)


def test_load_raises_all_findings_at_once(tmp_path: Path) -> None:
    write(tmp_path, {"model/services.yaml": "rosa: {}\n", "model/drivers.yaml": "a: {}\n"})
    with pytest.raises(ModelError) as error:
        load(tmp_path)
    files = {finding.place.file for finding in error.value.findings if finding.place}
    assert files == {"model/services.yaml", "model/drivers.yaml", "model/allocations.yaml"}


def test_warnings_do_not_stop(tmp_path: Path) -> None:
    write(tmp_path, ERRORS["driver that no rule uses"][0])
    model, findings = load_with_findings(tmp_path)
    assert model is not None
    assert [finding.severity for finding in findings] == [Severity.WARNING]


def rewrite() -> None:
    text = CASES.read_text(encoding="utf-8")
    head = text[: text.index("=== ")]
    blocks = [head]
    for name, (changed, _) in ERRORS.items():
        with tempfile.TemporaryDirectory() as folder:
            write(Path(folder), changed)
            files = "".join(f"--- {file}\n{body.rstrip()}\n" for file, body in changed.items())
            blocks.append(f"=== {name}\n{files}>>>\n{said(Path(folder))}\n\n")
    CASES.write_text("".join(blocks).rstrip() + "\n", encoding="utf-8")


if __name__ == "__main__":
    rewrite()
