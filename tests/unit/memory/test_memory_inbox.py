"""In what order waiting lessons are worth a person's time, how risky each is, and what is said about them."""

import random
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from purpose_agent.memory.cards import MemoryCard, Scope
from purpose_agent.memory.decisions import decided_since, decisions
from purpose_agent.memory.effects import Effect
from purpose_agent.memory.fold import CardView
from purpose_agent.memory.inbox import LATER, Inbox, Recent, expected_gain, rank
from purpose_agent.memory.memory import Memory
from purpose_agent.memory.replay_evidence import KEY, ReplayEvidence
from purpose_agent.memory.risk import risk_of
from purpose_agent.memory.scanning import Finding, Severity
from purpose_agent.memory.uses import runs_of, task_kinds_of
from purpose_agent.storage.journal import Journal
from purpose_agent.types import LessonUse

LISTS, TEXT = "code: list of numbers → number", "code: text → number"


def view(
    card_id: str,
    *,
    kind: str = LISTS,
    mean: float = 0.0,
    sd: float = 0.45,
    evidence: dict[str, object] | None = None,
    findings: Sequence[Finding] = (),
    **fields: object,
) -> CardView:
    given: dict[str, object] = {"kind": "skill_card", "scope": Scope(task_kind=kind)} | fields
    return CardView(
        card=MemoryCard(card_id=card_id, when="it is so", do=f"Do {card_id}", **given),  # type: ignore[arg-type]
        status="quarantined",
        born=sum(map(ord, card_id)),
        changed_at=datetime.now(UTC),
        findings=tuple(findings),
        effect=Effect(mean=mean, sd=sd, task_kind=kind),
        evidence=evidence or {},  # type: ignore[arg-type]
    )


def order(*views: CardView, recent: Sequence[str] = ()) -> list[str]:
    return [item.card_id for item in rank(views, Recent.of(recent))]


def released() -> dict[str, object]:
    return {KEY: msgspec.to_builtins(ReplayEvidence(task_kind=LISTS, verdict="released"))}


def test_what_may_help_more_comes_first() -> None:
    assert order(view("a", mean=0.1), view("b", mean=0.5), view("c", mean=-0.5)) == ["b", "a", "c"]


def test_of_two_with_the_same_mean_the_one_that_is_less_known_may_still_help_more() -> None:
    assert order(view("known", sd=0.05), view("unknown", sd=0.45)) == ["unknown", "known"]


def test_a_lesson_for_tasks_that_come_up_often_comes_before_one_for_tasks_that_do_not() -> None:
    assert order(view("a", kind=TEXT), view("b", kind=LISTS), recent=[LISTS] * 9 + [TEXT]) == ["b", "a"]


def test_a_lesson_for_a_family_counts_all_its_kinds() -> None:
    items = {
        x.card_id: x for x in rank([view("a", kind="code"), view("b", kind=TEXT)], Recent.of([LISTS, TEXT, "writing"]))
    }
    assert (items["a"].such, items["b"].such, items["a"].of) == (2, 1, 3)


def test_what_replays_released_comes_before_everything_else() -> None:
    assert order(view("hoped", mean=0.9), view("shown", mean=0.1, evidence=released())) == ["shown", "hoped"]


def test_what_was_put_off_comes_last_and_the_longest_ago_of_it_first() -> None:
    first, second = (f"2026-01-0{day}T00:00:00+00:00" for day in (1, 2))
    views = (view("b", evidence={LATER: second}), view("a", evidence={LATER: first} | released()), view("c", mean=-1.0))
    assert order(*views) == ["c", "a", "b"]


def test_a_lesson_that_is_no_longer_put_off_takes_its_place_again() -> None:
    assert order(view("a"), view("b", mean=0.5, evidence={LATER: ""})) == ["b", "a"]


@given(st.permutations([view(name, mean=random.Random(name).gauss(0.0, 0.5)) for name in "abcdefgh"]))
def test_the_order_does_not_depend_on_how_the_lessons_come_in(views: list[CardView]) -> None:
    assert order(*views) == order(*sorted(views, key=lambda one: one.card_id))


@given(st.floats(-3, 3), st.floats(0, 1), st.floats(-2, 2), st.floats(0, 2))
def test_what_a_decision_gains_is_never_negative_and_never_more_than_all_tasks(
    mean: float, sd: float, base: float, variance: float
) -> None:
    gain = expected_gain(mean, sd, base, variance)
    assert gain >= 0.0
    assert gain >= expected_gain(mean, 0.0, base, variance) - 1e-9


def test_the_ranking_is_kept_until_the_ledger_moves(memory: Memory) -> None:
    inbox = Inbox(memory.ledger)
    card = MemoryCard(kind="skill_card", when="it is so", do="Do it", scope=Scope(task_kind=LISTS))
    added = memory.ledger.add_candidate(card, actor="extractor", reason="learned")
    before = inbox.ranked(Recent())
    assert list(before) == [added.card_id]
    assert inbox.ranked(Recent()) is before
    memory.ledger.approve(added.card_id, by="person")
    assert not inbox.ranked(Recent())


def test_after_a_decision_only_what_has_moved_is_looked_at_again(memory: Memory) -> None:
    inbox, ids = Inbox(memory.ledger), [_add(memory, number) for number in range(4)]
    before = dict(inbox.ranked(Recent()))
    memory.ledger.approve(ids[0], by="person")
    memory.ledger.edit(ids[1], by="person", do="Do something else")
    memory.ledger.note(ids[2], by="person", reason="later", evidence={LATER: "2026"})
    late = _add(memory, 9)
    after = inbox.ranked(Recent())
    assert list(after) == [ids[1], ids[3], late, ids[2]]
    assert after[ids[1]].view.card.do == "Do something else"
    assert after[ids[3]] is before[ids[3]]
    fresh = Inbox(memory.ledger).ranked(Recent())
    assert list(fresh.values()) == list(after.values())


@pytest.mark.parametrize(
    ("severity", "tier"), [("low", "low"), ("medium", "medium"), ("high", "high"), ("critical", "critical")]
)
def test_what_a_scanner_found_sets_the_least_risk(severity: Severity, tier: str) -> None:
    risk = risk_of(view("a", findings=[Finding(scanner="s", severity=severity, why="It is odd.")]))
    assert risk.tier == tier
    assert risk.fits_a_batch == (tier in ("low", "medium"))


def test_a_lesson_about_one_kind_of_task_by_the_extractor_is_of_low_risk_and_gives_no_reason() -> None:
    assert risk_of(view("a")) == ("low", ())


def test_what_steers_tools_or_reaches_every_task_is_of_medium_risk_and_both_together_of_high() -> None:
    assert risk_of(view("a", kind="", author="extractor")).tier == "medium"
    assert risk_of(view("a", scope=Scope(task_kind=LISTS), kind=LISTS)).tier == "low"
    tool = CardView(
        card=MemoryCard(kind="tool_policy", when="you use it", do="Do so"),
        status="quarantined",
        born=1,
        changed_at=datetime.now(UTC),
    )
    assert risk_of(tool).tier == "high"
    assert risk_of(tool).reasons == ("it changes how tools are used", "it applies to every task")


def test_a_models_own_words_about_one_kind_of_task_can_still_go_in_a_batch() -> None:
    risk = risk_of(view("a", author="qwen3:1.7b"))
    assert (risk.tier, risk.reasons) == ("low", ("a language model wrote it in its own words",))


def test_decisions_are_told_newest_first_and_bookkeeping_is_left_out(memory: Memory, journal: Journal) -> None:
    ids = [_add(memory, number) for number in range(3)]
    memory.ledger.approve(ids[0], by="person", reason="it is right")
    memory.ledger.note(ids[1], by="person", reason="later", evidence={LATER: "2026"})
    memory.ledger.reject(ids[2], by="person", reason="it is wrong")
    memory.ledger.undo(ids[2], by="person")
    found = decisions(journal)
    assert [(row.card_id, row.to_status) for row in found] == [
        (ids[2], "quarantined"),
        (ids[2], "rejected"),
        (ids[0], "promoted"),
    ]
    assert [row.position for row in decisions(journal, before=found[0].position, limit=1)] == [found[1].position]


def test_of_what_was_decided_today_only_what_still_stands_counts(memory: Memory, journal: Journal) -> None:
    ids = [_add(memory, number) for number in range(4)]
    memory.ledger.approve(ids[0], by="person")
    memory.ledger.reject(ids[1], by="person")
    memory.ledger.approve(ids[2], by="policy: tested lessons")
    memory.ledger.approve(ids[3], by="person")
    memory.ledger.undo(ids[3], by="person")
    today = datetime.now(UTC) - timedelta(hours=1)
    assert set(decided_since(journal, today, by="person")) == {ids[0], ids[1]}
    assert not decided_since(journal, datetime.now(UTC) + timedelta(hours=1), by="person")


def test_the_runs_of_a_lesson_are_found_whatever_its_version(memory: Memory, journal: Journal) -> None:
    card_id = _add(memory, 1)
    for number, (version, withheld) in enumerate(((1, False), (2, False), (2, True))):
        use = LessonUse(card_id=card_id, version=version, text="x", withheld=withheld)
        memory.effects.record(f"run {number}", LISTS, [use], number == 0, 9.0, "replay" if number else "live")
    runs = runs_of(journal, card_id)
    assert [(run.run_id, run.version, run.withheld, run.success, run.source) for run in runs] == [
        ("run 2", 2, True, False, "replay"),
        ("run 1", 2, False, False, "replay"),
        ("run 0", 1, False, True, "live"),
    ]
    assert task_kinds_of(journal, card_id) == [LISTS]


def test_the_effect_over_time_ends_at_what_is_believed_now(memory: Memory) -> None:
    card_id, other = _add(memory, 1), _add(memory, 2)
    for number in range(8):
        shown = [card_id] if number % 2 else [card_id, other]
        uses = [LessonUse(card_id=one, version=1, text="x") for one in shown]
        memory.effects.record(f"run {number}", LISTS, uses, number != 3, None)
    memory.effects.record("without", LISTS, [], True, None)
    trace = memory.effects.over_time(card_id, LISTS)
    assert [run_id for run_id, _ in trace] == [f"run {number}" for number in range(8)]
    now, last = memory.effects.effect(card_id, LISTS), trace[-1][1]
    assert (last.mean, last.sd, last.uses) == pytest.approx((now.mean, now.sd, now.uses))


def _add(memory: Memory, number: int) -> str:
    card = MemoryCard(kind="skill_card", when=f"it is {number}", do="Do it", scope=Scope(task_kind=LISTS))
    return memory.ledger.add_candidate(card, actor="extractor", reason="learned").card_id
