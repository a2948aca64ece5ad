"""The rules of homeostasis: what they may never do, whatever the figures."""

from datetime import UTC, datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from purpose_agent.memory.cards import KINDS
from purpose_agent.memory.effects import Effect
from purpose_agent.memory.homeostasis import INERT_USES, STALE_DAYS, STALE_TASKS, Budgets, Standing, acts

NOW = datetime(2026, 6, 1, tzinfo=UTC)
EFFECTS = st.builds(
    Effect,
    mean=st.floats(-1.5, 1.5),
    sd=st.floats(0.05, 0.7),
    uses=st.integers(0, 120),
    task_kind=st.sampled_from(["writing", "code"]),
)
STANDINGS = st.builds(
    Standing,
    card_id=st.integers(0, 10**9).map(str),
    kind=st.sampled_from(KINDS),
    task_kind=st.sampled_from(["", "writing", "code"]),
    tokens=st.integers(1, 80),
    is_taught=st.booleans(),
    expires=st.none() | st.integers(-5, 5).map(lambda days: NOW + timedelta(days=days)),
    quiet_days=st.integers(0, 200),
    missed=st.integers(0, 300),
    effects=st.lists(EFFECTS, max_size=3).map(tuple),
    tried=st.none() | st.integers(0, 100),
)
LESSONS = st.lists(STANDINGS, max_size=30, unique_by=lambda lesson: lesson.card_id)


def tight(room: int) -> Budgets:
    return Budgets(lessons=dict.fromkeys(KINDS, room), tokens_per_task_kind=room * 40)


@given(LESSONS, st.integers(0, 6))
@settings(max_examples=200, deadline=None)
def test_every_act_names_a_lesson_once_and_says_why(lessons: list[Standing], room: int) -> None:
    found = acts(lessons, NOW, tight(room))
    assert len({act.card_id for act in found}) == len(found)
    assert {act.card_id for act in found} <= {lesson.card_id for lesson in lessons}
    assert all(act.reason.endswith(".") and act.reason[0].isupper() for act in found)


@given(LESSONS, st.integers(0, 6), st.randoms())
@settings(max_examples=100, deadline=None)
def test_the_order_in_which_lessons_come_changes_nothing(lessons: list[Standing], room: int, shuffle: object) -> None:
    mixed = list(lessons)
    shuffle.shuffle(mixed)  # type: ignore[attr-defined]
    assert {(a.card_id, a.ground) for a in acts(lessons, NOW, tight(room))} == {
        (a.card_id, a.ground) for a in acts(mixed, NOW, tight(room))
    }


@given(LESSONS)
@settings(max_examples=200, deadline=None)
def test_a_lesson_that_is_young_little_used_and_not_expired_stays(lessons: list[Standing]) -> None:
    for act in acts(lessons, NOW):
        lesson = next(x for x in lessons if x.card_id == act.card_id)
        assert (
            (lesson.expires is not None and lesson.expires <= NOW)
            or (lesson.quiet_days >= STALE_DAYS and lesson.missed >= STALE_TASKS)
            or max((effect.uses for effect in lesson.effects), default=0) >= min(5, INERT_USES)
        )


@given(LESSONS, st.integers(0, 6))
@settings(max_examples=100, deadline=None)
def test_a_budget_is_kept_but_for_what_a_person_fetched_back(lessons: list[Standing], room: int) -> None:
    gone = {act.card_id for act in acts(lessons, NOW, tight(room))}
    for kind in KINDS:
        left = [x for x in lessons if x.kind == kind and x.card_id not in gone and x.tried is None]
        assert len(left) <= room


@given(LESSONS)
@settings(max_examples=100, deadline=None)
def test_what_helps_in_some_kind_of_task_is_neither_harmful_nor_inert(lessons: list[Standing]) -> None:
    for act in acts(lessons, NOW):
        if act.ground in ("harmful", "inert"):
            lesson = next(x for x in lessons if x.card_id == act.card_id)
            assert not any(e.uses >= 5 and e.mean > 0.04 and e.mean > 0.5 * e.sd for e in lesson.effects)
