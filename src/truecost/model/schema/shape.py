"""The base of all shapes: a table with known keys, each described in plain words."""

from typing import Any, Self, get_args, get_origin

from pydantic import (
    BaseModel,
    ConfigDict,
    Discriminator,
    Field,
    ModelWrapValidatorHandler,
    PrivateAttr,
    Tag,
    model_validator,
)

from truecost.kernel.findings import Place
from truecost.model.tree import Items, Table

TEXT, LIST, TABLE = "<text>", "<list>", "<table>"


class Shape(BaseModel):
    """A table of keys. The docstring says what it is for; unknown keys are refused."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    _place: Place = PrivateAttr(Place(""))
    _keys: dict[str, Place] = PrivateAttr(default_factory=dict)

    @model_validator(mode="wrap")
    @classmethod
    def _keep_place(cls, value: Any, handler: ModelWrapValidatorHandler[Self]) -> Self:
        made = handler(value)
        if isinstance(value, Table):
            made._place = value.place  # noqa: SLF001 - its own, at birth
            made._keys = {str(key): key.place for key in value}  # noqa: SLF001 - likewise
        return made

    @property
    def place(self) -> Place:
        """Where the table begins."""
        return self._place

    def place_of(self, key: str) -> Place:
        """Give where a key stands; where it was left out, where the table begins."""
        return self._keys.get(key, self._place)


def key(meaning: str, default: Any = ..., *, shown: str = "", alias: str | None = None) -> Any:
    """Describe a key. `shown` is the default in words, where leaving it out means something."""
    return Field(default, description=meaning, alias=alias, json_schema_extra={"x-default": shown})


def _tag(value: object) -> str:
    if isinstance(value, Table):
        return TABLE
    return LIST if isinstance(value, Items) else TEXT


BY_FORM = Discriminator(_tag)


def tagged(annotation: Any, tag: str) -> Any:
    """Give the form that is written so (`TEXT`, `LIST`, `TABLE`), of an annotation's outermost."""
    level = [annotation]
    while level:
        for each in level:
            inside, *metadata = get_args(each) or (None,)
            if any(isinstance(mark, Tag) and mark.tag == tag for mark in metadata):
                return inside
        level = [part for each in level for part in get_args(each) if get_origin(part) is not None]
    return None


def shape_in(annotation: Any) -> type[Shape] | None:
    """Give the shape inside an annotation such as `dict[Id, Shape] | None`, if there is one."""
    if isinstance(annotation, type) and issubclass(annotation, Shape):
        return annotation
    if get_origin(annotation) is None:
        return None
    inside = (shape_in(part) for part in get_args(annotation) if not isinstance(part, str))
    return next((found for found in inside if found), None)
