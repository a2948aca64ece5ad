"""Checks by words: exact match, expected words with their source, and saying that it is not there.

They use no model and no embedder, so an answer gets the same verdict on every machine.
"""

import re

from purpose_agent.evaluation.checks.plain_words import plain_words, stands_in, without_label
from purpose_agent.evaluation.checks.records import (
    Answered,
    CheckOutcome,
    CitedWords,
    ExactMatch,
    NotThere,
    failed,
    passed,
)
from purpose_agent.memory.immune.fence import unquoted
from purpose_agent.vault.answers.checking import check_answer
from purpose_agent.vault.answers.cited import cited
from purpose_agent.vault.answers.facts import facts_of

_SHOWN_CHARS = 120


def exact(check: ExactMatch, answered: Answered) -> CheckOutcome:
    said = plain_words(without_label(answered.answer))
    for answer in check.answers:
        if said == plain_words(answer):
            return passed(f"The answer is “{_short(answer)}”.")
    return failed(f"The answer is “{_short(answered.answer)}”; expected was {_listed(check.answers)}.")


def with_source(check: CitedWords, answered: Answered) -> CheckOutcome:
    """The words, and a citation of a passage that holds them. What a refusal repeats of the question says nothing."""
    told = cited(answered.question, answered.answer, answered.passages, answered.sources)
    if told.refused:
        return failed("The answer says that the documents do not tell.")
    said = " ".join(sentence.text for sentence in told.sentences if sentence.support != "refusal")
    held = [answer for answer in check.answers if _holds(said, answer, check.share, answered.question)]
    if not held:
        return failed(f"The answer does not say {_listed(check.answers)}.")
    if not told.citations:
        return failed(f"The answer says “{_short(held[0])}”, but names no source for it.")
    places = {number: text.partition("\n")[::2] for number, text in enumerate(answered.passages, 1)}
    wrong_document = ""
    for citation in told.citations:
        head, text = places.get(citation.number, ("", ""))
        text = unquoted(text)
        if citation.verdict == "quote_not_found" or not any(_holds(text, answer, check.share) for answer in held):
            continue
        if check.documents and not any(name in head for name in check.documents):
            wrong_document = head
            continue
        return passed(f"The answer says “{_short(held[0])}”, and so does its source [{citation.number}].")
    if wrong_document:
        return failed(f"The answer cites {wrong_document}, not {' or '.join(check.documents)}.")
    numbers = ", ".join(f"[{number}]" for number in sorted({citation.number for citation in told.citations}))
    return failed(f"The answer says “{_short(held[0])}”, but what it cites, {numbers}, does not.")


def not_there(check: NotThere, answered: Answered) -> CheckOutcome:
    """Every claim of the answer is that the documents do not tell, or is carried by what it cites beside that."""
    if answered.declined:
        return passed("The model declined to answer.")
    checked = check_answer(answered.question, answered.answer, answered.passages)
    claims = [sentence.support for sentence in checked.sentences if sentence.support not in ("small_talk", "code")]
    if "refusal" in claims and all(support in ("refusal", "supported") for support in claims):
        return passed("The answer says that it is not there.")
    return failed("The documents do not say it, but the answer does not say so.")


def _holds(text: str, wanted: str, share: float, question: str = "") -> bool:
    """`question`: an answer that only repeats its words does not hold what goes beyond them."""
    if share >= 1:
        return stands_in(plain_words(wanted), plain_words(text))
    if not _numbers(wanted) <= _numbers(text):
        return False
    words, there = set(facts_of(wanted).content), set(facts_of(text).content)
    if not words:
        return bool(_numbers(wanted)) or stands_in(plain_words(wanted), plain_words(text))
    beyond = words - set(facts_of(question).content)
    return len(words & there) >= share * len(words) and (not beyond or bool(beyond & there))


def _numbers(text: str) -> set[str]:
    return set(re.findall(r"\d+", re.sub(r"(?<=\d),(?=\d{3})", "", text)))


def _listed(answers: tuple[str, ...]) -> str:
    shown = " or ".join(f"“{_short(answer)}”" for answer in answers[:3])
    return shown if len(answers) <= 3 else f"{shown} or one of {len(answers) - 3} more"


def _short(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= _SHOWN_CHARS else line[: _SHOWN_CHARS - 1] + "…"
