"""A tree of text given types: a shape, or findings that say what was expected where."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

from pydantic import TypeAdapter, ValidationError

from truecost.kernel.findings import Finding, Place
from truecost.model.names import suggestion
from truecost.model.schema.shape import Shape, shape_in
from truecost.model.schema.words import Word, kind_of
from truecost.model.tree import Items, Node, Table, Text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pydantic_core import ErrorDetails

T = TypeVar("T")
_FORMS = {
    "model_type": "a table of keys",
    "dict_type": "a table of keys",
    "list_type": "a list",
}
_TAGS = {"<text>": "a text", "<list>": "a list", "<table>": "a table of keys"}


def read(kind: type[T], node: Node, place: Place, found: list[Finding]) -> T | None:
    """Give `node` the type `kind`; None, with findings added to `found`, where it has not.

    `place` is where the entry as a whole is said to stand: its key, or its beginning.
    """
    try:
        return TypeAdapter(kind).validate_python(node)
    except ValidationError as error:
        found.extend(_findings(error.errors(include_url=False), kind, node, place))
        return None


def _findings(errors: list[ErrorDetails], kind: Any, node: Node, place: Place) -> Iterator[Finding]:
    spots = [_Spot(node, place, shape_in(kind), error["loc"]) for error in errors]
    hints = {
        id(error): suggestion(str(error["loc"][-1]), spot.keys())
        for error, spot in zip(errors, spots, strict=True)
        if error["type"] == "extra_forbidden"
    }
    for error, spot in zip(errors, spots, strict=True):
        if error["type"] == "missing":
            # a misspelt key is one fault, not two
            if f'did you mean "{spot.name}"?' in hints.values():
                continue
            yield Finding(spot.place, f'the key "{spot.name}" is missing', spot.expected())
        elif error["type"] == "extra_forbidden":
            known = f"known: {', '.join(spot.keys())}"
            yield Finding(
                spot.place, f'"{spot.name}" is not a key that can stand here',
                hints[id(error)] or known,
            )  # fmt: skip
        else:
            what, hint = _told(error, spot.value)
            lead = f"{spot.name}: " if spot.name and not spot.is_key else ""
            yield Finding(spot.place, lead + what, hint)


def _told(error: ErrorDetails, value: object) -> tuple[str, str]:
    """Say what is wrong with a value, and what to do."""
    context = error.get("ctx", {})
    if error["type"] == "words":
        return context["what"], context["hint"]
    if error["type"] == "union_tag_invalid":
        tags = context["expected_tags"].replace("'", "").split(", ")
        expected = " or ".join(_TAGS[tag] for tag in tags)
    else:
        expected = _FORMS.get(error["type"], error["msg"])
    if isinstance(value, Text) and not value:
        return "no value stands here", f"write {expected}, or leave the key out"
    return f"{kind_of(value)} stands where {expected} is expected", ""


class _Spot:
    """Where in a tree an error lies: the value, its place, its key, the shape that has the key."""

    def __init__(
        self, node: Node, place: Place, shape: type[Shape] | None, loc: tuple[int | str, ...]
    ) -> None:
        self.value: Node | None = node
        self.place = place
        self.shape: type[Shape] | None = None
        self.name = ""
        self.is_key = loc[-1:] == ("[key]",)
        for step in loc:
            if step in _TAGS or step == "[key]":
                continue
            if isinstance(self.value, Items) and isinstance(step, int):
                self.value = self.value[step]
                self.place = self.value.place
            elif isinstance(self.value, Table):
                self.shape, self.name = shape, str(step)
                field = self._field()
                shape = shape_in(field.annotation) if field else None
                self._enter(self.value, str(step))
        if self.is_key or self.value is None:
            self.value = None

    def _enter(self, table: Table, name: str) -> None:
        key = table.key(name)
        if key is None:
            self.value = None
            return
        self.value = table[key]
        known = self.shape is None or self._field() is not None
        self.place = self.value.place if known and not self.is_key else key.place

    def _field(self) -> Any:
        if self.shape is None:
            return None
        fields = self.shape.model_fields
        return next((f for n, f in fields.items() if (f.alias or n) == self.name), None)

    def keys(self) -> list[str]:
        """Give the keys that may stand beside this one."""
        fields = self.shape.model_fields if self.shape else {}
        return [field.alias or name for name, field in fields.items()]

    def expected(self) -> str:
        """Give what may be written for a missing key."""
        field = self._field()
        word = next((m for m in getattr(field, "metadata", ()) if isinstance(m, Word)), None)
        return f"write {word.says}" if word else ""
