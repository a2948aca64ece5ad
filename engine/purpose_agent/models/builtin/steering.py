"""How approved lessons steer the search: "method `fold(sum, is_even)`" in a lesson names where to look first."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from purpose_agent.models.builtin.sketches import Space

SKETCHES = ("expression", "fold", "comprehension", "compose", "recurrence", "accumulate", "decision", "lift")
_METHOD = re.compile(rf"\b({'|'.join(SKETCHES)})\s*\(([\w\s,]*)\)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Stage:
    """Spaces searched side by side, up to a number of attempts."""

    spaces: tuple[Space, ...]
    attempts: int
    from_lessons: bool


def methods_in(lessons: str) -> list[Space]:
    """Every method that the lessons name, in their order, with or without backticks."""
    found = []
    for name, parts in _METHOD.findall(lessons):
        names = frozenset(part.strip().lower() for part in parts.split(",") if part.strip())
        found.append(Space(name.lower(), names))
    return list(dict.fromkeys(found))


def stages(lessons: str, budget: int) -> list[Stage]:
    """First just what a lesson names, then the parts of all of them together, then their sketches, then everything.

    Each stage is wider and gets more attempts, so a lesson that does not fit costs little.
    """
    plan: list[Stage] = []
    named = methods_in(lessons)
    if named:
        joined = _joined(named)
        plan.append(Stage(tuple(named), 400 * len(named), True))
        plan.append(Stage(tuple(space for space in joined if space not in named), 3000, True))
    plan.append(Stage(tuple(Space(sketch) for sketch in SKETCHES), budget, False))
    return plan


def _joined(named: Sequence[Space]) -> list[Space]:
    """One space a sketch, with every part that any lesson on it names."""
    parts: dict[str, frozenset[str]] = {}
    for space in named:
        parts[space.sketch] = parts.get(space.sketch, frozenset()) | (space.parts or frozenset())
    return [Space(sketch, each) for sketch, each in parts.items()]
