from purpose_agent.runtime.events import (
    MemoryCandidate,
    RunError,
    RunEvent,
    RunFinished,
    RunStarted,
    ScoreComputed,
    now,
)
from purpose_agent.teams.results import fold_result
from purpose_agent.types import Score, Task, Usage

SOLVED = Score(phi=9.0, tier="given_tests", passed=9, total=10)


def started() -> RunStarted:
    return RunStarted(run_id="r", seq=0, at=now(), task=Task(text="Add"), team="coder", model="scripted:demo")


def test_a_finished_run_gives_its_answer_score_and_the_lessons_born() -> None:
    events: list[RunEvent] = [
        started(),
        MemoryCandidate(run_id="r", seq=1, at=now(), card_id="c", text="When …: …"),
        RunFinished(run_id="r", seq=2, at=now(), status="done", answer="4", score=SOLVED, usage=Usage(), steps=1),
    ]
    result = fold_result(events)
    assert result is not None
    assert (str(result), result.phi, result.success, result.born) == ("4", 9.0, True, ("c",))
    assert result.score.checked_by == "your tests · 9 of 10"


def test_a_failed_run_keeps_the_score_it_had_and_says_what_to_do() -> None:
    events: list[RunEvent] = [
        started(),
        ScoreComputed(run_id="r", seq=1, at=now(), step=0, score=SOLVED),
        ScoreComputed(run_id="r", seq=2, at=now(), step=1, score=Score()),
        RunError(run_id="r", seq=3, at=now(), what="The model did not answer.", fix="Start it."),
    ]
    result = fold_result(events)
    assert result is not None
    assert result.status == "failed"
    assert result.phi == 9.0
    assert not result.success
    assert str(result) == "The model did not answer. Start it."


def test_a_run_without_an_end_is_what_its_process_is() -> None:
    assert fold_result([]) is None
    for status in ("running", "interrupted"):
        result = fold_result([started()], unfinished=status)
        assert result is not None
        assert result.status == status
