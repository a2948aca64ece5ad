"""Dates in a sentence, in whichever way they are written: a year, a month, a day, or some of these."""

import re
from collections.abc import Iterator
from typing import NamedTuple

from purpose_agent.vault.answers import words as w
from purpose_agent.vault.answers.amounts import unit_after

_IN_DATE_WORDS = "in since until till by from to of early late mid during between and before after on every each"
_IN_DATE = frozenset(_IN_DATE_WORDS.split())
_WITH_DAYS = 31


class Date(NamedTuple):
    """0 = not said."""

    year: int
    month: int
    day: int
    text: str
    at: int = 0  # index of a token of it


def same_date(one: Date, other: Date) -> bool:
    """Whether what the first says of a date holds of the second."""
    return all(not a or a == b for a, b in zip(one[:3], other[:3], strict=True))


def read_dates(tokens: list[str], lower: list[str], used: set[int]) -> Iterator[Date]:
    """Those with a month first, then lone years; the tokens that they are made of are `used` then."""
    for i, word in enumerate(lower):
        if re.fullmatch(r"\d{4}-\d{2}(?:-\d{2})?", word):
            used.add(i)
            year, month, day = (int(part) for part in f"{word}-0".split("-")[:3])
            yield Date(year, month, day, tokens[i], i)
        elif word in w.MONTHS and tokens[i][0].isupper() and i not in used:
            found = _around_month(i, lower)
            if found is not None:
                year, day, taken = found
                used |= taken
                text = " ".join(tokens[j] for j in sorted(taken) if tokens[j] != ",")
                yield Date(year, w.MONTHS[word], day, text, i)
    for i, word in enumerate(lower):
        if (
            i not in used
            and word[0].isdecimal()
            and re.fullmatch(r"1[0-9]\d\d|20\d\d", word)
            and not unit_after(i, lower)[0]
        ):
            if i > 0 and lower[i - 1] in ("$", "€", "£", "¥"):
                continue
            used.add(i)
            yield Date(int(word), 0, 0, tokens[i], i)


def _around_month(i: int, lower: list[str]) -> tuple[int, int, set[int]] | None:
    """Year, day and the tokens taken; None when the word is no month ("you may")."""
    taken, year, day = {i}, 0, 0
    at = i + 1
    after = _day(lower, at)
    if after:
        day, taken, at = after, taken | {at}, at + 1
        if at < len(lower) and lower[at] in ("st", "nd", "rd", "th"):
            taken.add(at)
            at += 1
    else:
        back = i - 1
        while back >= 0 and i - back <= 3 and lower[back] in ("of", "st", "nd", "rd", "th", "day"):
            back -= 1
        before = _day(lower, back)
        if before:
            day = before
            taken |= set(range(back, i))
    comma = at < len(lower) and lower[at] == ","
    if at + comma < len(lower) and re.fullmatch(r"1[0-9]\d\d|20\d\d", lower[at + comma]):
        year, taken = int(lower[at + comma]), taken | set(range(at, at + comma + 1))
    if not (day or year) and lower[i] in ("may", "march", "mar") and (i == 0 or lower[i - 1] not in _IN_DATE):
        return None
    return year, day, taken


def _day(lower: list[str], i: int) -> int:
    if not 0 <= i < len(lower):
        return 0
    if lower[i].isdecimal():
        return int(lower[i]) if 1 <= int(lower[i]) <= _WITH_DAYS else 0
    return w.ORDINALS.get(lower[i], 0)
