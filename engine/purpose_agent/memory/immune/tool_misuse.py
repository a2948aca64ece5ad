"""Scanner: commands and code that destroy, open a door or run what a stranger wrote.

The shapes stand in data/tool_shapes.toml. They are those of the shell, of Python and of SQL as these are documented,
not those of one collection of attacks.
"""

import re
import tomllib
from functools import cache
from importlib.resources import files
from typing import NamedTuple

from purpose_agent.memory.immune import speech
from purpose_agent.memory.immune.reading import Reading, by_concepts, by_words, found, severity_of
from purpose_agent.memory.scanning import Finding, Severity

NAME = "tool_misuse"


class Shape(NamedTuple):
    pattern: re.Pattern[str]
    severity: Severity
    why: str


def scan(reading: Reading) -> list[Finding]:
    shaped = _by_shape(reading)
    return shaped or by_concepts(reading, NAME) or by_words(reading, NAME, "It reads like a misuse of tools.")


@cache
def shapes() -> tuple[Shape, ...]:
    stored = files("purpose_agent.memory.immune") / "data" / "tool_shapes.toml"
    rows = tomllib.loads(stored.read_text(encoding="utf-8"))["shape"]
    return tuple(
        Shape(re.compile(row["pattern"], re.IGNORECASE), severity_of(row["severity"]), row["why"]) for row in rows
    )


def _by_shape(reading: Reading) -> list[Finding]:
    for at, view in enumerate(reading.views):
        if reading.about[at]:
            continue
        for pattern, severity, why in shapes():
            match = pattern.search(view.text)
            if match and not speech.is_harmless(view.text, match.start(), match.end()):
                return [found(NAME, severity, why, view, match.start(), match.end())]
    return []
