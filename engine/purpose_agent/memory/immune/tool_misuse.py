"""Scanner: commands and code that destroy, open a door or run what a stranger wrote.

The shapes stand in data/tool_shapes.toml. They are those of the shell, of Python and of SQL as these are documented,
not those of one collection of attacks.
"""

import itertools
import re
import tomllib
from functools import cache
from importlib.resources import files
from typing import NamedTuple

from purpose_agent.memory.immune import speech
from purpose_agent.memory.immune.reading import Reading, by_concepts, by_words, found, severity_of
from purpose_agent.memory.scanning import Finding, Severity

NAME = "tool_misuse"
_MOST_PLACES = 5  # the first may be a warning, and the second the deed

_COMMAND_LINE = re.compile(
    r"(?:^|[\n`>$:(]|\b(?:run|use|with)\b)\s*(?:sudo\s+)?(?:kill|ls|cat|cd|tar|git|docker|make|echo|find|grep|awk|sed|sort|export|"
    r"npm|pip|python3?|ssh|ps|journalctl|kubectl|psql|systemctl|rsync|wc|head|tail|du|df|curl|jq|chmod|chown|mkdir|cp)"
    r"\s[^\n`]{0,200}$"
)
_BOUND_QUERY = re.compile(r"execute\w*\([^\n]{0,200}(?:%s|\?|:\w{1,30})[^\n]{0,80}[\"']\)?,\s*[(\[{]", re.IGNORECASE)
"""A query whose values are bound and not joined into it."""
_HARMLESS_NEXT = re.compile(r"\W*(?:cat|ls|echo|type|dir|sleep|touch|which|ps|python3?|uname|id|chmod)\b")


class Shape(NamedTuple):
    pattern: re.Pattern[str]
    severity: Severity
    why: str
    hints: tuple[str, ...]
    value: bool = False  # a threat only where it hangs on a value; on a command line it is how commands are joined


def scan(reading: Reading) -> list[Finding]:
    shaped = _by_shape(reading)
    certain = shaped or by_concepts(reading, NAME)
    if certain or _BOUND_QUERY.search(reading.text):
        return certain
    return by_words(reading, NAME, "It reads like a dangerous use of a tool.")


@cache
def shapes() -> tuple[Shape, ...]:
    stored = files("purpose_agent.memory.immune") / "data" / "tool_shapes.toml"
    rows = tomllib.loads(stored.read_text(encoding="utf-8"))["shape"]
    return tuple(
        Shape(
            re.compile(row["pattern"], re.IGNORECASE),
            severity_of(row["severity"]),
            row["why"],
            tuple(row["hints"]),
            row.get("value", False),
        )
        for row in rows
    )


def _by_shape(reading: Reading) -> list[Finding]:
    for at, view in enumerate(reading.views):
        if reading.about[at]:
            continue
        lowered = view.text.lower()
        for shape in shapes():
            if not any(hint in lowered for hint in shape.hints):
                continue
            for match in itertools.islice(shape.pattern.finditer(view.text), _MOST_PLACES):
                if shape.value and _joins_commands(view.text, match):
                    continue
                if not speech.is_harmless(view.text, match.start(), match.end()):
                    return [found(NAME, shape.severity, shape.why, view, match.start(), match.end())]
    return []


def _joins_commands(text: str, match: re.Match[str]) -> bool:
    return bool(_COMMAND_LINE.search(text[: match.start() + 1]) and _HARMLESS_NEXT.search(match.group().lower()))
