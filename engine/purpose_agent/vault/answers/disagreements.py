"""Where two documents do not say the same about the same thing, so that a person sees both and decides.

A false alarm costs trust, so the rest of the two sentences must agree: one says all that the other says, no name
differs, and one sort of thing is different: an amount, a date, or whether it holds at all.
"""

from collections.abc import Iterator, Sequence
from itertools import combinations

from purpose_agent.models.builtin.alike import common
from purpose_agent.vault.answers import words as w
from purpose_agent.vault.answers.amounts import Amount, same_amount
from purpose_agent.vault.answers.dates import Date, same_date
from purpose_agent.vault.answers.evidence import Sentence, Source, numbered, read_sources
from purpose_agent.vault.answers.facts import Facts, facts_of, same_name
from purpose_agent.vault.answers.records import Citation, Disagreement, NumberedPassage

MAX_SHOWN = 5
SHARED_WORDS = 2
SHARED_WORDS_DENIED = 3
_LIGHT_WORDS = (
    "take takes pay paid amount amounts total currently now new last lasts make makes stand stands must may can each "
    "every all only also per however usually normally always within set come comes use used there please need"
)
_LIGHT = frozenset(common(word) for word in _LIGHT_WORDS.split())


def disagreements(passages: Sequence[str | NumberedPassage], about: str = "") -> tuple[Disagreement, ...]:
    """At most five, those of the first passages first.

    about  the question and the answer; only what has a word in common with them is looked at.
    """
    sources = read_sources(numbered(passages))
    asked = frozenset(facts_of(about).content)
    found: list[Disagreement] = []
    for one, other in combinations(sources, 2):
        if one.document == other.document and one.document:
            continue
        for a, b, what in _clashes(one, other, asked):
            if not any(_is_same(shown, a, b, one, other) for shown in found):
                found.append(Disagreement(first=_cite(a, one), second=_cite(b, other), what=what))
            if len(found) == MAX_SHOWN:
                return tuple(found)
    return tuple(found)


def _clashes(one: Source, other: Source, asked: frozenset[str]) -> Iterator[tuple[Sentence, Sentence, str]]:
    for a in one.sentences:
        for b in other.sentences:
            if asked and not (asked & frozenset(a.facts.content) and asked & frozenset(b.facts.content)):
                continue
            what = difference(a.facts, b.facts)
            if what:
                yield a, b, what


def difference(one: Facts, other: Facts) -> str:
    """The two things that differ where all the rest is the same; "" when the sentences can both hold."""
    a, b = frozenset(one.content) - _LIGHT, frozenset(other.content) - _LIGHT
    shared = a & b
    if len(shared) < SHARED_WORDS or _other_names(one, other):
        return ""
    turned = next(((x, y) for x in sorted(a - b) for y in sorted(b - a) if y in w.OPPOSITES.get(x, frozenset())), None)
    lone = min(len(a - b - {*(turned or ())}), len(b - a - {*(turned or ())}))
    if lone or len(shared) * 2 < max(len(a), len(b)):
        return ""
    amounts, dates = _amounts(one, other), _dates(one, other)
    denied = bool(one.negations) != bool(other.negations) and bool((one.denied | other.denied) & shared)
    kinds = [bool(amounts), bool(dates), denied, turned is not None]
    if sum(kinds) != 1:
        return ""
    if amounts:
        return f"{amounts[0].text}, {amounts[1].text}"
    if dates:
        return f"{dates[0].text}, {dates[1].text}"
    if len(shared) < SHARED_WORDS_DENIED - (turned is not None):
        return ""
    return "one says that it is so, the other that it is not"


def _amounts(one: Facts, other: Facts) -> tuple[Amount, Amount] | None:
    left = [a for a in one.amounts if not a.soft and not any(same_amount(a, b) for b in other.amounts)]
    right = [b for b in other.amounts if not b.soft and not any(same_amount(a, b) for a in one.amounts)]
    return next(((a, b) for a in left for b in right if a.unit == b.unit and not _both_hold(a, b)), None)


def _both_hold(one: Amount, other: Amount) -> bool:
    """At least 3 and exactly 5 can both be true."""
    for a, b in ((one, other), (other, one)):
        if (a.bound in ("least", "over") and b.value >= a.value) or (
            a.bound in ("most", "under") and b.value <= a.value
        ):
            return True
    return False


def _dates(one: Facts, other: Facts) -> tuple[Date, Date] | None:
    left = [a for a in one.dates if not any(same_date(a, b) or same_date(b, a) for b in other.dates)]
    right = [b for b in other.dates if not any(same_date(a, b) or same_date(b, a) for a in one.dates)]
    return (left[0], right[0]) if left and right else None


def _other_names(one: Facts, other: Facts) -> bool:
    def lacks(names: Facts, words: Facts) -> bool:
        return any(not any(same_name(name, word) for word in words.words) for name in names.names)

    return lacks(one, other) and lacks(other, one)


def _is_same(shown: Disagreement, a: Sentence, b: Sentence, one: Source, other: Source) -> bool:
    """Passages overlap, so the same two sentences may come more than once."""
    texts = {shown.first.quote, shown.second.quote}
    return texts == {one.text[slice(*a.span)], other.text[slice(*b.span)]}


def _cite(sentence: Sentence, source: Source) -> Citation:
    start, end = sentence.span
    return Citation(number=source.number, quote=source.text[start:end], start=start, end=end)
