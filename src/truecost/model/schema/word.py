"""Words: what may stand as one value, how it is read, and what is said of anything else."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping  # noqa: TC003  pydantic asks
from dataclasses import dataclass
from textwrap import shorten
from typing import Any

from pydantic_core import PydanticCustomError, core_schema

from truecost.kernel.calendars import Calendar  # noqa: TC001  pydantic asks
from truecost.model.names import suggestion
from truecost.model.tree import Items, Table, Text

_SHOWN = 60


LONGEST = 24


PREVIOUS_PERIOD = "previous period"


def refuse(what: str, hint: str = "") -> PydanticCustomError:
    """Make the error that a reading raises: `what` names the fault, `hint` what to do."""
    return PydanticCustomError("words", "{what}", {"what": what, "hint": hint})


def kind_of(value: object) -> str:
    """Give what a value is, in words."""
    if isinstance(value, Table):
        return "a table of keys"
    return "a list" if isinstance(value, Items) else f'"{shorten(str(value), _SHOWN)}"'


@dataclass(frozen=True, eq=False)
class Word:
    """How a scalar is read. `read` raises ValueError; its words, if any, become the hint."""

    says: str
    read: Callable[[Text], object]
    schema: Mapping[str, Any]
    empty: bool = False

    def __get_pydantic_core_schema__(self, source: Any, handler: Any) -> core_schema.CoreSchema:
        """Read through `check` and nothing else; the context is the workspace's calendar."""
        return core_schema.with_info_plain_validator_function(
            lambda value, info: self.check(value, info.context)
        )

    def __get_pydantic_json_schema__(self, core: Any, handler: Any) -> dict[str, Any]:
        """Give the JSON Schema for editors."""
        return dict(self.schema)

    def check(self, value: object, calendar: Calendar | None = None) -> object:
        """Read a value, or say what was expected."""
        says = self.called(calendar)
        if not isinstance(value, Text):
            raise refuse(f"{kind_of(value)} is not {says}")
        if not value.strip() and not (self.empty and value.style):
            raise refuse("no value stands here", f"write {says}")
        try:
            return self.made(value, calendar)
        except ValueError as error:
            raise refuse(f"{kind_of(value)} is not {says}", str(error)) from None

    def called(self, calendar: Calendar | None) -> str:  # noqa: ARG002 - for words of periods
        """Give the phrase that says what is expected."""
        return self.says

    def made(self, text: Text, calendar: Calendar | None) -> object:  # noqa: ARG002 - likewise
        """Read a text."""
        return self.read(text)


@dataclass(frozen=True, eq=False)
class PeriodWord(Word):
    """How a text about periods is read: by the calendar, `of_weeks` says what where it has weeks.

    Where the calendar itself is at fault anything is taken, as None: one fault is told once.
    """

    by: Callable[[Text, Calendar], object] = lambda text, calendar: calendar.parse(text)
    of_weeks: str = "a period such as 2024-P03"

    def called(self, calendar: Calendar | None) -> str:
        """Give the phrase that says what is expected."""
        return self.of_weeks if calendar is not None and calendar.of_weeks else self.says

    def made(self, text: Text, calendar: Calendar | None) -> object:
        """Read a text."""
        return None if calendar is None else self.by(text, calendar)


def matching(says: str, pattern: str) -> Word:
    """Give the word for texts that match a pattern as a whole."""
    compiled = re.compile(pattern, re.ASCII)

    def read(text: Text) -> Text:
        if not compiled.fullmatch(text):
            raise ValueError
        return text

    return Word(says, read, {"type": "string", "pattern": f"^({pattern})$"})


def choice(meanings: Mapping[str, object], says: str = "") -> Word:
    """Give the word for one of a few texts, each with what it means."""
    says = says or (
        f"one of: {', '.join(meanings)}" if len(meanings) > 1 else f'"{next(iter(meanings))}"'
    )

    def read(text: Text) -> object:
        if text not in meanings:
            raise ValueError(suggestion(text, tuple(meanings)))
        return meanings[text]

    return Word(says, read, {"type": "string", "enum": list(meanings)})


def anything(text: Text) -> Text:
    """Take a text as it is."""
    return text
