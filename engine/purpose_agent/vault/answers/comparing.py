"""Whether a sentence says what its source says; where not, in which point. All by code: no model is asked.

Each check answers None or one sentence for the person. A false mark costs trust too, so what is merely left out of a
source sentence is never held against a claim; only what is added or turned round is.
"""

import re
from collections.abc import Iterator, Sequence
from itertools import chain

from purpose_agent.models.builtin.alike import common
from purpose_agent.vault.answers import words as w
from purpose_agent.vault.answers.amounts import Amount, same_amount
from purpose_agent.vault.answers.dates import Date, same_date
from purpose_agent.vault.answers.evidence import Source
from purpose_agent.vault.answers.facts import Facts, facts_of, same_name

_CLAUSE = re.compile(r"[,;:]|\s(?:and|but|while|whereas)\s")
_REVERSED = {
    "least": ("most", "under"),
    "most": ("least", "over"),
    "over": ("under", "most"),
    "under": ("over", "least"),
}
_SUBJECT_WORDS = 2
VERBATIM = 0.9
_REFERS_WITHIN = 5
_PLAIN_ENDINGS = ("ment", "tion", "sion", "ing", "ance", "ence", "ness", "ity", "ly", "ers", "ed", "s", "ism", "ure")
_OPENER_WORDS = (
    "next then also however first finally moreover further furthermore thus hence therefore yes no instead otherwise "
    "besides afterwards only every each one both when while since under within during before after until everyone "
    "people"
)
_NO_SUBJECT_WORDS = (
    "if when you it they he she we i this these that those there in on at by to from for with without after before "
    "during until since because although while as under do don't never please stop"
)
_BOTH_WAYS_WORDS = "meet marry border resemble equal join adjoin and or versus vs"
_BOTH_WAYS = frozenset(map(common, _BOTH_WAYS_WORDS.split()))
_NO_SUBJECT = frozenset(_NO_SUBJECT_WORDS.split())
_OPENERS = frozenset(_OPENER_WORDS.split())


def objection(claim: Facts, said: Sequence[Facts], source: Source, asked: Facts, known: frozenset[str]) -> str | None:
    """Why the sentences `said`, best first, do not carry the claim; None when they do.

    asked  the question: what it names, the answer may name.
    known  words that stand with a capital inside a sentence of any passage.
    """
    checks = chain(
        _amounts(claim, said, source),
        _dates(claim, said, source),
        _names(claim, said, source, asked, known),
        _polarity(claim, said),
        _subject(claim, said, source),
        _reach(claim, said),
        _order(claim, said),
        _roles(claim, said),
    )
    return next(checks, None)


def _amounts(claim: Facts, said: Sequence[Facts], source: Source) -> Iterator[str]:
    there = [amount for facts in said for amount in facts.amounts]
    years = [Amount(date.year, "", date.text) for facts in said for date in facts.dates if date.year]
    for amount in claim.amounts:
        same = [other for other in (*there, *years) if same_amount(amount, other)]
        if same:
            if all(other.bound in _REVERSED.get(amount.bound, ()) for other in same):
                yield f"[{source.number}] sets the limit the other way round: {_bound_words(same[0])}."
            owner = _owner(claim, amount, said)
            if owner:
                yield f"In [{source.number}], {amount.text} belongs to something else; here it says {owner}."
            continue
        rivals = [o for o in there if not any(same_amount(o, mine) for mine in claim.amounts) and _of_a_kind(amount, o)]
        if amount.plain == 1 and _stands_as_a(amount, said):
            continue
        if amount.soft and not any(other.unit == amount.unit and amount.unit for other in rivals):
            continue
        if not amount.soft and not rivals and any(same_amount(amount, other) for other in source.facts.amounts):
            continue
        if rivals:
            yield f"[{source.number}] says {rivals[0].text}, not {amount.text}."
        else:
            yield f"{amount.text} does not stand there in [{source.number}]."


def _stands_as_a(amount: Amount, said: Sequence[Facts]) -> bool:
    """One month where the source says a month."""
    measure = re.escape(amount.text.lower().partition(" ")[2])
    return bool(measure) and any(re.search(rf"\ban? {measure}\b", facts.text.lower()) for facts in said)


def _owner(claim: Facts, amount: Amount, said: Sequence[Facts]) -> str:
    """The amount of the same sentence to which the claim's own words belong; "" when it is the claim's."""
    if len(claim.amounts) > 1:
        return ""
    mine = frozenset(claim.content)
    for facts in said:
        own = [part for part in facts.parts if any(same_amount(amount, other) for other in part.amounts)]
        for part in facts.parts if len(own) == 1 else ():
            rivals = [o for o in part.amounts if o.unit == amount.unit and not same_amount(amount, o)]
            theirs, ours = mine & part.content - own[0].content, mine & own[0].content - part.content
            named = (theirs & claim.names.keys()) and not (ours & claim.names.keys())
            if rivals and (len(theirs) >= len(ours) + 2 or (theirs and not ours) or named):
                return rivals[0].text
    return ""


def _of_a_kind(one: Amount, other: Amount) -> bool:
    units = {one.unit, other.unit}
    return len(units) == 1 or "" in units or units == {"time", "month"}


def _bound_words(amount: Amount) -> str:
    return {"least": "at least", "most": "at most", "over": "more than", "under": "less than"}[
        amount.bound
    ] + f" {amount.text}"


def _dates(claim: Facts, said: Sequence[Facts], source: Source) -> Iterator[str]:
    there = [date for facts in said for date in facts.dates]
    numbers = {amount.value for facts in said for amount in facts.amounts}
    for date in claim.dates:
        if any(same_date(date, other) for other in there) or (not date.month and date.year in numbers):
            owner = _date_owner(claim, date, said)
            if owner:
                yield f"In [{source.number}], {date.text} belongs to something else; here it says {owner}."
            continue
        rivals = [other for other in there if _clash(date, other)]
        if not rivals and any(same_date(date, other) for other in _filled(source.facts.dates)):
            continue
        if rivals:
            yield f"[{source.number}] says {rivals[0].text}, not {date.text}."
        else:
            yield f"{date.text} does not stand there in [{source.number}]."


def _date_owner(claim: Facts, date: Date, said: Sequence[Facts]) -> str:
    """The date of the same sentence to which what the claim tells belongs; "" when it is the claim's."""
    told = facts_of(claim.text.partition(date.text)[0]).content
    if len(claim.dates) > 1 or not told:
        return ""
    for facts in said:
        own = [part for part in facts.parts if any(same_date(date, other) for other in part.dates)]
        if len(own) != 1 or not own[0].content or told[-1] in own[0].content:
            continue
        for part in facts.parts:
            if part is not own[0] and part.dates and told[-1] in part.content:
                return part.dates[0].text
    return ""


def _clash(one: Date, other: Date) -> bool:
    return any(a and b and a != b for a, b in zip(one[:3], other[:3], strict=True))


def _filled(dates: Sequence[Date]) -> list[Date]:
    """A date without a year may be of any year that the passage names."""
    years = {date.year for date in dates if date.year}
    return [*dates, *(d._replace(year=year) for d in dates if not d.year for year in years)]


def _names(claim: Facts, said: Sequence[Facts], source: Source, asked: Facts, known: frozenset[str]) -> Iterator[str]:
    words = frozenset[str]().union(*(facts.words for facts in said))
    content = {stem for facts in said for stem in facts.content}
    mine = dict(claim.names)
    if claim.initial and claim.initial not in mine and _may_be_name(claim.initial, source, known):
        mine[claim.initial] = claim.initial.capitalize()
    missing = [n for n in mine if not _stands(n, words) and common(n) not in content and not _spelt_out(mine[n], said)]
    if not missing:
        return
    theirs = set(chain.from_iterable(facts.names for facts in said))
    theirs |= {facts.initial for facts in said if facts.initial in known}
    surplus = [name for name in theirs if not any(same_name(name, other) for other in claim.words)]
    refers = any(facts.words & w.REFERRING for facts in said)
    for name in missing:
        coded = any(c.isdecimal() for c in name)
        elsewhere = _stands(name, source.facts.words) or _stands(name, asked.words)
        if elsewhere and (not surplus or (refers and not coded)):
            continue
        if name not in claim.names and not surplus:
            continue
        yield f"“{mine[name]}” does not stand there in [{source.number}]."


def _may_be_name(initial: str, source: Source, known: frozenset[str]) -> bool:
    """A capital at the beginning tells nothing: it is a name where one is known, or where nobody knows the word."""
    unknown = common(initial) not in source.facts.content and not initial.endswith(_PLAIN_ENDINGS)
    return initial in known or (unknown and initial not in _OPENERS)


def _stands(name: str, words: frozenset[str]) -> bool:
    parts = [part for part in name.replace("'", "-").split("-") if len(part) > 1] or [name]
    return name in words or all(any(same_name(part, word) for word in words) for part in parts)


def _spelt_out(name: str, said: Sequence[Facts]) -> bool:
    """WHO where the source says World Health Organization."""
    if not (name.isupper() and 2 <= len(name) <= 6):
        return False
    letters = ["".join(word[0] for word in facts.text.split() if word[0].isupper()) for facts in said]
    return any(name in each for each in letters)


def _polarity(claim: Facts, said: Sequence[Facts]) -> Iterator[str]:
    """Something is denied on one side only, or a word stands for its opposite; both together say the same again."""
    mine, theirs = frozenset(claim.content), frozenset(chain.from_iterable(facts.content for facts in said))
    denied = frozenset(chain.from_iterable(facts.denied for facts in said))
    pairs = [(a, w.OPPOSITES.get(a, frozenset()) & (theirs - mine)) for a in mine - theirs]
    opposite = next(((a, b) for a, others in pairs for b in others), None)
    negations = sum(facts.negations for facts in said)
    if claim.negations:
        turned = not negations or bool(claim.denied & theirs and not claim.denied & denied)
        turned = turned or (claim.negations > negations and theirs <= mine)
    else:
        turned = bool(denied & mine) and _is_head_shared(denied, mine, said)
    if opposite and (opposite[0] in claim.denied) != (opposite[1] in denied):
        return
    if opposite and not turned and any(_sides_swapped(claim, facts) for facts in said):
        return
    if opposite or turned:
        yield f"The source says the opposite: “{_short(said[0].text)}”"


def _is_head_shared(denied: frozenset[str], mine: frozenset[str], said: Sequence[Facts]) -> bool:
    """A claim that leaves the denied part out does not turn it round; one that repeats most of it does.

    A word may be denied of one thing and said of another; then the part of the sentence that is most like the claim
    counts.
    """
    for facts in said:
        shared = facts.denied & mine
        if not shared or len(shared) * 3 < len(facts.denied) * 2:
            continue
        parts = [part for part in _CLAUSE.split(facts.text) if part.strip()]
        if len(parts) == 1 or len(mine & frozenset(facts.content)) >= VERBATIM * len(frozenset(facts.content)):
            return True
        read = [facts_of(part) for part in parts]
        most = max(len(mine & frozenset(part.content)) for part in read)
        if any(part.negations and len(mine & frozenset(part.content)) == most for part in read):
            return True
    return False


def _reach(claim: Facts, said: Sequence[Facts]) -> Iterator[str]:
    """Some became all, may became must, or "only" was added."""
    words = frozenset[str]().union(*(facts.words for facts in said))
    mine = claim.words
    if mine & w.UNIVERSAL and not words & w.UNIVERSAL and words & w.PARTIAL:
        yield f"The source does not say it of all: “{_short(said[0].text)}”"
    elif mine & w.PARTIAL and not words & w.PARTIAL and words & w.UNIVERSAL:
        yield f"The source says it of all: “{_short(said[0].text)}”"
    elif mine & w.ONLY and not words & (w.ONLY | {"but", "except", "just", "one"}):
        yield f"The source does not say “only”: “{_short(said[0].text)}”"
    elif claim.negations or any(facts.negations for facts in said):
        return
    elif (mine & w.OBLIGED and words & w.FREE_TO and not words & w.OBLIGED) or (
        mine & w.FREE_TO and words & w.OBLIGED and not words & w.FREE_TO
    ):
        yield f"The source does not put it as firmly, or puts it more firmly: “{_short(said[0].text)}”"


def _subject(claim: Facts, said: Sequence[Facts], source: Source) -> Iterator[str]:
    """What the claim begins with is spoken of elsewhere in the passage, and this sentence does not refer to it."""
    there = frozenset(chain.from_iterable(facts.content for facts in said))
    mine = frozenset(claim.content)
    first = claim.text.lower().split()[:1]
    if not first or first[0] in _NO_SUBJECT or not said[0].content or said[0].content[0] in mine:
        return
    if len(said) > 1 or set(said[0].text.lower().split()[:_REFERS_WITHIN]) & w.REFERRING:
        return
    for word in claim.content[:_SUBJECT_WORDS]:
        if word not in there and word in source.facts.content and len(mine & there) >= _SUBJECT_WORDS:
            yield f"[{source.number}] does not say this of “{_as_written(word, claim)}”: “{_short(said[0].text)}”"
            return


def _as_written(form: str, facts: Facts) -> str:
    return next((word for word in sorted(facts.words) if common(word) == form), form)


def _order(claim: Facts, said: Sequence[Facts]) -> Iterator[str]:
    """A is larger than B, told as B is larger than A; A beat B, told as B beat A."""
    theirs = frozenset(chain.from_iterable(facts.content for facts in said))
    for facts in said:
        if _sides_swapped(claim, facts) and not any(
            w.OPPOSITES.get(word, frozenset()) & theirs for word in claim.content
        ):
            yield f"The source compares the other way round: “{_short(facts.text)}”"
            return
        if "by" not in claim.words | facts.words and any(triple[::-1] in _triples(facts) for triple in _triples(claim)):
            yield f"The source has it the other way round: “{_short(facts.text)}”"
            return


def _sides_swapped(claim: Facts, facts: Facts) -> bool:
    """Both compare, and most of what stood before "than" stands after it."""
    if "than" not in claim.words & facts.words:
        return False
    (one, other), (left, right) = _around_than(claim.text), _around_than(facts.text)
    return len(one & right) + len(other & left) > len(one & left) + len(other & right) and bool(one & right)


def _triples(facts: Facts) -> set[tuple[str, ...]]:
    """Three content words in a row, of which the outer two are names: who, did what, to whom."""
    names = {common(name) for name in (*facts.names, facts.initial) if name}
    found = set[tuple[str, ...]]()
    for part in _CLAUSE.split(facts.text):
        words = facts_of(part).content
        found |= {three for three in zip(words, words[1:], words[2:], strict=False) if {three[0], three[2]} <= names}
    return {three for three in found if three[1] not in _BOTH_WAYS and three[0] != three[2]}


def _roles(claim: Facts, said: Sequence[Facts]) -> Iterator[str]:
    """Bought from A, told as bought from B, where B is in the sentence too."""
    mine = frozenset(claim.content)
    for facts in said:
        theirs = frozenset(facts.content)
        for word in ("from", "by", "to"):
            ours, there = _after(word, claim.text), _after(word, facts.text)
            known = ours and there and set(ours) <= theirs and set(there) <= mine
            if known and not set(ours) & set(there):
                yield f"The source has it the other way round: “{_short(facts.text)}”"
                return


def _after(word: str, text: str) -> list[str]:
    """The two content words that follow the only such word."""
    parts = re.split(rf"\b{word}\b", text.lower())
    return list(facts_of(parts[1]).content[:2]) if len(parts) == 2 else []


def _around_than(text: str) -> tuple[frozenset[str], frozenset[str]]:
    before, _, after = text.lower().partition(" than ")
    near = _CLAUSE.split(before)[-1], _CLAUSE.split(after)[0]
    return frozenset(facts_of(near[0]).content), frozenset(facts_of(near[1]).content)


def _short(text: str, most: int = 160) -> str:
    return text if len(text) <= most else text[: most - 1].rsplit(" ", 1)[0] + "…"
