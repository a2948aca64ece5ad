import sqlite3
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from purpose_agent.runtime.events import AgentProgress, now
from purpose_agent.storage.errors import RunWrittenElsewhere, WorkspaceError
from purpose_agent.storage.journal import Checkpoint, Journal
from tests.unit.storage.samples import checkpoint, finished, started, step, write_run


@pytest.fixture
def journal(tmp_path: Path) -> Iterator[Journal]:
    journal = Journal(tmp_path / "journal.sqlite")
    yield journal
    journal.close()


def test_events_come_back_as_they_were_from_any_place_on(journal: Journal) -> None:
    journal.append([started("r")])
    written = step("r", 1, 0)
    journal.append(written, checkpoint=checkpoint("r", 0))
    journal.append([finished("r", 9)])
    assert journal.events("r")[1:9] == written
    for after in range(-1, 10):
        assert [event.seq for event in journal.events("r", after)] == list(range(after + 1, 10))
    assert [event.seq for event in journal.events("r", 2, limit=3)] == [3, 4, 5]
    assert journal.events("another run") == []


def test_the_newest_checkpoint_counts(journal: Journal) -> None:
    assert journal.checkpoint("r") is None
    journal.append([started("r")])
    journal.append(step("r", 1, 0), checkpoint=checkpoint("r", 0))
    journal.append(step("r", 9, 1), checkpoint=checkpoint("r", 1))
    journal.append([AgentProgress(run_id="r", seq=17, at=now(), agent="coder", text="thinking")])
    assert journal.checkpoint("r") == checkpoint("r", 1)


def test_a_checkpoint_may_come_after_its_events(journal: Journal) -> None:
    with pytest.raises(ValueError, match="no events of r"):
        journal.append([], checkpoint=checkpoint("r", 0))
    journal.append([started("r")])
    journal.append([])
    journal.append([], checkpoint=checkpoint("r", 0))
    assert journal.checkpoint("r") == checkpoint("r", 0)
    assert journal.last_seq("r") == 0


def test_a_gap_or_a_mixture_of_runs_is_refused(journal: Journal) -> None:
    journal.append([started("r")])
    with pytest.raises(ValueError, match="gap"):
        journal.append([finished("r", 5)])
    with pytest.raises(ValueError, match="expected r 2"):
        journal.append([AgentProgress(run_id="r", seq=1, at=now(), agent="a", text="x"), finished("r", 3)])
    assert journal.last_seq("r") == 0


def test_a_second_writer_of_the_same_run_is_refused(journal: Journal) -> None:
    other = Journal(journal.path)
    journal.append([started("r")])
    other.append(step("r", 1, 0))
    with pytest.raises(RunWrittenElsewhere):
        journal.append([finished("r", 1)])
    journal.append([finished("r", 9)])  # who has read on may go on
    assert [event.seq for event in other.events("r")] == list(range(10))
    other.close()


def test_what_is_told_outside_of_a_run_is_none_of_the_runs(journal: Journal) -> None:
    journal.append([started("open")])
    journal.append(step("open", 1, 0))
    write_run(journal, "done")
    journal.append([AgentProgress(run_id="memory:card", seq=0, at=now(), agent="", text="no run at all")])
    assert journal.run_ids() == ["done", "open"]
    assert journal.last_seq("memory:card") == 0


def test_runs_are_listed_newest_first_page_by_page(journal: Journal) -> None:
    for number in range(5):
        journal.append([started(f"r{number}")])
    journal.append([finished("r0", 1)])
    first = journal.run_ids(limit=2)
    assert first == ["r4", "r3"]
    assert journal.run_ids(limit=10, before=first[-1]) == ["r2", "r1", "r0"]


def test_the_tail_gives_every_event_once(journal: Journal) -> None:
    write_run(journal, "a", steps=2)
    write_run(journal, "b", steps=1)
    found, position = [], 0
    while page := journal.tail(position, 5):
        found += [(event.run_id, event.seq) for _, event in page]
        position = page[-1][0]
    assert found == [("a", seq) for seq in range(18)] + [("b", seq) for seq in range(10)]


def test_an_intent_is_remembered_with_what_came_of_it(journal: Journal) -> None:
    assert journal.intent("r", "step 1") is None
    journal.record_intent("r", "step 1", "write_file", {"path": "a.txt"})
    journal.record_intent("r", "step 1", "write_file", {"path": "other.txt"})
    known = journal.intent("r", "step 1")
    assert known is not None
    assert (known.tool, known.args, known.outcome) == ("write_file", {"path": "a.txt"}, None)
    journal.record_outcome("r", "step 1", {"text": "written"})
    known = journal.intent("r", "step 1")
    assert known is not None
    assert known.outcome == {"text": "written"}
    with pytest.raises(ValueError, match="no intent"):
        journal.record_outcome("r", "step 2", {})


def test_the_newest_grade_counts(journal: Journal) -> None:
    assert journal.grade("r") is None
    journal.save_grade("r", 1, 4)
    journal.save_grade("r", 4, 4)
    assert journal.grade("r") == (4, 4)
    assert [grade.right for grade in journal.grades("r")] == [True, False]  # neither says a verdict in words


def test_a_grade_says_who_decided_and_whether_anybody_did(journal: Journal) -> None:
    journal.save_grade("r", 0, 0, {"verdict": "undecided", "why": "It waits."})
    journal.save_grade("r", 0, 1, {"verdict": "failed", "by": "scripted:judge"})
    told = [(grade.by, grade.is_decided, grade.right) for grade in journal.grades("r")]
    assert told == [("scripted:judge", True, False), ("", False, None)]
    journal.save_grade("other", 1, 1, {"verdict": "passed", "by": "person"})
    assert [(run_id, grade.right) for run_id, grade in journal.latest_grades(by="person")] == [("other", True)]


def test_a_transaction_is_stored_whole_or_not_at_all(journal: Journal) -> None:
    with pytest.raises(sqlite3.IntegrityError), journal.write() as connection:  # noqa: PT012 - the second one fails
        connection.execute("INSERT INTO base_rates VALUES ('', 0, 1, 0)")
        connection.execute("INSERT INTO base_rates VALUES ('', 0, 1, 0)")
    assert journal.query("SELECT * FROM base_rates") == []


def test_rows_of_the_ledger_are_never_changed(journal: Journal) -> None:
    columns = "card_id, version, from_status, to_status, actor, reason, evidence, card, at, previous_hash, hash"
    with journal.write() as connection:
        connection.execute(
            f"INSERT INTO ledger ({columns}) VALUES ('c', 1, '', 'candidate', '', '', '', '', '', '', '')"
        )
    for forbidden in ("UPDATE ledger SET reason = 'x'", "DELETE FROM ledger"):
        with pytest.raises(Exception, match="never"), journal.write() as connection:
            connection.execute(forbidden)
    assert journal.query("SELECT card_id FROM ledger") == [("c",)]


def test_threads_append_side_by_side_and_leave_no_connection_behind(journal: Journal) -> None:
    threads = [threading.Thread(target=write_run, args=(journal, f"r{number}", 3)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert sorted(journal.run_ids()) == [f"r{number}" for number in range(8)]
    assert all(len(journal.events(f"r{number}")) == 26 for number in range(8))


def test_the_write_ahead_log_stays_bounded_without_anybody_to_drain_it(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "journal.sqlite")
    journal.append([started("r")])
    for index in range(1500):  # 150 MB in all, as fast as it goes
        journal.append(step("r", 1 + index * 8, index, prompt_chars=100_000))
    log = tmp_path / "journal.sqlite-wal"
    assert log.stat().st_size < 80_000_000
    journal.close()
    assert not log.exists()


def test_a_closed_journal_says_so_to_new_threads(journal: Journal) -> None:
    journal.close()
    journal.close()
    raised: list[BaseException] = []

    def late() -> None:
        try:
            journal.events("r")
        except WorkspaceError as error:
            raised.append(error)

    thread = threading.Thread(target=late)
    thread.start()
    thread.join(10)
    assert [str(error) for error in raised] == ["This workspace was closed. Open it again."]
    with pytest.raises(WorkspaceError, match="closed"):
        journal.append([started("r")])


def test_half_characters_of_a_broken_reply_do_not_stop_a_run(journal: Journal) -> None:
    broken = AgentProgress(run_id="r", seq=0, at=now(), agent="coder", text="half \ud83d of \U0001f600")
    journal.append([broken], checkpoint=Checkpoint(run_id="r", step=0, body={"\ud83d": ["\ud83d"]}))
    (found,) = journal.events("r")
    assert isinstance(found, AgentProgress)
    assert found.text == "half \ufffd of \U0001f600"
    saved = journal.checkpoint("r")
    assert saved is not None
    assert saved.body == {"\ufffd": ["\ufffd"]}
