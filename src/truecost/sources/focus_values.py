"""What fields of a cloud bill say: nulls, numbers with exponents, words in any case, tags."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from decimal import ROUND_HALF_EVEN, Context, Decimal
from typing import TYPE_CHECKING

from truecost.sources import columns, values
from truecost.sources.values import DECIMALS, Unreadable, shown

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from truecost.sources.columns import Forms

#: Written for a null by exports that can't leave a field empty.
_NULLS = frozenset({"null", "(null)", "\\n"})
_EXPONENT = re.compile(r"-?[0-9]+(?:\.[0-9]+)?[eE]-[0-9]{1,3}", re.ASCII)
_LONG = re.compile(rf"-?[0-9]+\.[0-9]{{{DECIMALS + 1},}}", re.ASCII)
_OFFSET = re.compile(r"[T ].*[-+][0-9]{2}:?[0-9]{2}$", re.ASCII)
_PAIR = re.compile(r"""\(\s{0,9}['"](.*?)['"]\s{0,9},\s{0,9}(?:['"](.*?)['"]|None)\s{0,9}\)""")
_TIME = re.compile(
    r"([0-9]{4}-[0-9]{2}-[0-9]{2})[T ]([0-9]{2}:[0-9]{2}:[0-9]{2})(?:\.0+)?"
    r"(?: ?(?:Z|UTC|\+00:?00))?",
    re.ASCII,
)
_ROOM = Context(prec=60, traps=[])
_LEAST = Decimal(1).scaleb(-DECIMALS)
_REMEMBERED = 1 << 16
#: Past this a text is not searched for pairs in brackets.
_LONGEST = 10_000


def is_null(written: str) -> bool:
    """Say whether a field stands for no value: empty, `NULL`, `(null)`."""
    stripped = written.strip()
    return not stripped or stripped.casefold() in _NULLS


def without_null(written: str) -> str:
    """Give a field, empty where it stands for no value."""
    return "" if is_null(written) else written


def is_null_word(written: str) -> bool:
    """Say whether a field is a word that stands for no value."""
    return written.strip().casefold() in _NULLS


def exact(written: str) -> tuple[str, bool]:
    """Give a number without an exponent and with 12 decimals at most: as text, and if it was cut.

    The specification allows exponents below zero. What stands behind the twelfth decimal is
    rounded half to even: less than a millionth of a millionth, and counted.
    """
    stripped = written.strip()
    if not (_EXPONENT.fullmatch(stripped) or _LONG.fullmatch(stripped)):
        return without_null(written), False
    value = Decimal(stripped)
    rounded = value.quantize(_LEAST, ROUND_HALF_EVEN, _ROOM)
    if not rounded.is_finite():  # far too large for an amount, which is said where it is read
        return stripped, False
    return values.plain(rounded), rounded != value


class Costs(columns.Amounts):
    """Canonical amounts of a bill: as in a ledger, and nulls and exponents. `cut` may be asked."""

    def _parsed(self, written: str) -> values.Amount:
        return super()._parsed(exact(written)[0])


def numbers(read: Forms) -> Forms:
    """Read numbers that are kept as text, such as unit prices: canonical where they can be."""

    def form(written: str) -> str:
        text = exact(written)[0]
        return (read[text] or text.strip()) if text else ""

    return columns.Forms(form)


def quantities(read: Forms) -> Forms:
    """Read quantities. A charge without one has none: nothing was measured."""

    def form(written: str) -> str:
        text = exact(written)[0]
        if not text:
            return "0"
        reason = read.reason(text)
        if reason:
            raise Unreadable(reason)
        return read[text]

    return columns.Forms(form)


def days(order: str) -> Forms:
    """Read dates, in UTC where an offset is written."""
    read = columns.days(order)

    def form(written: str) -> str:
        text = without_null(written).strip()
        if _OFFSET.search(text):
            try:
                return datetime.fromisoformat(text).astimezone(UTC).date().isoformat()
            except (ValueError, OverflowError):
                pass
        reason = "" if read[text] else read.reason(text)
        if reason:
            raise Unreadable(reason)
        return read[text]

    return columns.Forms(form)


def times(order: str) -> Forms:
    """Read points in time into `2024-09-18T22:00:00Z`; what can't be read so stays as it is.

    A time without an offset is in UTC, as the specification has it.
    """
    days = columns.days(order)

    def form(written: str) -> str:
        text = without_null(written).strip()
        match = _TIME.fullmatch(text)
        if match:
            return f"{match[1]}T{match[2]}Z"
        return f"{days[text]}T00:00:00Z" if days[text] and ":" not in text else text

    return columns.Forms(form)


def words(allowed: Iterable[str]) -> Forms:
    """Read words of a list, in any case and with any blanks; others stay as they are."""
    known = {folded(word): word for word in allowed}

    def form(written: str) -> str:
        text = " ".join(without_null(written).split())
        return known.get(folded(text), text)

    return columns.Forms(form)


def folded(word: str) -> str:
    """Give what two spellings of a word, or of a tag's key, have in common."""
    return re.sub(r"[\s_\-.:]", "", word).casefold()


class Tags:
    """Tags by what is written; each spelling is taken apart once, as far as memory allows."""

    def __init__(self) -> None:
        self._known: dict[str, Mapping[str, str]] = {}

    def __getitem__(self, written: str) -> Mapping[str, str]:
        """Give the tags of a field. Raise Unreadable if it is neither JSON nor `key: value`."""
        if written not in self._known:
            if len(self._known) >= _REMEMBERED:
                self._known.clear()
            self._known[written] = parse_tags(written)
        return self._known[written]

    def first(self, keys: tuple[str, ...]) -> Forms:
        """Read the value of the first of several keys that has one; unreadable tags have none."""

        def form(written: str) -> str:
            tags = {key.strip(): value for key, value in self[written].items()}
            found = next((tags[key] for key in keys if tags.get(key)), "")
            return found.replace(columns.SEPARATOR, " ").strip()

        return columns.Forms(form)


def parse_tags(written: str) -> dict[str, str]:
    """Take tags apart: a JSON object, or `Key:Value` pieces parted by commas or semicolons.

    Also the text of a Parquet map, `[('Team', 'web'), ...]`. A tag without a value has `true`, as
    the specification says. Raise Unreadable with the reason.
    """
    text = without_null(written).strip()
    if text in {"", "{}", "[]"}:
        return {}
    if text[0] == "{" and '"' in text:
        try:
            found = json.loads(text, parse_float=str, parse_int=str)
        except (ValueError, RecursionError):
            raise Unreadable(f"{shown(text)} is no JSON object") from None
        return {key: _value(value) for key, value in found.items()}
    pairs = _PAIR.findall(text) if text[0] == "[" and len(text) < _LONGEST else []
    if pairs:
        return dict(pairs)
    tags = {}
    for piece in re.split("[,;]", text.strip("{}[]")):
        sign = ":" if ":" in piece and "=" not in piece.partition(":")[0] else "="
        key, found_sign, value = piece.partition(sign)
        key = key.strip("'\" \t\r\n")
        if not found_sign or not key:
            raise Unreadable(f"{shown(text)} is neither JSON nor key: value")
        tags[key] = without_null(value).strip("'\" \t\r\n")
    return tags


def _value(value: object) -> str:
    if isinstance(value, str):
        return value
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    return json.dumps(value, ensure_ascii=False)
