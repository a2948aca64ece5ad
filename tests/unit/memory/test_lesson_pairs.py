"""Contradictions and near-duplicates on labelled pairs: no false alarm, and most of what is there is found."""

from itertools import combinations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from purpose_agent.memory.cards import MemoryCard, Scope
from purpose_agent.memory.contradictions import clash, nested, overlap
from purpose_agent.memory.duplicates import groups, likeness, merged
from purpose_agent.memory.statements import phrase, stem
from purpose_agent.models.embedding.choose import shipped_embedder
from tests.unit.memory.lesson_pairs import AFTERWARDS, LABELLED, card

PAIRS = (*LABELLED, *AFTERWARDS)
TEXTS = st.text(st.sampled_from("abc never always not use 12 first last . , ' ` ( ) ß é 空 \n"), max_size=60)


def cosine(one: MemoryCard, other: MemoryCard) -> float:
    a, b = shipped_embedder().embed([one.do, other.do])
    return float(a @ b)


def test_no_pair_is_called_a_contradiction_that_is_none() -> None:
    assert [(a, b) for label, a, b in PAIRS if label != "contradiction" and clash(card(a), card(b))] == []


@pytest.mark.parametrize(("pairs", "least"), [(LABELLED, 30), (AFTERWARDS, 10)])
def test_nearly_every_contradiction_is_found(pairs: tuple[tuple[str, str, str], ...], least: int) -> None:
    found = [clash(card(a), card(b)) for label, a, b in pairs if label == "contradiction"]
    assert sum(one is not None for one in found) >= least


def test_no_pair_is_called_the_same_that_is_not_and_most_are_found() -> None:
    same = {(a, b) for _, a, b in PAIRS if likeness(card(a), card(b), cosine(card(a), card(b)))}
    duplicates = {(a, b) for label, a, b in PAIRS if label == "duplicate"}
    assert same - duplicates == set()
    assert len(same) >= len(duplicates) - 1


def test_the_clash_names_what_contradicts_on_either_side() -> None:
    one, other = card("| Use tabs for indentation."), card("| Use spaces for indentation.")
    assert clash(one, other) == ("tab", "space")
    assert clash(other, one) == ("space", "tab")


@given(TEXTS, TEXTS)
@settings(max_examples=150, deadline=None)
def test_any_two_texts_can_be_compared_and_the_order_does_not_matter(a: str, b: str) -> None:
    one, other = MemoryCard(kind="skill_card", do=a), MemoryCard(kind="skill_card", do=b)
    there, back = clash(one, other), clash(other, one)
    assert (there is None) == (back is None)
    assert clash(one, one) is None
    assert likeness(one, other, 0.95) == likeness(other, one, 0.95)


def test_lessons_for_different_work_do_not_meet() -> None:
    one = MemoryCard(kind="skill_card", do="Always round.", scope=Scope(task_kind="code"))
    other = MemoryCard(kind="skill_card", do="Never round.", scope=Scope(task_kind="writing"))
    assert clash(one, other) is None
    wide = MemoryCard(kind="skill_card", do="Never round.", scope=Scope(tool="python"))
    assert clash(one, wide) is not None
    assert overlap(one.scope, wide.scope)
    assert not nested(one.scope, wide.scope)
    assert nested(one.scope, Scope())


def test_a_condition_at_the_head_of_a_sentence_is_a_condition() -> None:
    assert clash(card("| If the list is empty, return 0."), card("| If the list is full, return 1.")) is None
    assert clash(card("| If the list is empty, return 0."), card("| If the list is empty, return 1.")) is not None


def test_words_are_known_in_their_forms() -> None:
    assert stem("checks") == stem("checking") == stem("checked") == stem("check")
    assert stem("copies") == stem("copy")
    assert phrase("Never skip the tests").negation == ""
    assert phrase("Avoid loops").negation == "avoid"


def test_a_group_holds_only_lessons_that_are_all_alike() -> None:
    cards = [
        card(f"a report is written | {do}")
        for do in ("Put the summary first.", "Always put the summary first.", "Put the summary last.", "Name the date.")
    ]
    compared = {frozenset((a.card_id, b.card_id)): likeness(a, b, cosine(a, b)) for a, b in combinations(cards, 2)}
    ((group, value),) = groups({pair: value for pair, value in compared.items() if value})
    assert set(group) == {cards[0].card_id, cards[1].card_id}
    assert 0.5 < value <= 1.0


def test_a_merged_card_names_its_sources_and_takes_the_widest_scope_and_what_only_one_of_them_tells() -> None:
    narrow = MemoryCard(kind="skill_card", when="it is late", do="Stop.", scope=Scope(task_kind="code: text → text"))
    wide = MemoryCard(
        kind="skill_card", when="it is late", do="Stop now.", why="rest helps", scope=Scope(task_kind="code")
    )
    made = merged([narrow, wide], narrow)
    assert (made.do, made.why, made.scope, made.origin) == ("Stop.", "rest helps", wide.scope, "merge")
    assert made.supersedes == made.parents == tuple(sorted((narrow.card_id, wide.card_id)))
    assert made.card_id not in made.supersedes
