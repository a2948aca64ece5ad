"""An answer whose citations can be opened: each points at a span of a document's text, with the page."""

from collections.abc import Mapping, Sequence

from purpose_agent.memory.immune.fence import unquoted
from purpose_agent.models.embedding.port import Embedder
from purpose_agent.types import Record, Source
from purpose_agent.vault.answers.checking import check_answer
from purpose_agent.vault.answers.citations import cited_numbers
from purpose_agent.vault.answers.records import Citation, CitationVerdict, Disagreement, NumberedPassage, Support


class PlacedCitation(Record, frozen=True, kw_only=True):
    """A `[number]` and where it leads: `start` and `end` count characters of the document's text.

    source  None for a passage that came from elsewhere than a vault, or that is not there.
    place   the file and the place in it, in words.
    """

    number: int
    quote: str = ""
    verdict: CitationVerdict = "supports"
    place: str = ""
    source: Source | None = None
    start: int = 0
    end: int = 0


class CitedSentence(Record, frozen=True, kw_only=True):
    """A sentence of the answer, and whether what it cites carries it; the fields are those of AnswerSentence."""

    text: str
    mark: str = ""
    citations: tuple[PlacedCitation, ...] = ()
    support: Support = "supported"
    why: str = ""

    @property
    def is_marked(self) -> bool:
        """Whether a person must be told that the documents do not carry it as it stands."""
        return self.support in ("unsupported", "miscited", "uncited")


class CitedDisagreement(Record, frozen=True, kw_only=True):
    """Two documents that do not say the same."""

    first: PlacedCitation
    second: PlacedCitation
    what: str


class CitedAnswer(Record, frozen=True, kw_only=True):
    """An answer, checked sentence by sentence. `str()` gives it with its sources and what is wrong with it.

    refused  the documents do not say it, and the answer says so.
    notices  what the person should know, for example that a passage was held back.
    model    who wrote it.
    """

    question: str
    text: str
    sentences: tuple[CitedSentence, ...] = ()
    refused: bool = False
    disagreements: tuple[CitedDisagreement, ...] = ()
    notices: tuple[str, ...] = ()
    model: str = ""

    @property
    def citations(self) -> tuple[PlacedCitation, ...]:
        """All of them, in the order of the sentences."""
        return tuple(citation for sentence in self.sentences for citation in sentence.citations)

    def __str__(self) -> str:
        marks = [f"Not carried by the documents: “{s.text}” {s.why}" for s in self.sentences if s.is_marked]
        places = {citation.number: citation.place for citation in self.citations if citation.place}
        sources = [f"[{number}] {places[number]}" for number in sorted(places)]
        apart = [
            f"Your documents disagree ({d.what}): “{d.first.quote}” [{d.first.number}] and “{d.second.quote}”"
            f" [{d.second.number}]"
            for d in self.disagreements
        ]
        parts = (self.text, "\n".join(marks), "\n".join(apart), "\n".join(sources), "\n".join(self.notices))
        return "\n\n".join(part for part in parts if part)


def cited(
    question: str,
    answer: str,
    passages: Sequence[str],
    sources: Sequence[Source],
    *,
    embedder: Embedder | None = None,
    notices: Sequence[str] = (),
    model: str = "",
) -> CitedAnswer:
    """Check an answer against the passages as they stood in its prompt; `sources` are those of the first passages."""
    placed = dict(enumerate(sources, 1))
    heads = {number: _head(text) for number, text in enumerate(passages, 1)}
    told = [
        NumberedPassage(number=n, text=_body(text), document=placed[n].document if n in placed else heads[n])
        for n, text in enumerate(passages, 1)
        if _head(text)
    ]
    checked = check_answer(question, answer, told, embedder)
    return CitedAnswer(
        question=question,
        text=answer,
        sentences=tuple(
            CitedSentence(
                text=sentence.text,
                mark=sentence.mark,
                citations=tuple(_placed(citation, placed, heads) for citation in sentence.citations),
                support=sentence.support,
                why=sentence.why,
            )
            for sentence in checked.sentences
        ),
        refused=checked.refused,
        disagreements=tuple(_apart(one, placed, heads) for one in checked.disagreements),
        notices=tuple(notices),
        model=model,
    )


def is_cited(answer: str) -> bool:
    """Whether it names any source."""
    return bool(cited_numbers(answer))


def _apart(one: Disagreement, placed: Mapping[int, Source], heads: Mapping[int, str]) -> CitedDisagreement:
    first, second = _placed(one.first, placed, heads), _placed(one.second, placed, heads)
    return CitedDisagreement(first=first, second=second, what=one.what)


def _placed(citation: Citation, placed: Mapping[int, Source], heads: Mapping[int, str]) -> PlacedCitation:
    source = placed.get(citation.number)
    begin = source.start if source is not None else 0
    return PlacedCitation(
        number=citation.number,
        quote=citation.quote,
        verdict=citation.verdict,
        place=heads.get(citation.number, ""),
        source=source,
        start=begin + citation.start,
        end=begin + citation.end,
    )


def _head(passage: str) -> str:
    """`[1] file, place` without its number; "" for a text that is no passage."""
    first = passage.partition("\n")[0]
    number, bracket, place = first.partition("] ")
    return place.strip() if bracket and number.startswith("[") and number[1:].isdigit() else ""


def _body(passage: str) -> str:
    return unquoted(passage.partition("\n")[2])
