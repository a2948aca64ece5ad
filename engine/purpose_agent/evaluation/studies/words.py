"""The words for a study, the same on the screen, at the terminal and in reports."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from purpose_agent.evaluation.studies.plan import Part

if TYPE_CHECKING:
    from purpose_agent.evaluation.studies.findings import Comparison

ARMS: Mapping[str, str] = {
    "none": "no memory",
    "empty": "empty memory (control)",
    "episodes": "earlier runs as they were",
    "lessons": "approved lessons",
    "undone": "lessons rolled back",
    "again": "lessons put back",
}
SHORT_ARMS: Mapping[str, str] = {
    "none": "no memory",
    "empty": "empty memory",
    "episodes": "raw episodes",
    "lessons": "lessons",
    "undone": "rolled back",
    "again": "put back",
}
"""As they stand at the end of a line of a picture."""
PARTS: Mapping[Part, str] = {
    "transfer": "Tasks met for the first time",
    "retry": "The same tasks again",
    "harm": "Unrelated tasks",
}
_WITHOUT, _SHORT_CHARS = "without-", 16


def arm_words(name: str) -> str:
    """An arm of somebody else's study is called as they call it."""
    if name.startswith(_WITHOUT):
        return f"without the lesson {name.removeprefix(_WITHOUT)}"
    return ARMS.get(name, name)


def short_arm(name: str) -> str:
    return "without one lesson" if name.startswith(_WITHOUT) else SHORT_ARMS.get(name, name[:_SHORT_CHARS])


def arms_of(comparison: "Comparison") -> str:
    return f"{arm_words(comparison.tested)} against {arm_words(comparison.control)}"


def line(comparison: "Comparison") -> str:
    """`Unrelated tasks, approved lessons against no memory: No clear change: …`"""
    return f"{PARTS[comparison.part]}, {arms_of(comparison)}: {comparison.verdict.sentence}"
