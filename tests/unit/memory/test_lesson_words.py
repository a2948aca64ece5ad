"""What a person is told about a lesson."""

from datetime import UTC, datetime

import msgspec
import pytest

from purpose_agent.memory import lesson_words as words
from purpose_agent.memory.cards import MemoryCard, Scope
from purpose_agent.memory.effects import Effect
from purpose_agent.memory.fold import CardView
from purpose_agent.memory.inbox import Recent
from purpose_agent.memory.memory import Memory
from purpose_agent.memory.replay_evidence import KEY, Pair, ReplayEvidence
from purpose_agent.memory.scanning import Finding

LISTS = "code: list of numbers → number"
CARD = MemoryCard(kind="skill_card", when="the list may be empty", do="Return 0", scope=Scope(task_kind=LISTS))
PAIR = Pair(task="t", run_with="a", run_without="b", success_with=True, success_without=False)


def test_an_effect_says_how_much_and_how_sure() -> None:
    helps = Effect(mean=0.8, sd=0.2, uses=20, task_kind=LISTS)
    said = words.effect_says(helps)
    assert said.startswith("Helps: +")
    assert "likely between +" in said
    assert said.endswith("On code tasks (list of numbers → number).")
    assert words.effect_says(msgspec.structs.replace(helps, mean=-0.8)).startswith("Harms: −")
    assert words.effect_says(msgspec.structs.replace(helps, mean=0.1)).startswith("No clear change: likely between −")


def test_too_few_runs_say_how_many_more_it_takes() -> None:
    assert words.effect_says(Effect(mean=0.8, sd=0.2, uses=3, task_kind="writing")) == (
        "Not enough data yet: about 2 more runs with it on writing tasks."
    )
    assert words.effect_says(Effect(mean=0.0, sd=0.4)) == words.effect_says(None) == "Not measured yet."
    assert words.effect_short(Effect(mean=0.8, sd=0.2, uses=3)) == "not enough data"


def test_a_replay_says_what_was_tried_what_it_showed_and_what_it_left_alone() -> None:
    found = ReplayEvidence(
        task_kind=LISTS, verdict="released", tasks=9, replays=24, gain=19.0, low=8.0, high=28.0, kept=5, kept_of=6,
        right_with=8, right_without=5, harmed=("writing",), pairs=(PAIR,), confirmed=True, released_for="success",
    )  # fmt: skip
    assert words.replay_says(found) == [
        "Tried on 9 past tasks, with and without (24 replays).",
        "On 1 other task, 8 went well with it and 5 without.",
        "Helps: +19 tasks in 100, likely between +8 and +28 tasks in 100. On code tasks (list of numbers → number).",
        "Of 6 tasks that went well without it, 5 did with it.",
        "It makes writing tasks go worse.",
        "Confirmed by 1 comparison side by side.",
    ]


def test_a_replay_without_a_verdict_claims_nothing() -> None:
    assert words.replay_says(None) == ["It was not tried on past tasks yet."]
    waiting = ReplayEvidence(task_kind=LISTS, tasks=2, replays=2, gain=30.0, low=-9.0, high=50.0)
    assert "Not enough data yet to tell whether it helps: try it on more past tasks." in words.replay_says(waiting)


@pytest.mark.parametrize(
    ("live", "replays", "said"),
    [
        (0, 0, "not measured yet"),
        (3, 0, "from 3 runs of your own"),
        (0, 1, "from 1 replay of past tasks"),
        (1, 4, "from both: 4 replays of past tasks and 1 run of your own"),
    ],
)
def test_how_we_know_names_every_source(live: int, replays: int, said: str) -> None:
    effect = Effect(mean=0.1, sd=0.2, uses=live + replays, replays=replays)
    assert words.how_we_know(_view(effect=effect)) == said


def test_replays_count_also_where_only_the_ledger_tells_of_them() -> None:
    found = ReplayEvidence(task_kind=LISTS, replays=7, tasks=3)
    assert words.how_we_know(_view(evidence={KEY: msgspec.to_builtins(found)})) == "from 7 replays of past tasks"


def test_what_changes_says_how_often_such_tasks_come_up() -> None:
    recent = Recent.of([LISTS] * 3 + ["writing"] * 17)
    assert words.what_changes(CARD, recent) == (
        "From the next run on it stands in prompts of code tasks (list of numbers → number). "
        "3 of your last 20 runs were such tasks."
    )
    assert "Your last run was not such a task." in words.what_changes(CARD, Recent.of(["writing"]))
    assert words.what_changes(MemoryCard(kind="user_preference", do="Be brief"), recent) == (
        "From the next run on it stands in prompts of all tasks."
    )
    replacing = msgspec.structs.replace(CARD, supersedes=("a", "b"))
    assert words.what_changes(replacing, Recent()).endswith("2 lessons that it takes the place of are put away.")


def test_where_a_lesson_comes_from_is_told_for_every_origin() -> None:
    learned = msgspec.structs.replace(CARD, source_step=2, author="qwen3:1.7b")
    assert (
        words.why_it_exists(learned, 3) == "A run taught it, at step 3. The words are qwen3:1.7b's. It came up 3 times."
    )
    assert words.why_it_exists(msgspec.structs.replace(CARD, author="person")) == "You wrote it."
    merged = msgspec.structs.replace(CARD, origin="merge", parents=("a", "b"))
    assert words.why_it_exists(merged) == "It is made from 2 lessons: lessons put together."
    assert "hindsight" not in words.why_it_exists(msgspec.structs.replace(CARD, origin="hindsight"))


def test_scanners_say_each_thing_they_found_or_that_there_is_nothing() -> None:
    found = Finding(scanner="privacy_leak", severity="high", why="It passes on secrets.")
    assert words.scanners_say([found]) == ["Grave: It passes on secrets."]
    assert words.scanners_say([]) == ["The scanners found nothing in it."]


def test_every_row_of_a_history_has_words(memory: Memory) -> None:
    card_id = memory.ledger.add_candidate(CARD, actor="extractor", reason="learned").card_id
    memory.ledger.approve(card_id, by="person")
    memory.ledger.edit(card_id, by="person", do="Return None", approve=True)
    memory.ledger.undo(card_id, by="person")
    memory.ledger.archive(card_id, by="person")
    memory.ledger.reopen(card_id, by="person")
    memory.ledger.reject(card_id, by="scanner: privacy_leak")
    rows = memory.ledger.history(card_id)
    assert [words.move_says(row) for row in rows] == [
        "learned",
        "waits for a decision",
        "approved",
        "new words (version 2)",
        "approved",
        "brought back to an earlier state",
        "put away",
        "opened again",
        "turned down",
    ]
    assert [words.who(rows[place].actor) for place in (0, 2, -1)] == [
        "the lesson writer",
        "you",
        "the scanner for privacy leak",
    ]
    assert words.who("policy: tested lessons") == "your rule for tested lessons"


def _view(**fields: object) -> CardView:
    return CardView(card=CARD, status="quarantined", born=1, changed_at=datetime.now(UTC), **fields)  # type: ignore[arg-type]
