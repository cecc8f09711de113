"""What is written stays: triggers, on both databases, also after a migration."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from django.core.management import call_command
from django.db import DatabaseError, connection, models, transaction

from truecost.record import guards
from truecost.record.models import Decision, Document, Event, Issue, Payload, Series, Statement
from truecost.record.services import integrity, people
from truecost.record.services.permissions import Role

if TYPE_CHECKING:
    from tests.record.workshop import Workshop


@pytest.fixture
def issued(issued: Workshop) -> Workshop:
    people.invite(issued.person(Role.ADMIN), "anna@example.org", "Anna", Role.AUDITOR)
    return issued


def refused(act: Any) -> None:
    with pytest.raises(DatabaseError, match="what is written stays"), transaction.atomic():
        act()


@pytest.mark.usefixtures("issued")
def test_nothing_that_is_written_can_be_changed_or_deleted() -> None:
    for model in (Event, Issue, Statement, Document, Decision):
        field = {Event: "kind", Issue: "actor", Statement: "name", Document: "form"}
        name = field.get(model, "reason")
        refused(lambda model=model, name=name: model.objects.update(**{name: "x"}))
        refused(lambda model=model: model._base_manager.all()._raw_delete("default"))
    refused(lambda: Series.objects.all().delete())
    refused(lambda: Payload.objects.update(content="x"))
    assert Statement.objects.count() == 3
    assert integrity.ready() == ()


@pytest.mark.usefixtures("issued")
def test_nothing_can_be_truncated_or_replaced() -> None:
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            refused(lambda: cursor.execute("TRUNCATE record_statement CASCADE"))
            refused(
                lambda: cursor.execute(
                    "SET LOCAL session_replication_role = replica; DELETE FROM record_event"
                )
            )
            return
        columns = ", ".join(f'"{each.column}"' for each in Statement._meta.concrete_fields)
        for replacing in ("number", "'S-9999-00001'"):
            said = columns.replace('"number"', replacing).replace('"amount"', "1")
            refused(
                lambda said=said: cursor.execute(
                    f"INSERT OR REPLACE INTO record_statement ({columns})"
                    f" SELECT {said} FROM record_statement"
                )
            )
        refused(
            lambda: cursor.execute(
                "INSERT OR REPLACE INTO record_event SELECT * FROM record_event WHERE sequence = 1"
            )
        )


@pytest.mark.usefixtures("issued")
def test_a_migration_that_rebuilds_a_table_does_not_take_the_guards_along() -> None:
    """SQLite builds a table anew to change it, and forgets its triggers without a word."""
    old = Statement._meta.get_field("name")
    new = models.CharField(max_length=301)
    new.set_attributes_from_name("name")
    new.model = Statement
    with connection.schema_editor() as editor:
        editor.alter_field(Statement, old, new)
    if connection.vendor == "sqlite":
        lost = guards.missing(connection)
        assert "record_statement_no_update" in lost
        assert [each.what for each in integrity.ready()]
    call_command("migrate", verbosity=0)
    assert guards.missing(connection) == ()
    refused(lambda: Statement.objects.update(name="x"))


@pytest.mark.usefixtures("issued")
def test_a_guard_that_says_something_else_is_missed() -> None:
    name = "record_event_no_delete"
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(f"ALTER TABLE record_event DISABLE TRIGGER {name}")
        else:
            cursor.execute(f"DROP TRIGGER {name}")
            cursor.execute(
                f"CREATE TRIGGER {name} BEFORE DELETE ON record_event BEGIN SELECT 1; END"
            )
    assert guards.missing(connection) == (name,)
    guards.install(connection)
    assert guards.missing(connection) == ()
