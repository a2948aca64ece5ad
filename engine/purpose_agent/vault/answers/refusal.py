"""Whether the passages answer a question at all; if not, "this is not in your documents" is the right answer.

Two measures decide, each with a bound of its own: the share of the question's content that the best sentence covers,
and its nearness in meaning. They are never added up: a sum lets a sentence on the same subject, which every passage
found by a search is, pass for an answer. The bounds were set on the development half of the questions in
`tests/bench/bench_citations.py`; its other half tells what they are worth.
"""

from collections.abc import Sequence

from purpose_agent.models.builtin.ranking import Embedder, Passage, rank, why_not
from purpose_agent.types import Record
from purpose_agent.vault.answers.evidence import numbered
from purpose_agent.vault.answers.records import NumberedPassage


class Verdict(Record, frozen=True, kw_only=True):
    """`why` is for the person, "" when there is an answer; `nearest` is the passage that comes closest, 0 for none."""

    answerable: bool
    why: str = ""
    nearest: int = 0


def is_answerable(
    question: str, passages: Sequence[str | NumberedPassage], embedder: Embedder | None = None
) -> Verdict:
    """Without an embedder only words count, so more questions are turned away that are asked in other words."""
    ranked = rank(question, [Passage(passage.number, passage.text) for passage in numbered(passages)], embedder)
    why = why_not(question, ranked)
    return Verdict(answerable=not why, why=why, nearest=ranked[0].sentence.passage if ranked else 0)
