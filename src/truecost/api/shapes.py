"""What is shared by all answers and bodies."""

from __future__ import annotations

from typing import Annotated, Any, Generic, TypeVar

from ninja import Schema
from pydantic import ConfigDict, Field

from truecost.kernel.money import shown

T = TypeVar("T")
#: Minor units that a column of the database holds.
Minor = Annotated[int, Field(ge=-(2**63), le=2**63 - 1, strict=True)]
Words = Annotated[str, Field(min_length=1, max_length=500, description="Kept for good.")]


class Shape(Schema):
    """What is answered."""


class Body(Schema):
    """What is read: a key that it does not know is refused, rather than passed over."""

    model_config = ConfigDict(extra="forbid")


class Money(Shape):
    """An amount: whole minor units, and the same in words."""

    minor: int
    currency: str
    shown: str


class Page(Shape, Generic[T]):
    """A part of a list; `next` is the cursor of what follows, null at the end."""

    items: list[T]
    next: str | None


class Listed(Shape, Generic[T]):
    """A whole list."""

    items: list[T]


class Said(Shape):
    """A document of the program's own; its schema names itself in `schema`."""

    model_config = ConfigDict(extra="allow")


class Fault(Shape):
    """A finding."""

    what: str
    hint: str
    detail: list[str]
    severity: str
    file: str | None
    line: int | None
    column: int | None


class Wrong(Shape):
    """Where a request is not as it should be."""

    pointer: str
    what: str


class Problem(Shape):
    """An error, as RFC 9457 says."""

    type: str
    title: str
    status: int
    detail: str
    findings: list[Fault] = Field(default_factory=list)
    errors: list[Wrong] = Field(default_factory=list)


def money(minor: int, currency: str) -> Money:
    """Give an amount as it is answered."""
    return Money(minor=minor, currency=currency, shown=shown(minor, currency))


def plain(schema: type[Schema]) -> dict[str, Any]:
    """Give the JSON Schema of a shape."""
    return schema.model_json_schema(ref_template="#/components/schemas/{model}")
