"""How approved lessons steer the search: "method `fold(sum, is_even)`" in a lesson names where to look first."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from purpose_agent.models.builtin.pipelines import REDUCERS, SOURCE_PARTS
from purpose_agent.models.builtin.sketches import Space

SKETCHES = ("expression", "fold", "comprehension", "compose", "recurrence", "accumulate", "decision", "lift")
REDUCER_PARTS = frozenset(reducer.part for reducer in REDUCERS)
FRAME_PARTS = REDUCER_PARTS | SOURCE_PARTS | {"order1", "order2", "order3"}
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
        found.append(_space(name.lower(), names))
    return list(dict.fromkeys(found))


def stages(lessons: str, budget: int) -> list[Stage]:
    """From just what a lesson names to everything, each stage wider and with more attempts than the one before.

    1. each method as it stands: its frame and its parts, only constants are open
    2. the parts of all methods of a sketch together
    3. the frames of the methods, with any parts filled in
    4. the sources and orders of the methods, with any reducer and parts
    5. everything

    So a lesson that does not fit costs little, and one about a near task helps although the parts differ.
    """
    plan: list[Stage] = []
    named = methods_in(lessons)
    if named:
        tried = set(named)
        plan.append(Stage(tuple(named), 400 * len(named), True))
        for spaces, attempts in ((_joined(named), 3_000), (_frames(named), 8_000), (_roots(named), 12_000)):
            plan.append(Stage(tuple(space for space in dict.fromkeys(spaces) if space not in tried), attempts, True))
            tried |= set(spaces)
    plan.append(Stage(tuple(Space(sketch) for sketch in SKETCHES), budget, False))
    return plan


def _space(sketch: str, names: frozenset[str]) -> Space:
    return Space(sketch, names - FRAME_PARTS, names & FRAME_PARTS, depth=6)


def _joined(named: Sequence[Space]) -> list[Space]:
    """One space a sketch, with every part that any lesson on it names."""
    names: dict[str, frozenset[str]] = {}
    for space in named:
        names[space.sketch] = names.get(space.sketch, frozenset()).union(space.parts or (), space.frame or ())
    return [_space(sketch, each) for sketch, each in names.items()]


def _frames(named: Sequence[Space]) -> list[Space]:
    return [Space(space.sketch, None, space.frame) for space in named]


def _roots(named: Sequence[Space]) -> list[Space]:
    """Folds and comprehensions over the sources that the lessons name."""
    sources = frozenset(part for space in named for part in space.frame or () if part in SOURCE_PARTS)
    sketches = [sketch for sketch in ("fold", "comprehension") if any(space.sketch == sketch for space in named)]
    return [Space(sketch, None, sources | REDUCER_PARTS) for sketch in sketches]
