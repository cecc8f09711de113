"""What an endpoint raises where it has no answer."""

from __future__ import annotations

from typing import TypeVar

T = TypeVar("T")


class AbsentError(Exception):
    """There is no such thing, or it is not theirs to see."""


class FormError(Exception):
    """None of the forms that are wanted is there."""


class InvalidError(Exception):
    """A request names what there is not: a cursor that was not given, a period that is none."""

    def __init__(self, where: str, what: str) -> None:
        super().__init__(what)
        self.where, self.what = where, what


def there(found: T | None) -> T:
    """Give what was found. Raise AbsentError where nothing was."""
    if found is None:
        raise AbsentError
    return found
