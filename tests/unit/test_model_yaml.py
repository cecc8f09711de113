"""Reading YAML: everything stays text, every letter has its place, nothing crashes."""

from __future__ import annotations

import tempfile
from pathlib import Path

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from truecost.kernel.findings import Place
from truecost.model.files import FILES
from truecost.model.load import load_with_findings
from truecost.model.tree import Items, Table, Text
from truecost.model.yaml import parse

EXAMPLE = Path(__file__).parents[2] / "docs" / "reference" / "example-workspace"


def root(text: str) -> Table:
    parsed = parse(text.encode(), "f.yaml")
    assert not parsed.findings
    assert isinstance(parsed.root, Table)
    return parsed.root


@pytest.mark.parametrize(
    "word", "NO yes on ~ null 007 0x1F 0o17 1_000 1:30 1e3 .5 .inf 2021-04-01 = <<".split()
)
def test_no_implicit_types(word: str) -> None:
    value = root(f"key: {word}")[Text("key", Place(""))]
    assert value == word
    assert type(value) is Text


def test_keys_and_values_know_their_place() -> None:
    table = root("a: 1\nlist:\n  - x\n  - { b: y }\n")
    inner = table.value("list")
    assert isinstance(inner, Items)
    assert [str(each.place) for each in inner] == ["f.yaml:3:5", "f.yaml:4:5"]
    assert isinstance(inner[1], Table)
    key = inner[1].key("b")
    assert key is not None
    assert str(key.place) == "f.yaml:4:7"
    assert str(inner[1][key].place) == "f.yaml:4:10"


def test_byte_order_mark_and_carriage_returns() -> None:
    parsed = parse(b"\xef\xbb\xbfa: 1\r\nb: 2\r\n", "f.yaml")
    assert isinstance(parsed.root, Table)
    assert [str(key.place) for key in parsed.root] == ["f.yaml:1:1", "f.yaml:2:1"]


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("{ a: 10,000.00, b: 3 }", {"a": "10,000.00", "b": "3"}),
        ("{ a: 1,234,567 }", {"a": "1,234,567"}),
        ("{ a: 10, b: 3 }", {"a": "10", "b": "3"}),
        ("{ a: 10, 000: 3 }", {"a": "10", "000": "3"}),
        ("{ a: 10, 000 }", {"a": "10", "000": ""}),
        ("{ a: x10,000 }", {"a": "x10", "000": ""}),
        ("{ a: 10,0000 }", {"a": "10", "0000": ""}),
        ('{ a: "10",000 }', {"a": "10", "000": ""}),
    ],
)
def test_an_amount_in_braces_keeps_its_comma(written: str, read: dict[str, str]) -> None:
    assert root(written) == read


WRITINGS = {
    "plain": "key: account = X",
    "plain over lines": "key: account\n  = X\n\n  OR Y = X",
    "single quotes": "key: 'it''s = X'",
    "double quotes": 'key: "a\\t\\u0041\\"\\x41 = X"',
    "double quotes over lines": 'key: "a \\\n  b\n  = X"',
    "kept": "key: |\n  a\n    = X\n",
    "kept, with a comment": "key: |-  # why\n\n  = X",
    "folded": "key: >\n  a = b\n  = X\n",
    "carriage returns": "key: a\r\n  b\r\n  = X",
    "not ASCII": "key: £ é 😀 = X",
}


@pytest.mark.parametrize("name", WRITINGS)
def test_every_letter_is_found_where_it_was_written(name: str) -> None:
    source = WRITINGS[name]
    value = root(source).value("key")
    assert isinstance(value, Text)
    rows = source.split("\n")
    for line, row in enumerate(value.split("\n"), 1):
        for column, letter in enumerate(row, 1):
            place = value.at(line, column)
            written = rows[place.line - 1][place.column - 1 : place.column]
            if letter == "X":
                assert (letter, written) == ("X", "X")
            elif not letter.isspace():
                assert written in (letter, "\\")


def test_positions_outside_the_text_are_clamped() -> None:
    value = root("key: abc\n").value("key")
    assert isinstance(value, Text)
    assert str(value.at(1, 99)) == "f.yaml:1:9"
    assert str(value.at(9, 1)) == "f.yaml:1:9"
    assert str(value.at(0, 0)) == "f.yaml:1:6"


def test_nothing_swells() -> None:
    laughs = "a: &a [x, x]\n" + "".join(
        f"{after}: &{after} [*{before}, *{before}]\n"
        for before, after in zip("abcdefgh", "bcdefghi", strict=True)
    )
    parsed = parse(laughs.encode(), "f.yaml")
    assert len(parsed.findings) == 9 + 16
    assert parsed.root is not None
    assert len(repr(parsed.root)) < 200


TOKENS = st.sampled_from(
    [
        "\n", "\n  ", "\n- ", ": ", "- ", "{ ", " }", "[", "]", ", ", "'", '"', "|", ">", "#",
        "&a ", "*a", "!!int ", "? ", "---\n", "...\n", "%YAML 1.1\n", "\t", "\r\n", "\ufeff",
        "\x00", "\x85", "name", "where", "to", "from", "rest", "consumers", "truecost", "1", "60%",
        "1,000", "TRUE",
        "tower Application / Licensing", "valid", "sources", "ledger", "within", "é", "😀",
    ]
)  # fmt: skip
SCRIBBLES = st.lists(TOKENS, max_size=40).map("".join)


@given(st.binary(max_size=200) | SCRIBBLES.map(str.encode) | st.text(max_size=80).map(str.encode))
def test_any_bytes_give_a_tree_or_findings(data: bytes) -> None:
    parsed = parse(data, "f.yaml")
    assert parsed.broken <= bool(parsed.findings)
    for finding in parsed.findings:
        assert finding.place is not None
        assert finding.place.line >= 1


@given(SCRIBBLES)
def test_whatever_yaml_refuses_we_refuse(text: str) -> None:
    try:
        list(yaml.compose_all(text, yaml.CBaseLoader))
    except yaml.YAMLError:
        assert parse(text.encode(), "f.yaml").findings


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.sampled_from(FILES), st.data())
def test_any_text_in_any_file_gives_findings_at_worst(file: str, data: st.DataObject) -> None:
    sound = (EXAMPLE / file).read_text(encoding="utf-8")
    at = data.draw(st.integers(0, len(sound)))
    end = data.draw(st.integers(at, min(len(sound), at + 20)))
    mutated = sound[:at] + data.draw(SCRIBBLES) + sound[end:]
    with tempfile.TemporaryDirectory() as folder:
        for name in FILES:
            path = Path(folder) / name
            path.parent.mkdir(exist_ok=True)
            text = mutated if name == file else (EXAMPLE / name).read_text(encoding="utf-8")
            path.write_bytes(text.encode())
        model, findings = load_with_findings(Path(folder))
    assert model is not None or findings
    for finding in findings:
        assert finding.place is not None
        assert finding.what
