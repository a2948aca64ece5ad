"""What a checked answer says of each of its sentences."""

from typing import Literal

from purpose_agent.types import Record

Support = Literal["supported", "unsupported", "miscited", "uncited", "small_talk", "refusal", "code"]
"""
supported    the cited passage says it.
unsupported  the cited passage does not say it, or says something else.
miscited     another passage says it, not the cited one.
uncited      it names no source; `why` tells whether a passage says it all the same.
small_talk   it claims nothing ("Here is what I found:").
refusal      it says that the documents do not answer.
code         inside a fence; not checked.
"""

CitationVerdict = Literal["supports", "does_not_support", "quote_not_found", "no_such_passage"]


class NumberedPassage(Record, frozen=True, kw_only=True):
    """A passage as an answer cites it. `document` names the file, so that two documents can be told apart."""

    number: int
    text: str
    document: str = ""


class Citation(Record, frozen=True, kw_only=True):
    """One `[number]` of a sentence. `quote` is `text[start:end]` of the passage, or words that are not found there."""

    number: int
    quote: str = ""
    start: int = 0
    end: int = 0
    verdict: CitationVerdict = "supports"


class AnswerSentence(Record, frozen=True, kw_only=True):
    """A sentence as it stands in the answer, without its citations. `why` is for the person, "" when all is well.

    mark  how it begins: "-", "1." and the like for a point, "#" for a heading, "¶" for a paragraph, "" goes on in one.
    """

    text: str
    mark: str = ""
    citations: tuple[Citation, ...] = ()
    support: Support = "supported"
    why: str = ""


class Disagreement(Record, frozen=True, kw_only=True):
    """Two documents that do not say the same; `what` names the two things, for example "30 euros, 35 euros"."""

    first: Citation
    second: Citation
    what: str


class CheckedAnswer(Record, frozen=True, kw_only=True):
    """The whole answer, nothing left out. `refused`: it only says that the documents do not tell."""

    text: str
    sentences: tuple[AnswerSentence, ...] = ()
    refused: bool = False
    disagreements: tuple[Disagreement, ...] = ()

    @property
    def is_sound(self) -> bool:
        """Whether nothing in it has to be marked."""
        return all(sentence.support not in ("unsupported", "miscited", "uncited") for sentence in self.sentences)
