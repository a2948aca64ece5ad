"""Whether documents answer a question is decided by words and by nearness in meaning, each for itself."""

from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from purpose_agent.models.embedding.choose import best_shipped_embedder
from purpose_agent.models.embedding.port import Vectors
from purpose_agent.vault.answers.cited import CitedAnswer
from purpose_agent.vault.answers.refusal import DOUBT, Standing, Verdict, verdict_on, with_doubt

SHOP = [
    "[1] policy.md, Returns\nYou can return goods within 30 days. Money is paid back within 14 days.",
    "[2] shipping.md\nParcels to Norway take 5 days. Parcels to Spain take 3 days and cost 7.50 euros.",
    "[3] about.md\nThe shop was founded by Ada Larsen in 1999. It sells tea.",
]


def standing(question: str, passages: Sequence[str] = SHOP) -> Standing:
    return verdict_on(question, passages, best_shipped_embedder()).standing


@pytest.mark.parametrize(
    ("question", "nearest"),
    [
        ("Who founded the shop?", 3),
        ("How long does a parcel to Spain take?", 2),
        ("Within how many days can I return goods?", 1),
    ],
)
def test_what_a_sentence_says_is_answered_and_its_passage_is_named(question: str, nearest: int) -> None:
    verdict = verdict_on(question, SHOP, best_shipped_embedder())
    assert (verdict.standing, verdict.why, verdict.nearest) == ("answered", "", nearest)


@pytest.mark.parametrize(
    "question",
    ["How long does a parcel to Brazil take?", "Who manages the shipping of parcels?", "What is this about?"],
)
def test_what_is_on_the_subject_and_has_no_plain_answer_is_doubtful(question: str) -> None:
    verdict = verdict_on(question, SHOP, best_shipped_embedder())
    assert verdict.standing == "doubtful"
    assert verdict.why


@pytest.mark.parametrize(
    "question", ["Who painted the Mona Lisa?", "What is the boiling point of mercury?", "Why do whales sing?"]
)
def test_what_shares_neither_words_nor_meaning_is_beyond_the_documents(question: str) -> None:
    assert standing(question) == "beyond"


def test_where_nothing_was_found_everything_is_beyond() -> None:
    assert standing("Who founded the shop?", []) == "beyond"
    assert verdict_on("Who founded the shop?", []).nearest == 0


def test_a_question_for_a_figure_is_not_answered_by_a_sentence_without_one() -> None:
    verdict = verdict_on("How much does the tea of the shop cost?", ["[1] a.md\nThe shop sells tea. The tea is green."])
    assert (verdict.standing, verdict.why) == ("doubtful", "The nearest sentence names no figure.")


class Fixed:
    """Finds each text as near to the question as it is told."""

    identity, dims = "fixed", 2

    def __init__(self, nearness: float) -> None:
        self._row = [nearness, (1 - nearness**2) ** 0.5]

    def embed(self, texts: Sequence[str]) -> Vectors:
        return np.array([[1.0, 0.0], *([self._row] * (len(texts) - 1))], dtype=np.float32)


def test_many_words_do_not_make_up_for_missing_nearness_nor_nearness_for_missing_words() -> None:
    told = ["[1] a.md\nThe shop sells green tea."]
    assert verdict_on("Does the shop sell green tea?", told, Fixed(0.9)).standing == "answered"
    assert verdict_on("Does the shop sell green tea?", told, Fixed(0.3)).standing == "doubtful"
    assert verdict_on("Is fishing permitted?", told, Fixed(0.9)).standing == "doubtful"
    assert verdict_on("Is fishing permitted?", told, Fixed(0.2)).standing == "beyond"


def test_without_an_embedder_words_decide() -> None:
    assert verdict_on("Who founded the shop?", SHOP).standing == "answered"
    assert verdict_on("Who started this business in the beginning of the shop?", SHOP).standing == "doubtful"
    assert verdict_on("Why do whales sing?", SHOP).standing == "beyond"


def test_doubt_is_told_with_an_answer_and_not_with_a_refusal() -> None:
    doubtful = Verdict(standing="doubtful", why="The nearest sentence names no figure.")
    answer = CitedAnswer(question="How much?", text="Five.", notices=("A file was left out.",))
    told = with_doubt(answer, doubtful)
    assert told.notices == ("A file was left out.", f"{DOUBT} The nearest sentence names no figure.")
    refused = CitedAnswer(question="How much?", text="I do not know.", refused=True)
    assert with_doubt(refused, doubtful) == refused
    assert with_doubt(answer, Verdict(standing="answered")) == answer


@given(st.text(), st.lists(st.text(), max_size=3))
def test_any_question_has_a_verdict_with_a_reason(question: str, texts: list[str]) -> None:
    passages = [f"[{i}] f\n{text}" for i, text in enumerate(texts, 1)]
    verdict = verdict_on(question, passages)
    assert bool(verdict.why) == (verdict.standing != "answered")
    assert 0 <= verdict.nearest <= len(texts)
