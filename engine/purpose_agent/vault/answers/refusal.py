"""Whether the passages answer a question; if not, "this is not in your documents" is the right answer.

Two measures decide, each with a bound of its own: the share of the question's content that the best sentence covers,
and its nearness in meaning. They are never added up: a sum lets a sentence on the same subject, which every passage
found by a search is, pass for an answer.

The built-in answer is given on "answered" alone, since it can only repeat what the nearest sentences say. A language
model reads between them, so it is asked on "doubtful" too, and the person is told of the doubt; "beyond" is too far off
for any reader. Shares that a rule turns away, of all questions of both halves (`tests/bench/bench_citations.py --chunks
FILE --faq FILE`, "gates"; bounds were set on the development half):

                                              all but "answered"   "beyond"
    answerable                             (442)            0.19       0.00
    not answerable, same words             (60)             0.70       0.05
    asked over other documents             (884)            1.00       0.76
"""

from collections.abc import Sequence
from typing import Literal

import msgspec

from purpose_agent.models.builtin.ranking import ENOUGH_COVERED, Passage, Ranked, rank, why_not
from purpose_agent.models.embedding.port import Embedder
from purpose_agent.types import Record
from purpose_agent.vault.answers.cited import CitedAnswer
from purpose_agent.vault.answers.evidence import numbered
from purpose_agent.vault.answers.records import NumberedPassage

NOT_THERE = "Your documents do not say this."
DOUBT = "Your documents do not seem to answer this question."
LEAST_NEAR = 0.3

Standing = Literal["answered", "doubtful", "beyond"]
"""
answered  a sentence covers the question and is near it in meaning.
doubtful  passages are on the subject, but no sentence is surely the answer.
beyond    nothing was found, or nothing in it shares meaning or half of the words with the question.
"""


class Verdict(Record, frozen=True, kw_only=True):
    """`why` is for the person, "" when there is an answer; `nearest` is the passage that comes closest, 0 for none."""

    standing: Standing
    why: str = ""
    nearest: int = 0


def verdict_on(question: str, passages: Sequence[str | NumberedPassage], embedder: Embedder | None = None) -> Verdict:
    """Without an embedder only words count, so fewer questions are "answered" that are asked in other words."""
    read = [Passage(passage.number, passage.text) for passage in numbered(passages)]
    ranked = rank(question, read, embedder)
    why = why_not(question, ranked)
    return Verdict(standing=_standing(read, ranked, why), why=why, nearest=ranked[0].sentence.passage if ranked else 0)


def with_doubt(answer: CitedAnswer, verdict: Verdict) -> CitedAnswer:
    """The answer with a notice, where it answers what the documents do not seem to answer."""
    if answer.refused or verdict.standing == "answered":
        return answer
    return msgspec.structs.replace(answer, notices=(*answer.notices, f"{DOUBT} {verdict.why}"))


def _standing(read: Sequence[Passage], ranked: Sequence[Ranked], why: str) -> Standing:
    if not why:
        return "answered"
    if read and not ranked:  # the question is made of small words only: "What is this about?"
        return "doubtful"
    return "beyond" if all(map(_is_far, ranked)) else "doubtful"


def _is_far(one: Ranked) -> bool:
    if one.nearness is None:
        return not one.covered
    return one.nearness < LEAST_NEAR and one.covered < ENOUGH_COVERED
