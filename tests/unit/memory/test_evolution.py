"""Children of proven lessons: what each kind of change needs, what never has children, and no going in circles."""

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from purpose_agent.memory.cards import MAX_TEXT, MemoryCard, Scope, act, duplicate_key
from purpose_agent.memory.effects import Effect
from purpose_agent.memory.evolution import Child, Parent, offspring

LISTS, TEXTS = "code: list of numbers → number", "code: text → text"
PROVEN = Effect(mean=0.6, sd=0.2, uses=12)
HARMFUL = Effect(mean=-0.5, sd=0.2, uses=6)
UNSURE = Effect(mean=0.05, sd=0.3, uses=12)


def card(do: str = "Filter first, then add up", *, card_id: str = "one", **more: object) -> MemoryCard:
    given_ = {"kind": "skill_card", "when": "a list is filtered", "scope": Scope(task_kind=LISTS), **more}
    return MemoryCard(do=do, card_id=card_id, **given_)  # type: ignore[arg-type]


def bred(
    *parents: Parent,
    known: tuple[MemoryCard, ...] = (),
    rejected: tuple[MemoryCard, ...] = (),
    seed: int = 0,
    limit: int = 9,
) -> list[Child]:
    return offspring(parents, [*(p.card for p in parents), *known, *rejected], rejected, seed=seed, limit=limit)


def test_a_lesson_proven_at_home_may_serve_the_whole_family() -> None:
    (child,) = bred(Parent(card(source_run="r7"), PROVEN))
    assert child.card.scope == Scope(task_kind="code")
    assert child.card.source_run == "r7", "its parent's own task is no news to it"
    assert (child.card.origin, child.card.parents, child.card.supersedes) == ("mutation", ("one",), ("one",))
    assert child.card.card_id != "one"
    assert child.card.evidence == "one applies more widely; its effect was +0.60 ± 0.20 over 12 runs"


def test_one_that_harms_elsewhere_is_kept_to_where_it_helps() -> None:
    general = card(scope=Scope(task_kind="code"))
    (child,) = bred(Parent(general, UNSURE, {LISTS: PROVEN, TEXTS: HARMFUL}))
    assert child.card.scope == Scope(task_kind=LISTS)
    assert child.how == "keeps to where it helps"


def test_runs_that_failed_with_it_give_it_an_exception() -> None:
    parent = Parent(
        card(scope=Scope(task_kind="writing")),
        UNSURE,
        failed=[["dates", "sum"], ["dates", "zones"]],
        succeeded=[["sum", "even"], ["total"]],
    )
    (child,) = bred(parent)
    assert child.card.unless == "it is about dates, zones"
    assert child.card.text == "When a list is filtered: Filter first, then add up, unless it is about dates, zones."


def test_a_long_proven_lesson_gets_a_shorter_form() -> None:
    home = Scope(task_kind="code")
    long = card(why="a first draft that added up before it filtered was wrong " * 2, scope=home)
    assert [child.card.why for child in bred(Parent(long, PROVEN))] == [""]
    example = card(do="Check an empty list, for example `assert total([]) == 0`, " + "and look again " * 6, scope=home)
    (child,) = bred(Parent(example, PROVEN))
    assert "for example" not in child.card.do
    assert child.card.do.startswith("Check an empty list, and look again")


def test_two_proven_lessons_on_one_kind_of_task_make_a_third_and_both_stay() -> None:
    home = Scope(task_kind="writing")
    one = Parent(card(scope=home, why="it reads well"), PROVEN)
    two = Parent(
        card("Name the sources.", card_id="two", when="a claim is made", scope=home),
        msgspec.structs.replace(PROVEN, mean=0.4),
    )
    (child,) = bred(one, two)
    assert child.card.text == (
        "When a list is filtered, or a claim is made: Filter first, then add up; then name the sources, "
        "because it reads well."
    )
    assert (child.card.origin, child.card.parents, child.card.supersedes) == ("crossover", ("one", "two"), ())


@pytest.mark.parametrize("kind", ["user_preference", "purpose_contract", "critic_calibration"])
def test_a_persons_own_words_and_a_critics_are_not_bred_from(kind: str) -> None:
    assert bred(Parent(card(kind=kind), PROVEN)) == []


def test_a_few_runs_prove_nothing() -> None:
    assert bred(Parent(card(), msgspec.structs.replace(PROVEN, uses=4))) == []
    assert bred(Parent(card(), UNSURE)) == []


def test_nothing_is_bred_of_an_act_that_was_turned_down() -> None:
    refused = card("FILTER first - then add up!", card_id="refused", when="anything")
    assert bred(Parent(card(), PROVEN), rejected=(refused,)) == []


def test_a_child_that_is_known_already_is_not_born_again() -> None:
    parent = Parent(card(), PROVEN)
    (child,) = bred(parent)
    assert bred(parent, known=(child.card,)) == []


def test_generations_come_to_an_end() -> None:
    """Each round approves every child; the same few sentences cannot breed for ever."""
    parents = [Parent(card(f"Do the thing {n}", card_id=f"c{n}", why="it works"), PROVEN) for n in range(3)]
    known = [parent.card for parent in parents]
    for _ in range(12):
        children = offspring(parents, known, [], seed=1, limit=12)
        known += [child.card for child in children]
        parents += [Parent(child.card, PROVEN) for child in children]
        if not children:
            break
    assert children == []
    assert len({duplicate_key(each) for each in known}) == len(known)


effects = st.builds(
    Effect,
    mean=st.floats(-1, 1),
    sd=st.floats(0.05, 0.5),
    uses=st.integers(0, 20),
)


@given(
    st.lists(st.tuples(st.sampled_from("abcdef"), effects, st.booleans()), max_size=12),
    st.integers(0, 99),
    st.integers(0, 5),
)
@settings(max_examples=150, deadline=None)
def test_whatever_the_memory_holds_children_are_few_new_and_the_same_for_a_seed(
    lessons: list[tuple[str, Effect, bool]], seed: int, limit: int
) -> None:
    cards = [card(f"do {name}", card_id=f"{n}", why="w " * 40) for n, (name, _, _) in enumerate(lessons)]
    parents = [Parent(c, e, {TEXTS: e}, [["x"]], [["y"]] * 2) for c, (_, e, _) in zip(cards, lessons, strict=True)]
    rejected = [c for c, (_, _, refused) in zip(cards, lessons, strict=True) if refused]
    children = offspring(parents, cards, rejected, seed=seed, limit=limit)
    assert len(children) <= limit
    assert {act(child.card) for child in children}.isdisjoint(act(c) for c in rejected)
    assert {duplicate_key(child.card) for child in children}.isdisjoint(duplicate_key(c) for c in cards)
    assert all(len(child.card.text) <= MAX_TEXT for child in children)
    again = offspring(list(reversed(parents)), cards, rejected, seed=seed, limit=limit)
    assert [child.card.text for child in again] == [child.card.text for child in children]
