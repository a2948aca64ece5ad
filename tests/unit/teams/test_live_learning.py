"""What daily work shows is asked of the workspace itself: its runs, its decisions, and the tosses of its coin."""

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

import purpose_agent as pa
from purpose_agent.evaluation.live.records import Which
from purpose_agent.evaluation.suites import load_suite
from purpose_agent.memory.tosses import Toss
from purpose_agent.teams.requests import RunRequest
from purpose_agent.teams.service import Engine, engine_for
from purpose_agent.types import LessonUse, Task

PURPOSE = "Help me write Python code"
TESTS = ["assert double(2) == 4", "assert double(0) == 0", "assert double(-3) == -6"]


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    engine = engine_for(tmp_path / "home")
    yield engine
    engine.close()


def work(engine: Engine, runs: int = 3) -> None:
    team = pa.purpose(PURPOSE, home=engine.workspace.home)
    for _ in range(runs):
        team.run("Write double(n)", tests=TESTS)
    engine.workspace.trajectories().settle()


def test_an_empty_workspace_says_so(engine: Engine) -> None:
    found = engine.learning.findings()
    assert (found.runs, found.judged, found.stretches, found.lessons, found.alarms) == (0, 0, (), (), ())
    assert found.overall.word == "not enough data"
    assert engine.learning.choices().models == ()


def test_runs_of_ones_own_are_counted_and_no_others(engine: Engine) -> None:
    work(engine)
    found = engine.learning.findings()
    assert (found.runs, found.judged) == (3, 3)
    (stretch,) = found.stretches
    assert (stretch.first, stretch.last, stretch.judged, stretch.phi) == (1, 3, 3, 10.0)
    assert stretch.solved is not None
    assert stretch.solved.estimate == 1.0
    assert stretch.seconds == pytest.approx(found.working.seconds)
    engine.run(RunRequest(purpose=PURPOSE, task=Task(text="Write double(n)", tests=tuple(TESTS)), mode="eval"))
    engine.workspace.trajectories().settle()
    assert engine.learning.findings().runs == 3


def test_a_task_that_the_model_declined_has_failed_its_tests_and_counts(engine: Engine) -> None:
    work(engine, 1)
    (just_one,) = (item.task for item in load_suite("unrelated").tasks if item.task.task_id == "just_one")
    declined = pa.purpose(PURPOSE, home=engine.workspace.home).run(just_one)
    assert (declined.declined, declined.phi) == (True, None)
    engine.workspace.trajectories().settle()
    (stretch,) = engine.learning.findings().stretches
    assert stretch.solved is not None
    assert (stretch.judged, stretch.solved.estimate, stretch.phi) == (2, 0.5, 5.0)


def test_filters_take_what_they_say(engine: Engine) -> None:
    work(engine, 2)
    choices = engine.learning.choices()
    assert [count for _, count in choices.models] == [2]
    (kind, _), *_ = choices.task_kinds
    for which, runs in (
        (Which(task_kind=kind), 2),
        (Which(task_kind="poetry"), 0),
        (Which(model=choices.models[0][0], team=choices.teams[0][0]), 2),
        (Which(since=datetime.now(UTC) + timedelta(hours=1)), 0),
        (Which(since=datetime.now(UTC) - timedelta(hours=1)), 2),
        (Which(notebook_id="nowhere"), 0),
    ):
        assert engine.learning.findings(which).runs == runs, which


def test_lessons_put_in_use_and_away_are_marks_at_their_run(engine: Engine) -> None:
    work(engine, 2)
    lesson = engine.lessons.teach("Name the sources.")
    work(engine, 1)
    engine.memory.ledger.archive(lesson.card_id, by="person", reason="not needed")
    marks = [mark for mark in engine.learning.findings().marks if mark.card_id == lesson.card_id]
    assert [(mark.kind, mark.after) for mark in marks] == [("in use", 2), ("put away", 3)]
    assert "Name the sources." in marks[0].told
    assert not any(mark.breaks for mark in marks)


def test_a_toss_is_written_with_its_chance_and_told_of(engine: Engine) -> None:
    card = engine.memory.teach("Be brief.")
    for n in range(40):
        use = LessonUse(card_id=card.card_id, version=1, text=card.text, withheld=n % 4 == 0, chance=0.25)
        engine.memory.effects.record(f"r{n}", "code", (use,), success=n % 4 != 0, phi=None)
    sure = LessonUse(card_id=card.card_id, version=1, text=card.text)
    engine.memory.effects.record("r99", "code", (sure,), success=True, phi=None)
    found = engine.learning.findings()
    assert found.overall.runs == 40
    (lesson,) = found.lessons
    assert (lesson.shown, lesson.left_out, lesson.in_use) == (30, 10, True)
    assert lesson.verdict.word == "better"
    assert lesson.effect.estimate > 50
    assert engine.learning.findings(Which(task_kind="poetry")).overall.runs == 0


def test_a_score_set_right_counts_as_it_stands_now(engine: Engine) -> None:
    card = engine.memory.teach("Be brief.")
    use = LessonUse(card_id=card.card_id, version=1, text=card.text, chance=0.1)
    engine.memory.effects.record("r1", "code", (use,), success=True, phi=9.0)
    assert [toss.success for toss in engine.memory.effects.tosses()] == [True]
    engine.memory.effects.correct("r1", success=False, phi=1.0)
    assert [toss.success for toss in engine.memory.effects.tosses()] == [False]


def test_after_a_score_was_set_right_only_what_came_since_is_read(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    effects, read = engine.memory.effects, []
    tosses = effects.tosses

    def noted(after: int = 0) -> list[Toss]:
        read.append(after)
        return tosses(after)

    monkeypatch.setattr(effects, "tosses", noted)
    card = engine.memory.teach("Be brief.")
    use = LessonUse(card_id=card.card_id, version=1, text=card.text, chance=0.1)
    for n in range(4):
        effects.record(f"r{n}", "code", (use,), success=True, phi=None)
        if n == 1:
            assert engine.learning.findings().lessons[0].effect.estimate > 0
            effects.correct("r0", success=False, phi=1.0)
        assert engine.learning.findings().overall.runs == n + 1
    places = [0, *(toss.place for toss in tosses())]
    assert read == [0, places[1], 0, places[2], places[3]]


def test_several_windows_look_on_while_runs_come_in(engine: Engine) -> None:
    cards = [engine.memory.teach(f"Rule number {n}.") for n in range(30)]
    done = threading.Event()

    def work_on() -> None:
        for n in range(150):
            card = cards[n % len(cards)]
            use = LessonUse(card_id=card.card_id, version=1, text=card.text, withheld=n % 4 == 0, chance=0.25)
            engine.memory.effects.record(f"r{n}", f"kind {n}", (use,), success=True, phi=None)
        done.set()

    def look_on(window: int) -> int:
        looked = 0
        while not done.is_set() or not looked:
            assert engine.learning.findings(Which(task_kind=f"kind {window}")).overall.runs <= 1
            engine.learning.findings(Which(team=f"team {looked}"))
            engine.learning.findings()
            looked += 1
        return looked

    with ThreadPoolExecutor(5) as threads:
        windows = [threads.submit(look_on, window) for window in range(4)]
        threads.submit(work_on).result()
        assert all(window.result() for window in windows)
    assert engine.learning.findings().overall.runs == 150
