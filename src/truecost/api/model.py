"""The model of a month, entry by entry; what differs between the models of months or runs."""

from __future__ import annotations

from typing import Annotated

from django.http import HttpRequest
from ninja import Query, Router
from pydantic import Field

from truecost.api.endpoints import get
from truecost.api.looking import At, looked_at
from truecost.api.shapes import Shape
from truecost.record.services.permissions import Act
from truecost.record.services.tokens import Scope
from truecost.statements.model_read import entries

router = Router(tags=["model"])
_MOST = 200


class FieldOut(Shape):
    """What an entry says of one thing."""

    name: str
    value: str


class ModelEntryOut(Shape):
    """An entry as it holds in the month; `first` and `last` are null where it is open."""

    kind: str
    name: str
    place: str
    first: str | None
    last: str | None
    says: list[FieldOut]


class DriverOut(Shape):
    """How much there was of a driver in the month, as decimal text; null where it is shares."""

    name: str
    unit: str
    total: str | None


class ModelOut(Shape):
    """The model of a month: its files, and the entries that were asked for; `count` are all."""

    month: str
    run: str
    files: list[str]
    count: int
    entries: list[ModelEntryOut]
    drivers: list[DriverOut]


class Searched(At):
    """What is looked at, and what of it."""

    file: Annotated[str, Field(max_length=200, description="Of one file.")] = ""
    q: Annotated[str, Field(max_length=100, description="In which this text stands.")] = ""
    skip: Annotated[int, Field(ge=0, le=1_000_000, description="After so many.")] = 0


@get(
    router, "model", "model", does="get_model", scope=Scope.PERIODS, act=Act.READ_PERIODS,
    response=ModelOut,
)  # fmt: skip
def model(request: HttpRequest, said: Query[Searched]) -> ModelOut:
    """Give rules, rates, drivers, services as they hold in a month, 200 entries at a time."""
    with looked_at(request, said) as at:
        every = entries(at.book, at.period)
        found = [
            each
            for each in every
            if (not said.file or each.file == said.file) and (not said.q or each.has(said.q))
        ]
        return ModelOut(
            month=str(at.period), run=at.run.id, count=len(found),
            files=list(dict.fromkeys(each.file for each in every)),
            entries=[
                ModelEntryOut(
                    kind=each.kind, name=each.name, place=each.place,
                    first=None if each.first is None else str(each.first),
                    last=None if each.last is None else str(each.last),
                    says=[FieldOut(name=name, value=value) for name, value in each.says],
                )
                for each in found[said.skip : said.skip + _MOST]
            ],
            drivers=[
                DriverOut(
                    name=row["name"], unit=row["unit"] or "",
                    total=None if row["shares_only"] else str(row["total"]),
                )
                for row in at.book.rows("drivers", at.period)
            ],
        )  # fmt: skip
