import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from purpose_agent.runtime.events import (
    AgentStarted,
    MemoryCandidate,
    RunError,
    ScoreComputed,
    SkillSelected,
    StateSnapshot,
    now,
)
from purpose_agent.storage.errors import RunMovedOn, StoreDamaged, WorkspaceError, WorkspaceOwned
from purpose_agent.storage.workspace import Workspace
from purpose_agent.types import LessonUse, Score, State
from tests.unit.storage.samples import ENVIRONMENT, checkpoint, finished, started, step, write_run

HAVE_IT = """
import sys
from purpose_agent.storage.workspace import Workspace
workspace = Workspace.open(sys.argv[1])
workspace.trajectories()
workspace.announce("http://127.0.0.1:8501")
print("mine", flush=True)
sys.stdin.readline()
"""


@pytest.fixture
def workspace(tmp_path: Path) -> Iterator[Workspace]:
    workspace = Workspace.open(tmp_path)
    yield workspace
    workspace.close()


def test_a_run_is_told_in_one_row_and_step_by_step(workspace: Workspace) -> None:
    write_run(workspace.journal, "r", steps=3)
    workspace.journal.save_grade("r", 3, 4)
    store = workspace.trajectories()
    store.settle()
    row = store.run("r")
    assert row is not None
    assert (row.status, row.phi, row.tier, row.passed, row.total) == ("done", 9.0, "given_tests", 3, 3)
    assert (row.steps, row.tokens, row.attempts, row.answer) == (3, 45, 7, "the answer of r")
    assert (row.hidden_passed, row.hidden_total) == (3, 4)
    assert row.finished_at is not None
    assert row.finished_at >= row.started_at
    steps = store.steps("r")
    assert [(turn.step, turn.agent, turn.observation) for turn in steps] == [(n, "coder", str(n)) for n in range(3)]
    assert steps[1].before == {"fact 0": 0, "last": 0}
    assert steps[1].after == {"fact 0": 0, "fact 1": 1, "last": 1}
    assert [turn.score.phi for turn in steps if turn.score] == [0, 1, 2]
    assert store.sql("SELECT step, tool, phi FROM steps WHERE run_id = $run ORDER BY step", {"run": "r"})[2] == {
        "step": 2,
        "tool": "calculator",
        "phi": 2.0,
    }
    assert store.sql("SELECT count(*) AS n FROM scores")[0]["n"] == 3
    assert store.run("another") is None


def test_a_run_shows_a_moment_after_its_first_event(workspace: Workspace) -> None:
    store = workspace.trajectories()
    store.settle()
    workspace.journal.append([started("r")])
    begun = time.monotonic()
    while store.run("r") is None and time.monotonic() < begun + 5:
        time.sleep(0.005)
    assert store.runs()[0].status == "running"


def test_runs_are_found_by_their_words_and_their_marks_newest_first(workspace: Workspace) -> None:
    journal, store = workspace.journal, workspace.trajectories()
    journal.append([started("a", task="Sort a list", team="coder")])
    journal.append([started("b", task="Write a blog post", team="writer")])
    write_run(journal, "c")
    store.settle()
    assert [row.run_id for row in store.runs()] == ["c", "b", "a"]
    assert [row.run_id for row in store.runs(limit=1, offset=1)] == ["b"]
    assert [row.run_id for row in store.runs(text="SORT")] == ["a"]
    assert [row.run_id for row in store.runs(text="answer of c")] == ["c"]
    assert [row.run_id for row in store.runs(team="writer", status="running")] == ["b"]
    assert (store.count(), store.count(status="done"), store.count(model="nobody")) == (3, 1, 0)


def test_lessons_are_counted_as_they_are_chosen_and_born(workspace: Workspace) -> None:
    chosen = tuple(LessonUse(card_id=f"c{n}", version=1, text="…", withheld=n == 0) for n in range(3))
    journal = workspace.journal
    journal.append([started("r"), SkillSelected(run_id="r", seq=1, at=now(), lessons=chosen)])
    journal.append([MemoryCandidate(run_id="r", seq=2, at=now(), card_id="new", text="…")])
    store = workspace.trajectories()
    store.settle()
    row = store.run("r")
    assert row is not None
    assert (row.lessons, row.born) == (2, 1)


def test_a_failed_run_keeps_its_steps_and_a_resumed_one_runs_again(workspace: Workspace) -> None:
    journal, store = workspace.journal, workspace.trajectories()
    journal.append([started("r")])
    journal.append(step("r", 1, 0))
    journal.append([RunError(run_id="r", seq=9, at=now(), what="The model did not answer.", fix="Start it.")])
    store.settle()
    row = store.run("r")
    assert row is not None
    assert (row.status, row.what, row.steps) == ("failed", "The model did not answer.", 1)
    journal.append([AgentStarted(run_id="r", seq=10, at=now(), agent="coder", step=1)])
    store.settle()
    row = store.run("r")
    assert row is not None
    assert (row.status, row.what, row.finished_at) == ("running", "", None)


def test_a_snapshot_sets_the_state_of_its_step(workspace: Workspace) -> None:
    workspace.journal.append([started("r"), *step("r", 1, 0)])
    facts = State(facts={"answer": 42})
    workspace.journal.append([StateSnapshot(run_id="r", seq=9, at=now(), step=0, state=facts), *step("r", 10, 1)])
    store = workspace.trajectories()
    store.settle()
    first, second = store.steps("r")
    assert first.after == second.before == {"answer": 42}


def test_everything_can_be_made_again_from_the_events(workspace: Workspace) -> None:
    for number in range(5):
        write_run(workspace.journal, f"r{number}", steps=number)
    store = workspace.trajectories()
    store.settle()
    tables = ("runs", "steps", "scores")
    before = [store.sql(f"SELECT * FROM {table} ORDER BY ALL") for table in tables]
    store.write(lambda connection: connection.execute("DELETE FROM steps; DELETE FROM scores"))
    assert store.rebuild() == 5
    assert [store.sql(f"SELECT * FROM {table} ORDER BY ALL") for table in tables] == before


def test_reading_the_journal_again_from_the_beginning_doubles_nothing(workspace: Workspace) -> None:
    write_run(workspace.journal, "r", steps=2)
    store = workspace.trajectories()
    store.settle()
    before = [store.sql(f"SELECT * FROM {table} ORDER BY ALL") for table in ("events", "runs", "steps", "scores")]
    store.write(lambda connection: connection.execute("DELETE FROM purpose_meta WHERE key = 'row'"))
    workspace.close()
    again = Workspace.open(workspace.home)
    store = again.trajectories()
    store.settle()
    assert [
        store.sql(f"SELECT * FROM {table} ORDER BY ALL") for table in ("events", "runs", "steps", "scores")
    ] == before
    again.close()


def test_the_journal_lets_go_of_finished_runs_only(workspace: Workspace) -> None:
    journal, store = workspace.journal, workspace.trajectories()
    write_run(journal, "done", steps=2)
    journal.append([started("failed"), *step("failed", 1, 0)])
    journal.append(step("failed", 9, 1), checkpoint=None)
    journal.append([RunError(run_id="failed", seq=17, at=now(), what="…", fix="…")])
    journal.append([started("open")])
    whole = journal.events("done")
    assert store.prune_journal() == 0  # they ended only now
    assert store.prune_journal(keep_finished_s=-1) == 2
    assert (journal.events("done"), journal.events("failed")) == ([], [])
    assert journal.events("open")
    assert (journal.last_seq("done"), journal.last_seq("failed")) == (17, 17)
    assert workspace.events("done") == whole
    assert [event.seq for event in workspace.events("done", 15)] == [16, 17]
    journal.append([AgentStarted(run_id="failed", seq=18, at=now(), agent="coder", step=2)])
    store.settle()
    assert [event.seq for event in workspace.events("failed")] == list(range(19))
    failed = store.run("failed")
    assert failed is not None
    assert (failed.status, failed.steps) == ("running", 2)


def test_a_pruned_run_that_was_stopped_can_still_be_taken_up(workspace: Workspace) -> None:
    journal, store = workspace.journal, workspace.trajectories()
    journal.append([started("r"), *step("r", 1, 0)], checkpoint=checkpoint("r", 0))
    journal.append([RunError(run_id="r", seq=9, at=now(), what="…", fix="…", status="cancelled")])
    write_run(journal, "newer")
    assert store.prune_journal(keep_finished_s=-1) == 1  # the newest row stays, so "newer" does
    assert journal.checkpoint("r") == checkpoint("r", 0)
    assert journal.events("newer")


def test_changes_are_made_by_one_thread_and_their_errors_arrive_at_the_caller(workspace: Workspace) -> None:
    store = workspace.trajectories()
    names = {store.write(lambda _: threading.current_thread().name) for _ in range(3)}
    assert names == {"trajectories-writer"}
    with pytest.raises(RuntimeError, match="mine"):
        store.write(_insert_then_fail)
    assert store.sql("SELECT * FROM cell_runs") == []


def _insert_then_fail(connection: object) -> None:
    connection.execute("INSERT INTO cell_runs VALUES ('c', 'r', 1)")  # type: ignore[attr-defined]
    raise RuntimeError("mine")


def test_sql_reads_and_never_writes(workspace: Workspace) -> None:
    store = workspace.trajectories()
    assert store.sql("SELECT 1 AS one") == [{"one": 1}]
    for forbidden in ("DELETE FROM runs", "SELECT 1; DELETE FROM runs", "COPY runs TO 'x'"):
        with pytest.raises(ValueError, match="one SELECT"):
            store.sql(forbidden)


def test_many_threads_read_while_runs_arrive(workspace: Workspace) -> None:
    store = workspace.trajectories()
    trouble: list[BaseException] = []

    def read() -> None:
        try:
            for _ in range(20):
                store.runs()
                store.count()
        except BaseException as error:  # noqa: BLE001 - told to the test
            trouble.append(error)

    readers = [threading.Thread(target=read) for _ in range(4)]
    for reader in readers:
        reader.start()
    for number in range(20):
        write_run(workspace.journal, f"r{number}", steps=1)
    for reader in readers:
        reader.join(30)
    store.settle()
    assert (trouble, store.count(status="done")) == ([], 20)


def test_who_comes_second_is_told_who_has_it_and_can_still_run(tmp_path: Path) -> None:
    arguments = [sys.executable, "-c", HAVE_IT, str(tmp_path)]
    pipe = subprocess.PIPE
    with subprocess.Popen(arguments, stdin=pipe, stdout=pipe, text=True, env=ENVIRONMENT) as owner:
        assert owner.stdout is not None
        assert owner.stdout.readline() == "mine\n"
        workspace = Workspace.open(tmp_path)
        with pytest.raises(WorkspaceOwned) as told:
            workspace.trajectories()
        assert (told.value.pid, told.value.address) == (owner.pid, "http://127.0.0.1:8501")
        assert str(owner.pid) in told.value.what
        assert "http://127.0.0.1:8501" in told.value.fix
        write_run(workspace.journal, "r")
        assert workspace.events("r")
        owner.communicate("done\n", timeout=30)
    store = workspace.trajectories()
    store.settle()
    assert store.runs()[0].run_id == "r"
    workspace.close()


def test_two_workspace_objects_of_one_process_share_the_trajectories(tmp_path: Path) -> None:
    first, second = Workspace.open(tmp_path), Workspace.open(tmp_path)
    assert first.trajectories() is second.trajectories()
    first.close()
    write_run(second.journal, "r")
    second.trajectories().settle()
    assert second.trajectories().count() == 1
    second.close()
    assert not (tmp_path / "owner.json").exists()


def test_a_finished_answer_is_there_at_once_after_closing_and_opening(tmp_path: Path) -> None:
    workspace = Workspace.open(tmp_path)
    workspace.trajectories()
    workspace.journal.append([started("r")])
    workspace.journal.append([finished("r", 1)])
    workspace.close()
    workspace = Workspace.open(tmp_path)
    assert workspace.trajectories().count(status="done") == 1
    workspace.close()


def test_a_row_of_the_journal_that_cannot_be_read_is_told_and_hinders_no_other(workspace: Workspace) -> None:
    journal, store = workspace.journal, workspace.trajectories()
    write_run(journal, "before")
    journal.append([started("odd")])
    with journal.write() as connection:
        connection.execute("UPDATE events SET body = '[{\"kind\": \"from.the.future\"}]' WHERE run_id = 'odd'")
    journal.append([finished("odd", 1)])
    write_run(journal, "after")
    store.settle()
    assert store.run("before") is not None
    assert store.run("after") is not None
    with pytest.raises(StoreDamaged, match="cannot be read"):
        workspace.events("odd")


def test_a_value_that_the_store_does_not_take_is_told_and_hinders_no_other(workspace: Workspace) -> None:
    journal, store = workspace.journal, workspace.trajectories()
    journal.append([started("odd")])
    score = Score(phi=1, tier="given_tests", passed=2**40, total=2**41)
    journal.append([ScoreComputed(run_id="odd", seq=1, at=now(), step=0, score=score)])
    journal.append([finished("odd", 2)])
    write_run(journal, "after")
    store.settle()
    assert [row.run_id for row in store.runs(status="done")] == ["after", "odd"]
    assert any("odd" in notice and "left in the journal" in notice for notice in workspace.notices)
    assert store.prune_journal(keep_finished_s=-1) == 0
    assert len(journal.events("odd")) == 3


def test_events_that_were_moved_are_not_passed_over_in_silence(workspace: Workspace) -> None:
    write_run(workspace.journal, "r")
    write_run(workspace.journal, "newer")
    workspace.trajectories().prune_journal(keep_finished_s=-1)
    beside = Workspace.open(workspace.home)
    with pytest.raises(RunMovedOn, match="moved"):
        beside.events("r")
    assert beside.events("r", 17) == []
    assert beside.events("unknown") == []
    beside.close()


def test_asking_after_closing_gets_a_sentence(workspace: Workspace) -> None:
    store = workspace.trajectories()
    workspace.close()
    for ask in (store.runs, store.settle):
        with pytest.raises(WorkspaceError):
            ask()


def test_a_journal_that_takes_the_place_of_another_is_read_from_its_beginning(workspace: Workspace) -> None:
    write_run(workspace.journal, "before")
    workspace.trajectories().settle()
    workspace.close()
    (workspace.home / "journal.sqlite").unlink()
    beside = Workspace.open(workspace.home)
    for number in range(3):
        write_run(beside.journal, f"after{number}")  # its rows have the numbers that were read before, and more
    store = beside.trajectories()
    store.settle()
    assert sorted(row.run_id for row in store.runs()) == ["after0", "after1", "after2", "before"]
    beside.close()
