from purpose_agent.runtime.events import (
    MemoryCandidate,
    RunError,
    RunEvent,
    RunFinished,
    RunStarted,
    ScoreComputed,
    TextDone,
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


def test_a_failed_run_keeps_its_best_draft_and_does_not_pass_it_off_as_the_answer() -> None:
    drafts = [("good", 6.0), ("worse", 2.0)]
    events: list[RunEvent] = [started()]
    for text, phi in drafts:
        seq = len(events)
        events.append(TextDone(run_id="r", seq=seq, at=now(), step=seq, text=text))
        score = Score(phi=phi, tier="given_tests", passed=int(phi), total=10)
        events.append(ScoreComputed(run_id="r", seq=seq + 1, at=now(), step=seq, score=score))
    events.append(RunError(run_id="r", seq=len(events), at=now(), what="No program fits.", fix="Add an example."))
    result = fold_result(events)
    assert result is not None
    assert result.answer == "good"
    assert str(result).startswith("No program fits. Add an example.")


def test_a_run_without_an_end_is_what_its_process_is() -> None:
    assert fold_result([]) is None
    for status in ("running", "interrupted"):
        result = fold_result([started()], unfinished=status)
        assert result is not None
        assert result.status == status
