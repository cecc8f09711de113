"""Counting tries, on both databases."""

from __future__ import annotations

import datetime as dt
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

from django.db import connections
from tests.record.workshop import NOW

from truecost.record.models import Tally
from truecost.record.services import limits

if TYPE_CHECKING:
    from tests.record.workshop import Workshop

SPAN = dt.timedelta(minutes=10)
WHAT = ("sign-in", "anna@example.org")


def test_who_tries_too_often_is_told_how_long_to_wait(shop: Workshop) -> None:
    moments = [NOW + dt.timedelta(seconds=each) for each in (0, 1, 2, 599, 600, 601)]
    found = [limits.take(WHAT, 2, SPAN, each) for each in moments]
    assert found == [0, 0, 598, 1, 0, 0]
    assert limits.take(("sign-in", "another"), 2, SPAN, NOW) == 0
    limits.forget(WHAT)
    assert limits.take(WHAT, 1, SPAN, moments[-1]) == 0
    assert shop.folder.exists()


def test_nothing_personal_is_kept_and_what_is_over_goes(shop: Workshop) -> None:
    limits.take(WHAT, 2, SPAN, NOW)
    assert [each.key for each in Tally.objects.all() if "anna" in each.key] == []
    limits.take(("other", "b"), 2, SPAN, NOW + 2 * SPAN)
    assert Tally.objects.count() == 1
    assert shop.folder.exists()


def test_several_at_once_are_each_counted(shop: Workshop) -> None:
    def one(_: int) -> int:
        try:
            return limits.take(WHAT, 15, SPAN, NOW)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(one, range(40)))
    assert sum(each == 0 for each in found) == 15
    assert shop.folder.exists()
