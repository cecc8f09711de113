"""A backup restored elsewhere is the record and store that was saved, row by row, byte by byte."""

from __future__ import annotations

import hashlib
import io
import tarfile
from contextlib import closing, contextmanager
from typing import TYPE_CHECKING

import psycopg
import pytest
from django.apps import apps
from django.core import serializers
from tests.record.workshop import point

from truecost.kernel.findings import TruecostError
from truecost.record.backup import LIST, backup, restore
from truecost.record.database import database
from truecost.record.place import RecordPlace
from truecost.record.services import integrity
from truecost.store.runs import Store

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.record.workshop import Workshop


@pytest.fixture
def issued(issued: Workshop, monkeypatch: pytest.MonkeyPatch) -> Workshop:
    if issued.address:
        monkeypatch.setenv("TRUECOST_DATABASE", issued.address)
    RecordPlace(issued.folder).secret_key()
    return issued


@contextmanager
def empty_database(shop: Workshop, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """Give the address of a database with nothing in it; "" for SQLite."""
    if not shop.address:
        yield ""
        return
    server, name = shop.address, "restored_elsewhere"
    with closing(psycopg.connect(server, autocommit=True)) as connection:
        connection.execute(f"CREATE DATABASE {name}")
        before, after = server.split("?")
        address = f"{before.rsplit('/', 1)[0]}/{name}?{after}"
        monkeypatch.setenv("TRUECOST_DATABASE", address)
        try:
            yield address
        finally:
            connection.execute(f"DROP DATABASE {name} WITH (FORCE)")


def rows() -> dict[str, str]:
    """Give a hash of all rows of each table."""
    found = {}
    for model in apps.get_models():
        said = serializers.serialize("json", model._default_manager.order_by("pk"))
        found[model._meta.label] = hashlib.sha256(said.encode()).hexdigest()
    return found


def files(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file() and path.name != "lock"
    }


def test_what_is_restored_is_what_was_saved(
    issued: Workshop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before, stored = rows(), files(issued.folder / "store")
    said = backup(issued.folder, tmp_path / "saved.tar")
    assert (tmp_path / "saved.tar").stat().st_mode & 0o077 == 0
    assert [path.name for path in tmp_path.glob("*.partial*")] == []
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    with empty_database(issued, monkeypatch) as address:
        assert restore(elsewhere, tmp_path / "saved.tar") == said
        place = RecordPlace(elsewhere)
        assert place.folder.stat().st_mode & 0o077 == 0
        assert place.secret_key() == RecordPlace(issued.folder).secret_key()
        assert files(elsewhere / "store") == stored
        point(elsewhere, database(place.database, address))
        try:
            assert rows() == before
            checked = integrity.check(Store.open(elsewhere / "store"))
            assert checked.findings == ()
            assert str(said["last"][1]) in checked.held[0]
        finally:
            point(issued.folder, database(RecordPlace(issued.folder).database, issued.address))


def test_nothing_is_mixed_with_what_is_there(issued: Workshop, tmp_path: Path) -> None:
    saved = tmp_path / "saved.tar"
    backup(issued.folder, saved)
    before = files(issued.folder)
    with pytest.raises(TruecostError, match="is there already"):
        restore(issued.folder, saved)
    with pytest.raises(TruecostError, match="is there already"):
        backup(issued.folder, saved)
    assert files(issued.folder) == before


def test_a_backup_that_changed_or_is_cut_short_is_refused_and_nothing_is_restored(
    issued: Workshop, tmp_path: Path
) -> None:
    saved, elsewhere = tmp_path / "saved.tar", tmp_path / "elsewhere"
    backup(issued.folder, saved)
    elsewhere.mkdir()
    whole = saved.read_bytes()
    listed = whole.rindex(b'"version": "')  # nothing but padding follows the list
    wrong = [whole[:kept] for kept in (0, len(whole) // 2, listed)]
    begins = [int(len(whole) * where) for where in (0.0, 0.3, 0.6, 0.97)]
    for begin in (*begins, listed + 12):
        place = next(at for at in range(begin, len(whole)) if whole[at])
        wrong.append(whole[:place] + bytes([whole[place] ^ 1]) + whole[place + 1 :])
    for content in wrong:
        saved.write_bytes(content)
        with pytest.raises(TruecostError, match="not whole"):
            restore(elsewhere, saved)
        assert list(elsewhere.iterdir()) == []


@pytest.mark.parametrize(
    "name", ["../evil", "record/../../evil", "/etc/evil", "store/../../../evil", "evil", "record"]
)
def test_an_archive_that_reaches_elsewhere_is_refused(tmp_path: Path, name: str) -> None:
    saved, elsewhere = tmp_path / "saved.tar", tmp_path / "elsewhere"
    elsewhere.mkdir()
    with tarfile.open(saved, "w") as archive:
        for each in (name, LIST):
            entry = tarfile.TarInfo(each)
            entry.size = 2
            archive.addfile(entry, io.BytesIO(b"{}"))
    with pytest.raises(TruecostError, match="does not belong into it"):
        restore(elsewhere, saved)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["elsewhere", "saved.tar"]


def test_a_failed_backup_leaves_nothing(
    issued: Workshop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "here"
    folder.mkdir()

    def fail(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(tarfile.TarFile, "addfile", fail)
    with pytest.raises(TruecostError, match="No space"):
        backup(issued.folder, folder / "saved.tar")
    assert list(folder.iterdir()) == []
