import sqlite3
from pathlib import Path

import duckdb
import pytest

from purpose_agent.memory.cards import MemoryCard
from purpose_agent.memory.ledger import Ledger
from purpose_agent.memory.memory import Memory
from purpose_agent.storage.errors import WorkspaceTooNew
from purpose_agent.storage.journal import Journal
from purpose_agent.storage.migrations import Migration, shipped
from purpose_agent.storage.sqlite_file import statements
from purpose_agent.storage.trajectories import Trajectories
from purpose_agent.types import LessonUse
from tests.unit.storage.samples import write_run

_NEXT = len(shipped("journal")) + 1
NEXT = Migration(version=_NEXT, sql="CREATE TABLE later (a);\nALTER TABLE settings ADD COLUMN changed TEXT;\n")
NEXT_STORE = Migration(
    version=len(shipped("duckdb")) + 1, sql="ALTER TABLE runs ADD COLUMN later VARCHAR; CREATE TABLE later (a INTEGER);"
)
BROKEN = Migration(version=_NEXT, sql="CREATE TABLE later (a);\nINSERT INTO nowhere VALUES (1);\n")


def test_shipped_migrations_are_numbered_without_a_gap() -> None:
    for migrations in (shipped("journal"), shipped("duckdb")):
        versions = [migration.version for migration in migrations]
        assert versions == list(range(1, len(versions) + 1))


def test_an_older_journal_is_backed_up_then_brought_to_the_newest_layout(tmp_path: Path) -> None:
    path = tmp_path / "journal.sqlite"
    journal = Journal(path)
    write_run(journal, "r")
    journal.close()
    journal = Journal(path, migrations=[*shipped("journal"), NEXT])
    assert journal.query("SELECT count(*) FROM later") == [(0,)]
    assert len(journal.events("r")) == 18
    journal.close()
    (backup,) = (tmp_path / "backups").iterdir()
    old = Journal(backup)
    assert len(old.events("r")) == 18
    old.close()
    with pytest.raises(WorkspaceTooNew):
        Journal(path)


@pytest.mark.parametrize("version", range(1, len(shipped("journal"))))
def test_lessons_and_runs_of_every_earlier_layout_are_kept(tmp_path: Path, version: int) -> None:
    path = tmp_path / "journal.sqlite"
    journal = Journal(path, migrations=shipped("journal")[:version])
    write_run(journal, "r")
    taught = Ledger(journal).teach(MemoryCard(kind="user_preference", do="Say where it comes from."), by="person")
    journal.close()
    journal = Journal(path)
    assert len(journal.events("r")) == 18
    memory = Memory(journal)
    assert [lesson.card_id for lesson in memory.ledger.promoted()] == [taught.card_id]
    use = LessonUse(card_id=taught.card_id, version=1, text=taught.text)
    assert memory.effects.record("r", "writing", [use], True, 9.0)[0].uses == 1
    assert memory.ledger.verify().ok
    journal.close()


def test_a_migration_that_fails_changes_nothing(tmp_path: Path) -> None:
    path = tmp_path / "journal.sqlite"
    Journal(path).close()
    with pytest.raises(Exception, match="journal"):
        Journal(path, migrations=[*shipped("journal"), BROKEN])
    journal = Journal(path)
    assert journal.query("SELECT name FROM sqlite_master WHERE name = 'later'") == []
    journal.close()


def test_an_older_store_is_backed_up_then_brought_to_the_newest_layout(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "journal.sqlite")
    write_run(journal, "r")
    store = Trajectories.open(tmp_path, [])
    store.settle()
    store.close()
    newer = Trajectories.open(tmp_path, [], migrations=[*shipped("duckdb"), NEXT_STORE])
    assert newer.sql("SELECT run_id, later FROM runs") == [{"run_id": "r", "later": None}]
    newer.close()
    (backup,) = (tmp_path / "backups").iterdir()
    with duckdb.connect(str(backup)) as old:
        assert old.execute("SELECT count(*) FROM events").fetchall() == [(18,)]
    journal.close()


def test_a_script_falls_into_whole_statements() -> None:
    script = "CREATE TABLE a (b);\nCREATE TRIGGER t BEFORE DELETE ON a\nBEGIN\n  SELECT 1;\n  SELECT 2;\nEND;\n"
    assert [text.split()[1] for text in statements(script)] == ["TABLE", "TRIGGER"]
    with pytest.raises(ValueError, match="middle"):
        list(statements("CREATE TABLE a (b)\n"))
    connection = sqlite3.connect(":memory:")
    for statement in statements(script):
        connection.execute(statement)
    connection.close()
