"""Limits on tries, counted in the record's database: several processes share them.

A count is no act: it needs no right, records no event, and is gone when its span is over.
"""

from __future__ import annotations

import datetime as dt
import math
from typing import TYPE_CHECKING

from django.db import connection
from django.utils.crypto import salted_hmac

from truecost.record.models import Tally

if TYPE_CHECKING:
    from collections.abc import Sequence

_TABLE = Tally._meta.db_table
# one statement, so that of two who count at once each counts: SQLite and PostgreSQL alike
_COUNT = (
    f"INSERT INTO {_TABLE} (key, until, count) VALUES (%s, %s, 1) ON CONFLICT (key) DO UPDATE SET"
    f" count = CASE WHEN {_TABLE}.until <= %s THEN 1 ELSE {_TABLE}.count + 1 END,"
    f" until = CASE WHEN {_TABLE}.until <= %s THEN excluded.until ELSE {_TABLE}.until END"
    " RETURNING count, until"
)


def take(what: Sequence[str], amount: int, span: dt.timedelta, now: dt.datetime) -> int:
    """Count a try, and give how many seconds to wait: 0 up to `amount` tries in a span.

    `what` is what is counted: the kind of try, and whose. A span begins with its first try.
    """
    moment = _milliseconds(now)
    values: list[str | int] = [
        _key(what),
        moment + span // dt.timedelta(milliseconds=1),
        moment,
        moment,
    ]
    with connection.cursor() as cursor:
        cursor.execute(_COUNT, values)
        count, until = cursor.fetchone()
    if count == 1:  # a span begins: look for those that are over
        Tally.objects.filter(until__lte=moment).delete()
    return 0 if count <= amount else max(1, math.ceil((until - moment) / 1000))


def forget(what: Sequence[str]) -> None:
    """Begin anew to count: somebody has shown who they are."""
    Tally.objects.filter(key=_key(what)).delete()


def _key(what: Sequence[str]) -> str:
    return salted_hmac("truecost.limits", "\0".join(what), algorithm="sha256").hexdigest()


def _milliseconds(moment: dt.datetime) -> int:
    return (moment - dt.datetime.fromtimestamp(0, dt.UTC)) // dt.timedelta(milliseconds=1)
