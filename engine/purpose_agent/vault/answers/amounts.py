"""Amounts in a sentence: numbers in figures or words, what they measure, and whether they are a limit."""

import re
from collections.abc import Iterator
from typing import NamedTuple

from purpose_agent.models.builtin.alike import common
from purpose_agent.models.builtin.sentences import STOP_WORDS
from purpose_agent.vault.answers import words as w

Bound = str  # "", "least", "most", "over", "under"
_BEGIN_NUMBERS = frozenset((*w.NUMBER_WORDS, "hundred", "thousand", "dozen"))
_UNIT_REACH = 3
_DURATIONS = ("time", "month")
_EPS = 1e-6


class Amount(NamedTuple):
    """
    value  in the base of its unit; `plain` as it is written, without the unit.
    unit   "" when none is known; "rank " and a word for "the third quarter".
    soft   a word such as "one" or "first", which need not be an amount.
    """

    value: float
    unit: str
    text: str
    bound: Bound = ""
    soft: bool = False
    at: int = 0  # index of the token
    plain: float = 0.0


def same_amount(one: Amount, other: Amount) -> bool:
    """Equal, unit included, where both have one that is known."""
    if "cent" in (one.unit, other.unit) and one.unit != other.unit and {one.unit, other.unit} & {"euro", "dollar"}:
        one, other = (a._replace(value=a.value * (1 if a.unit == "cent" else 100), unit="cent") for a in (one, other))
    if one.unit and other.unit and one.unit != other.unit:
        return False
    if abs(one.value - other.value) <= _EPS * max(1.0, abs(one.value)):
        return True
    return not (one.unit and other.unit) and one.plain == other.plain


def read_amounts(tokens: list[str], lower: list[str], used: set[int]) -> Iterator[Amount]:
    """In order, from the tokens that are not `used`; what they are made of is used then."""
    i = 0
    while i < len(lower):
        read = None if i in used else _read_number(lower, i)
        if read is None:
            i += 1
            continue
        value, end, soft = read
        clock = _clock(lower, i, end)
        used.update(range(i, end))
        if clock is not None:
            minutes, stop = clock
            used.update(range(end, stop))
            yield Amount(minutes, "clock", " ".join(tokens[i:stop]), at=i, plain=minutes // 60 % 12 or 12.0)
            i = stop
            continue
        unit, stop = unit_after(end - 1, lower)
        if i > 0 and lower[i - 1] in ("$", "€", "£", "¥"):
            unit, stop = lower[i - 1], end
        base, factor = w.UNITS.get(unit, ("", 1.0))
        if stop == end + 1 and unit:
            used.add(end)
        text = ("" if i == 0 or lower[i - 1] not in "$€£¥" else tokens[i - 1]) + " ".join(tokens[i : max(end, stop)])
        if lower[i - 1 : i] == ["minus"]:
            value, text = -value, f"-{text}"
        if not base and _is_rank(lower, i, end):
            base = f"rank {common(lower[end])}" if end < len(lower) else "rank"
        soft = soft and base not in _DURATIONS
        yield Amount(value * factor, base, text, _bound(lower, i, max(end, stop)), soft, i, value)
        i = end


def _is_rank(lower: list[str], i: int, end: int) -> bool:
    return lower[i] in w.ORDINALS or lower[end - 1] in ("st", "nd", "rd", "th")


def _read_number(lower: list[str], i: int) -> tuple[float, int, bool] | None:
    """Value, the token after it, and whether it is a word that need not be a number."""
    word = lower[i]
    if word == "half" and lower[i + 1 : i + 2] in (["a"], ["an"]) and lower[i + 2 : i + 3] and lower[i + 2] in w.UNITS:
        return 0.5, i + 2, False
    if word[0].isdecimal():
        if re.fullmatch(r"\d+,\d{1,2}", word):  # 2,5 as most of Europe writes it
            word = word.replace(",", ".")
        plain = re.sub(r"[,\u00a0\u202f]", "", word)
        if ":" in plain or "-" in plain:
            return 0.0, i + 1, False
        value, end = float(plain), i + 1
        if end < len(lower) and lower[end] in ("st", "nd", "rd", "th"):
            return value, end + 1, False
        if end < len(lower) and (lower[end] in w.SCALES or lower[end] in ("bn", "mn", "k")):
            return value * (w.SCALES | w.SHORT_SCALES)[lower[end]], end + 1, False
        return value, end, False
    if word in w.ORDINALS:
        return (w.ORDINALS[word], i + 1, True) if _is_ordinal(lower, i) else None
    return _number_words(lower, i)


def _is_ordinal(lower: list[str], i: int) -> bool:
    return lower[i] != "second" or i == 0 or lower[i - 1] not in w.NUMBER_WORDS


def _number_words(lower: list[str], i: int) -> tuple[float, int, bool] | None:
    if lower[i].partition("-")[0] not in _BEGIN_NUMBERS:
        return None
    total, current, at, seen = 0, 0, i, 0
    while at < len(lower):
        parts = lower[at].split("-")
        if all(part in w.NUMBER_WORDS for part in parts):
            current += sum(w.NUMBER_WORDS[part] for part in parts)
        elif lower[at] in w.SCALES and (seen or (at == i and lower[at] in ("hundred", "thousand", "dozen"))):
            scale = w.SCALES[lower[at]]
            current = max(current, 1) * scale
            if scale >= 1_000:
                total, current = total + current, 0
        elif not (
            lower[at] == "and"
            and seen
            and at + 1 < len(lower)
            and lower[at - 1] == "hundred"
            and lower[at + 1] in w.NUMBER_WORDS
        ):
            break
        seen += 1
        at += 1
    if not seen:
        return None
    soft = seen == 1 and lower[i] in ("one", "zero")
    return float(total + current), at, soft


def _clock(lower: list[str], i: int, end: int) -> tuple[float, int] | None:
    """Minutes since midnight and the token after, for 7:30, 5 pm, 7.30 p.m. and 9 in the morning."""
    after = "".join(lower[end : end + 2])
    half, stop = "p" if after.startswith(("pm", "p.m")) else "a" if after.startswith(("am", "a.m")) else "", end + 1
    rest = lower[end : end + 3]
    if rest[:2] == ["in", "the"] and rest[2:] in (["morning"], ["evening"], ["afternoon"]):
        half, stop = ("a" if rest[2] == "morning" else "p"), end + 3
    elif not half and ":" in lower[i]:
        stop = end
    elif not half:
        return None
    said = re.fullmatch(r"(\d{1,2})(?:[:.](\d{2}))?", lower[i])
    hours, minutes = (int(said[1]), int(said[2] or 0)) if said else (w.NUMBER_WORDS.get(lower[i], 24), 0)
    if hours > 23 or end != i + 1:
        return None
    return (hours + 12 * (half == "p" and hours < 12)) * 60 + minutes, stop


def unit_after(i: int, lower: list[str]) -> tuple[str, int]:
    """The first word of measure among the next three, and the token after it."""
    for j in range(i + 1, min(len(lower), i + 1 + _UNIT_REACH)):
        if lower[j] == "-":
            continue
        word = lower[j].split("-")[0]
        if word == "per" and lower[j + 1 : j + 2] == ["cent"]:
            return "percent", j + 2
        if word in w.UNITS and (j == i + 1 or len(word) > 2):
            return word, j + 1
        if not word[0].isalpha() or word in STOP_WORDS or word in w.NUMBER_WORDS:
            break
    return "", i + 1


def _bound(lower: list[str], start: int, end: int) -> Bound:
    before, after = " ".join(lower[max(0, start - 4) : start]).strip(" $€£¥"), " ".join(lower[end : end + 2])
    for bound, phrases in (("least", w.AT_LEAST), ("most", w.AT_MOST), ("over", w.OVER), ("under", w.UNDER)):
        if any(
            before.endswith(phrase) or (phrase.startswith("or ") and after.startswith(phrase)) for phrase in phrases
        ):
            return bound
    return ""
