"""A tree of text given types: a shape, or findings that say what was expected where."""

from __future__ import annotations

import re
from textwrap import wrap
from typing import TYPE_CHECKING, Any, TypeVar

from pydantic import TypeAdapter, ValidationError

from truecost.kernel.calendars import CALENDAR_MONTHS
from truecost.kernel.findings import Finding, Place
from truecost.model.names import suggestion
from truecost.model.schema.shape import Shape, shape_in, tagged
from truecost.model.schema.word import Word, kind_of
from truecost.model.tree import Items, Node, Refused, Table

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pydantic.fields import FieldInfo
    from pydantic_core import ErrorDetails

    from truecost.kernel.calendars import Calendar

T = TypeVar("T")
_ADAPTERS: dict[Any, TypeAdapter[Any]] = {}
_FORMS = {
    "model_type": "a table of keys",
    "dict_type": "a table of keys",
    "list_type": "a list",
}
_NUMBER = re.compile(r"[\d.]+")
_QUOTE = 'quote a number with a comma, as in "10,000.00"'
_NOTHING = "no value stands here"
_TAGS = {"<text>": "a text", "<list>": "a list", "<table>": "a table of keys"}


def read(
    kind: type[T],
    node: Node,
    place: Place,
    found: list[Finding],
    calendar: Calendar | None = CALENDAR_MONTHS,
) -> T | None:
    """Give `node` the type `kind`; None, with findings added to `found`, where it has not.

    `place` is where a missing key is said to be missing: the entry's key, or its beginning.
    Periods are read by `calendar`; where that is None, being at fault itself, they become None.
    """
    if kind not in _ADAPTERS:
        _ADAPTERS[kind] = TypeAdapter(kind)
    adapter: TypeAdapter[T] = _ADAPTERS[kind]
    try:
        return adapter.validate_python(node, context=calendar)
    except ValidationError as error:
        found.extend(_findings(error.errors(include_url=False), kind, node, place))
        return None


def _findings(errors: list[ErrorDetails], kind: Any, node: Node, place: Place) -> Iterator[Finding]:
    spots = [_Spot(node, place, shape_in(kind), error["loc"]) for error in errors]
    meant: set[str] = set()
    unknown = [_unknown(spot, meant) for error, spot in zip(errors, spots, strict=True)
               if error["type"] == "extra_forbidden"]  # fmt: skip
    for error, spot in zip(errors, spots, strict=True):
        if error["type"] == "missing":
            if spot.name not in meant:
                yield Finding(spot.place, f'the key "{spot.name}" is missing', spot.expected())
        elif error["type"] != "extra_forbidden" and not isinstance(spot.value, Refused):
            yield _wrong(error, spot)
    yield from unknown


def _unknown(spot: _Spot, meant: set[str]) -> Finding:
    """Say that a key is unknown. `meant` gets the key that it misspells: one fault, not two."""
    what = f'"{spot.name}" is not a key that can stand here'
    if _NUMBER.fullmatch(spot.name):
        return Finding(spot.place, what, _QUOTE)
    hint = suggestion(spot.name, spot.keys())
    match = re.fullmatch(r'did you mean "(.*)"\?', hint)
    if match:
        meant.add(match[1])
        return Finding(spot.place, what, hint)
    return Finding(spot.place, what, detail=tuple(wrap(f"known: {', '.join(spot.keys())}", 72)))


def _wrong(error: ErrorDetails, spot: _Spot) -> Finding:
    """Say what is wrong with a value, and what to do."""
    context = error.get("ctx", {})
    if error["type"] == "words":
        what, hint = context["what"], context["hint"]
    else:
        expected = _FORMS.get(error["type"], error["msg"])
        if error["type"] == "union_tag_invalid":
            tags = context["expected_tags"].replace("'", "").split(", ")
            expected = " or ".join(_TAGS[tag] for tag in tags)
        what, hint = f"{kind_of(spot.value)} is not {expected}", ""
        if spot.value == "":
            what, hint = _NOTHING, f"write {expected}"
    if what == _NOTHING and _NUMBER.fullmatch(spot.name):
        hint = _QUOTE
    elif what == _NOTHING and spot.optional():
        hint += ", or leave the key out"
    lead = f"{spot.name}: " if spot.led else ""
    return Finding(spot.place, lead + what, hint)


class _Spot:
    """Where in a tree an error lies: the value, its place, its key, the shape that has the key."""

    def __init__(
        self, node: Node, place: Place, shape: type[Shape] | None, loc: tuple[int | str, ...]
    ) -> None:
        self.value: Node | None = node
        self.place = node.place if loc == () else place
        self.shape: type[Shape] | None = None
        self.name = ""
        self.led = False
        left = [step for step in loc if step not in _TAGS]
        annotation: Any = None
        for step in loc:
            if step in _TAGS:
                annotation = tagged(annotation, str(step))
                shape = shape_in(annotation) if annotation else shape
                continue
            left = left[1:]
            if isinstance(self.value, Items) and isinstance(step, int):
                self.value = self.value[step]
                self.place = self.value.place
            elif isinstance(self.value, Table):
                self.shape, self.name = shape, str(step)
                field = self._field()
                annotation = field.annotation if field else None
                shape = shape_in(annotation) if field else None
                self._enter(self.value, about_key=left == ["[key]"])

    def _enter(self, table: Table, *, about_key: bool) -> None:
        key = table.key(self.name)
        if key is None:
            self.value = None
            return
        self.value = table[key]
        unknown = self.shape is not None and self._field() is None
        self.place = key.place if unknown or about_key else self.value.place
        # the short form of an entry has no key of its own
        self.led = not about_key and key.place != self.value.place

    def _field(self) -> FieldInfo | None:
        fields = self.shape.model_fields if self.shape else {}
        return next((f for n, f in fields.items() if (f.alias or n) == self.name), None)

    def keys(self) -> list[str]:
        """Give the keys that may stand beside this one."""
        fields = self.shape.model_fields if self.shape else {}
        return [field.alias or name for name, field in fields.items()]

    def optional(self) -> bool:
        """Say whether the key may be left out."""
        field = self._field()
        return field is not None and not field.is_required()

    def expected(self) -> str:
        """Give what may be written for a missing key."""
        field = self._field()
        word = next((m for m in field.metadata if isinstance(m, Word)), None) if field else None
        return f"write {word.says}" if word else ""
