"""Numbers as people and models write them: `1,234.5`, `1.234,5`, `12 %`, `$3.50`, `1.2 million`, `3/4`, `1.5 km`.

Of an answer that names several numbers one counts: that after the last “answer is” or “answer:”, or inside `\\boxed{}`,
else the last one. The sentence of the verdict says which was taken.
"""

import math
import re
from typing import NamedTuple

from purpose_agent.evaluation.checks.plain_words import without_citations
from purpose_agent.evaluation.checks.records import Answered, CheckOutcome, NumericMatch, failed, passed

_DIGITS = (
    r"(?:\d{1,3}(?:[,\u00a0\u202f'’]\d{3})+(?!\d)(?:\.\d+)?|\d{1,3}(?:\.\d{3})+,\d+"
    r"|(?<!\d,)\d+,\d{1,2}(?![\d,])|\d+(?:\.\d+)?|\.\d+)"
)
_UNIT = r"°\s?[CF]|%|‰|[€$£¥]|[^\W\d_]+(?:/[^\W\d_]+)?[²³23]?(?![\w])"
_NUMBER = re.compile(
    rf"(?P<sign>(?<![\w.)])[-−–+])?(?:(?P<before>[€$£¥])\s?)?(?P<digits>(?<![\w.]){_DIGITS})(?P<power>[eE][+-]?\d+)?"
    rf"(?:(?P<over>/\d+)(?![\d/]))?"
    rf"(?:\s?(?P<scale>thousand|million|billion|trillion)\b)?(?:[ \u00a0\u202f]?(?P<unit>{_UNIT}))?"
)
_MARKED = re.compile(r"\banswer(?:\s+is\b\s*:?|\s*:)|\\boxed\{", re.IGNORECASE)
_SCALES = {"thousand": 1e3, "million": 1e6, "billion": 1e9, "trillion": 1e12}
_UNITS: dict[str, tuple[str, float]] = {}
for _dimension, _table in {
    "length": "mm 0.001 cm 0.01 dm 0.1 m 1 metre 1 meter 1 km 1000 kilometre 1000 kilometer 1000 inch 0.0254"
    " inches 0.0254 ft 0.3048 foot 0.3048 feet 0.3048 yd 0.9144 yard 0.9144 mi 1609.344 mile 1609.344",
    "mass": "mg 1e-6 g 0.001 gram 0.001 kg 1 kilogram 1 t 1000 tonne 1000 lb 0.45359237 lbs 0.45359237"
    " pound 0.45359237 oz 0.028349523125 ounce 0.028349523125",
    "time": "ms 0.001 s 1 sec 1 second 1 min 60 minute 60 h 3600 hour 3600 day 86400 week 604800",
    "volume": "ml 0.001 cl 0.01 dl 0.1 l 1 litre 1 liter 1 m3 1000 m³ 1000",
    "share": "% 0.01 percent 0.01 ‰ 0.001",
    "euro": "€ 1 eur 1 euro 1", "dollar": "$ 1 usd 1 dollar 1", "sterling": "£ 1 gbp 1", "yen": "¥ 1 jpy 1 yen 1",
}.items():  # fmt: skip
    _parts = _table.split()
    _UNITS |= {name: (_dimension, float(size)) for name, size in zip(_parts[::2], _parts[1::2], strict=True)}


class Number(NamedTuple):
    """A number and the unit behind it, "" for none; `text` as it stands."""

    value: float
    unit: str
    text: str


def numeric(check: NumericMatch, answered: Answered) -> CheckOutcome:
    found = numbers_in(answered.answer)
    if not found:
        return failed("The answer holds no number.")
    taken = _taken(answered.answer, found)
    several = f", the last of {len(found)} numbers" if len(found) > 1 else ""
    values = _in_unit(taken, check.unit)
    wanted = f"{check.value:g}{f' {check.unit}' if check.unit else ''}"
    if not values:
        return failed(f"The answer is {taken.text}{several}, which is not counted in {check.unit}.")
    allowed = max(check.absolute, check.relative * abs(check.value))
    if any(math.isfinite(value) and abs(value - check.value) <= allowed for value in values):
        return passed(f"The answer is {taken.text}{several}.")
    near = f" ± {allowed:g}" if allowed > abs(check.value) * 1e-6 else ""
    return failed(f"The answer is {taken.text}{several}; expected was {wanted}{near}.")


def numbers_in(text: str) -> list[Number]:
    """In their order; what stands in a `[1]` is a citation."""
    found = []
    for match in _NUMBER.finditer(without_citations(text)):
        unit = match["before"] or match["unit"] or ""
        known = _known(unit)
        shown = match.group() if known or not match["unit"] else match.group().removesuffix(match["unit"])
        found.append(Number(_value(match), unit if known else "", " ".join(shown.split())))
    return found


def read_number(text: str) -> Number | None:
    """A text that is one number and nothing else."""
    match = _NUMBER.fullmatch(text.strip())
    if match is None:
        return None
    return Number(_value(match), match["before"] or match["unit"] or "", text.strip())


def _taken(answer: str, found: list[Number]) -> Number:
    text = without_citations(answer)
    for mark in reversed(list(_MARKED.finditer(text))):
        after = numbers_in(text[mark.end() :])
        if after:
            return after[0]
    return found[-1]


def _value(match: re.Match[str]) -> float:
    digits = match["digits"]
    if re.fullmatch(r"\d{1,3}(?:\.\d{3})+,\d+", digits):
        digits = digits.replace(".", "").replace(",", ".")
    elif re.fullmatch(r"\d+,\d{1,2}", digits):
        digits = digits.replace(",", ".")
    else:
        digits = re.sub(r"[,\u00a0\u202f'’]", "", digits)
    value = float(digits + (match["power"] or ""))
    if over := match["over"]:
        value = value / float(over[1:]) if float(over[1:]) else math.nan
    value *= _SCALES.get(match["scale"] or "", 1.0)
    return -value if match["sign"] in ("-", "−", "–") else value


def _in_unit(number: Number, unit: str) -> tuple[float, ...]:
    """What the number may be, counted in this unit; nothing when it is of another sort.

    Where no unit was asked for, `12 %` may be meant as 12 or as 0.12.
    """
    has, wants = _known(number.unit), _known(unit)
    if has is None or _plain(number.unit) == _plain(unit):
        return (number.value,)  # a bare number is taken to be in it
    if wants is not None:
        return (number.value * has[1] / wants[1],) if has[0] == wants[0] else ()
    if unit:
        return ()
    return (number.value, number.value * has[1]) if has[0] == "share" else (number.value,)


def _known(unit: str) -> tuple[str, float] | None:
    plain = _plain(unit)
    return _UNITS.get(plain) or _UNITS.get(plain.removesuffix("s"))


def _plain(unit: str) -> str:
    return unit.replace(" ", "").casefold()
