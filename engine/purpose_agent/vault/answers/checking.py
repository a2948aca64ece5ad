"""Check an answer against the passages it was made from: sentence by sentence, and nothing is dropped.

A sentence rests on the one source sentence that covers most of its content. Where two facts were joined, each part may
rest on a sentence of its own; only what no single sentence covers is held against two of them together.
"""

import re
from collections.abc import Sequence
from typing import NamedTuple

import msgspec

from purpose_agent.models.builtin.sentences import Span
from purpose_agent.models.embedding.port import Embedder
from purpose_agent.vault.answers.amounts import same_amount
from purpose_agent.vault.answers.citations import Cited, Said, read_sentences
from purpose_agent.vault.answers.comparing import objection
from purpose_agent.vault.answers.dates import same_date
from purpose_agent.vault.answers.disagreements import disagreements
from purpose_agent.vault.answers.evidence import (
    Match,
    Sentence,
    Source,
    best_matches,
    coverage,
    numbered,
    read_sources,
)
from purpose_agent.vault.answers.facts import Facts, facts_of
from purpose_agent.vault.answers.quotes import find_quote
from purpose_agent.vault.answers.records import AnswerSentence, CheckedAnswer, Citation, NumberedPassage, Support
from purpose_agent.vault.answers.words import REFERRING

WHOLE = 0.8  # a sentence that covers this much of a claim carries it alone
MIN_COVERAGE = 0.6
MIN_COVERAGE_NEAR = 0.4  # where the embedder finds the same meaning
NEAR = 0.72
GAIN = 0.15
MAX_JOINTS = 12
_REFERS_WITHIN = 5
_JOINT = re.compile(r"\s*(?:;|,?\s+(?:and|but|while|whereas|although|which|because|so)\s+|,\s+)")
_TALK = re.compile(
    r"(?:here (?:is|are)|below (?:is|are)|(?:i )?hope (?:this|that)|let me know|feel free|sure|certainly|of course"
    r"|thank|you're welcome|great question|good question|in (?:summary|short|conclusion)|to summari[sz]e|based on the"
    r"|according to (?:the|your) (?:documents?|sources?|passages?)|answer|sources?|summary|references?)"
    r"\b[^.]{0,60}[:.!]?$",
    re.IGNORECASE,
)
_FILES = r"(?:(?:the|your|these|any) )?(?:given |provided )?(?:documents?|sources?|passages?|texts?|context)"
_REFUSAL = re.compile(
    r"\b(?:i (?:do not|don't|cannot|can't|could not|couldn't) (?:know|find|tell|answer|say)"
    rf"|not (?:(?:stated|mentioned|found|given|covered|specified|answered) )?(?:in|by) {_FILES}"
    rf"|{_FILES} (?:do not|does not|don't|doesn't) (?:say|mention|tell|contain|state|provide|specify|answer|give|cover)"
    r"|there is no (?:information|answer|mention)|no (?:information|answer) (?:on|about|is))\b",
    re.IGNORECASE,
)


class _Judged(NamedTuple):
    """What a set of sources says to a claim. `why` is "" when they carry it."""

    why: str
    coverage: float
    support: tuple[Sentence, ...]


class _Case(NamedTuple):
    """What all sentences of an answer are checked against."""

    sources: Sequence[Source]
    asked: Facts
    known: frozenset[str]
    embedder: Embedder | None


def check_answer(
    question: str,
    answer: str,
    passages: Sequence[str | NumberedPassage],
    embedder: Embedder | None = None,
) -> CheckedAnswer:
    """Each sentence of the answer with its citations and whether they carry it.

    passages  as they stood in the prompt (`[1] file, place` and the text below), or numbered.
    embedder  helps with sentences in other words; without one, only words count.
    """
    sources = read_sources(numbered(passages))
    known = frozenset(
        name
        for source in sources
        for sentence in source.sentences
        for name in sentence.facts.names
        if name != sentence.facts.initial
    )
    case = _Case(sources, facts_of(question), known, embedder)
    sentences = tuple(_checked(said, case) for said in read_sentences(answer))
    claims = [s for s in sentences if s.support not in ("small_talk", "code")]
    return CheckedAnswer(
        text=answer,
        sentences=sentences,
        refused=bool(claims) and all(s.support == "refusal" for s in claims),
        disagreements=disagreements(passages, f"{question}\n{answer}"),
    )


def _checked(said: Said, case: _Case) -> AnswerSentence:
    return msgspec.structs.replace(_supported(said, case), mark=said.mark)


def _supported(said: Said, case: _Case) -> AnswerSentence:
    if said.is_code:
        return AnswerSentence(text=said.text, support="code", why="Code is not checked against the documents.")
    if not said.cited and _REFUSAL.search(said.text.replace("’", "'")):
        return AnswerSentence(text=said.text, support="refusal")
    claim = facts_of(said.text)
    if not said.cited and _is_talk(said.text, claim):
        return AnswerSentence(text=said.text, support="small_talk")
    if not said.cited:
        return _uncited(said, claim, case)
    by_number = {source.number: source for source in case.sources}
    cited = [by_number[c.number] for c in said.cited if c.number in by_number]
    judged = _judge(claim, list(dict.fromkeys(cited)), case)
    citations = tuple(_citation(c, by_number.get(c.number), claim, judged) for c in said.cited)
    support, why = _verdict(judged, citations, claim, case)
    return AnswerSentence(text=said.text, citations=citations, support=support, why=why)


def _is_talk(text: str, claim: Facts) -> bool:
    return (
        bool(_TALK.match(text.strip().replace("’", "'")))
        or text.endswith("?")
        or not (claim.content or claim.amounts or claim.dates)
    )


def _uncited(said: Said, claim: Facts, case: _Case) -> AnswerSentence:
    better = _another(claim, case, without=())
    why = f"It names no source; [{better}] says it." if better else "It names no source, and no passage says it."
    return AnswerSentence(text=said.text, support="uncited", why=why)


def _verdict(judged: _Judged, citations: Sequence[Citation], claim: Facts, case: _Case) -> tuple[Support, str]:
    lost = next((c for c in citations if c.verdict == "quote_not_found"), None)
    if judged.why:
        numbers = [c.number for c in citations]
        better = _another(claim, case, without=numbers)
        if better:
            named = ", ".join(f"[{number}]" for number in dict.fromkeys(numbers))
            return "miscited", f"[{better}] says it, not {named}."
        return "unsupported", judged.why
    if lost is not None:
        return "unsupported", f"The quoted words do not stand in [{lost.number}]."
    return "supported", ""


def _another(claim: Facts, case: _Case, without: Sequence[int]) -> int:
    """The number of the passage that carries the claim best, 0 when none does."""
    best, number = 0.0, 0
    for source in case.sources:
        if source.number in without:
            continue
        judged = _judge(claim, [source], case)
        if not judged.why and judged.coverage > best:
            best, number = judged.coverage, source.number
    return number


def _judge(claim: Facts, sources: Sequence[Source], case: _Case) -> _Judged:
    """Whether these sources carry the claim, together."""
    if not sources:
        return _Judged("There is no such passage.", 0.0, ())
    sentences = [sentence for source in sources for sentence in source.sentences]
    ranked = best_matches(claim, sentences)
    if not ranked:
        return _Judged(f"[{sources[0].number}] holds no sentence.", 0.0, ())
    copied = next((match.sentence for match in ranked if _plain(match.sentence.facts.text) == _plain(claim.text)), None)
    if copied is not None:  # word for word: no reading of it can be held against it
        return _Judged("", 1.0, (copied,))
    by_number = {source.number: source for source in sources}
    best = ranked[0]
    if best.coverage >= WHOLE:
        return _carried(claim, [best], by_number, case)
    joined = _by_parts(claim, sentences, best, by_number, case)
    if joined is not None and not joined.why:
        return joined
    second = _second(claim, best, ranked[1:])
    judged = joined or _carried(claim, [best, second] if second else [best], by_number, case)
    near = _nearest(claim, ranked, case.embedder) if judged.why else None
    if near is not None and near.sentence != best.sentence:
        again = _carried(claim, [near], by_number, case)
        return judged if again.why else again
    return judged


def _plain(text: str) -> str:
    return " ".join(text.casefold().split()).rstrip(" .!?…。")


def _nearest(claim: Facts, matches: Sequence[Match], embedder: Embedder | None) -> Match | None:
    """The sentence of the nearest meaning: words alone may have led to the wrong one."""
    if embedder is None:
        return None
    rows = embedder.embed([claim.text, *(match.sentence.facts.text for match in matches)])
    near = rows[1:] @ rows[0]
    best = int(near.argmax())
    return matches[best] if float(near[best]) >= NEAR else None


def _carried(claim: Facts, matches: Sequence[Match], by_number: dict[int, Source], case: _Case) -> _Judged:
    said = [match.sentence.facts for match in matches]
    support = tuple(match.sentence for match in matches)
    source = by_number[support[0].passage]
    held = _held(claim, said, source)
    why = objection(claim, said, source, case.asked, case.known)
    if why is None and held < MIN_COVERAGE and not (held >= MIN_COVERAGE_NEAR and _is_near(claim, said, case.embedder)):
        why = f"[{source.number}] does not say this; nearest is: “{said[0].text[:160]}”"
    return _Judged(why or "", held, support)


def _held(claim: Facts, said: Sequence[Facts], source: Source) -> float:
    """Content that stands in the sentences; where they refer to others ("it"), what those name counts half."""
    there = {stem for facts in said for stem in facts.content}
    around = frozenset(source.facts.content) if any(facts.words & REFERRING for facts in said) else frozenset[str]()
    words = list(dict.fromkeys(claim.content))
    exact = [any(same_amount(a, b) for facts in said for b in facts.amounts) for a in claim.amounts]
    exact += [any(same_date(a, b) for facts in said for b in facts.dates) for a in claim.dates]
    held = sum(1.0 if word in there else 0.5 if word in around else 0.0 for word in words) + sum(exact)
    return held / ((len(words) + len(exact)) or 1)


def _by_parts(
    claim: Facts, sentences: Sequence[Sentence], best: Match, by_number: dict[int, Source], case: _Case
) -> _Judged | None:
    """The two halves of a joined claim, each on a sentence of its own, where that covers clearly more; else None."""
    found: tuple[float, list[tuple[Facts, Match]]] = (best.coverage + GAIN, [])
    for joint in list(_JOINT.finditer(claim.text))[:MAX_JOINTS]:
        halves = [facts_of(claim.text[: joint.start()]), facts_of(claim.text[joint.end() :])]
        if min(len(half.content) for half in halves) < 2:
            continue
        matches = [(half, best_matches(half, sentences)[0]) for half in halves]
        weight = sum(len(half.content) for half in halves)
        covered = sum(match.coverage * len(half.content) for half, match in matches) / weight
        if covered > found[0] and matches[0][1].sentence != matches[1][1].sentence:
            found = (covered, matches)
    if not found[1]:
        return None
    judged = [_carried(half, [match], by_number, case) for half, match in found[1]]
    why = next((each.why for each in judged if each.why), "")
    return _Judged(why, found[0], tuple(sentence for each in judged for sentence in each.support))


def _second(claim: Facts, best: Match, others: Sequence[Match]) -> Match | None:
    """The neighbour that the best sentence refers to, or that refers to it, where it adds what the best one lacks."""
    there = set(best.sentence.facts.content)
    lacking = [word for word in dict.fromkeys(claim.content) if word not in there]
    for match in others:
        gap = match.sentence.position - best.sentence.position
        if match.sentence.passage != best.sentence.passage or abs(gap) != 1:
            continue
        later = match.sentence if gap > 0 else best.sentence
        refers = set(later.facts.text.lower().split()[:_REFERS_WITHIN]) & REFERRING
        gain = sum(word in match.sentence.facts.content for word in lacking)
        if refers and gain / max(1, len(set(claim.content))) >= GAIN:
            return match
    return None


def _is_near(claim: Facts, said: Sequence[Facts], embedder: Embedder | None) -> bool:
    if embedder is None:
        return False
    rows = embedder.embed([claim.text, " ".join(facts.text for facts in said)])
    return float(rows[0] @ rows[1]) >= NEAR


def _citation(cited: Cited, source: Source | None, claim: Facts, judged: _Judged) -> Citation:
    """The citation with the words of the passage that it points at."""
    if source is None:
        return Citation(number=cited.number, quote=cited.quote, verdict="no_such_passage")
    span = find_quote(cited.quote, source.text) if cited.quote else None
    if cited.quote and span is None:
        return Citation(number=cited.number, quote=cited.quote, verdict="quote_not_found")
    mine = [sentence for sentence in judged.support if sentence.passage == cited.number]
    if span is None and mine:
        span = _span(mine)
    if span is None:
        ranked = best_matches(claim, source.sentences)
        span = ranked[0].sentence.span if ranked and ranked[0].coverage > 0 else Span(0, 0)
    carries = not judged.why and (bool(mine) or _adds(claim, source))
    return Citation(
        number=cited.number,
        quote=source.text[span.start : span.end],
        start=span.start,
        end=span.end,
        verdict="supports" if carries else "does_not_support",
    )


def _adds(claim: Facts, source: Source) -> bool:
    """A further source of a claim that is carried already: it speaks of the same."""
    return max((coverage(claim, sentence.facts) for sentence in source.sentences), default=0.0) >= MIN_COVERAGE


def _span(sentences: Sequence[Sentence]) -> Span:
    """From one to the other when they are neighbours, else the first."""
    first, last = min(sentences, key=lambda s: s.position), max(sentences, key=lambda s: s.position)
    return Span(first.span.start, last.span.end) if last.position - first.position <= 1 else sentences[0].span
