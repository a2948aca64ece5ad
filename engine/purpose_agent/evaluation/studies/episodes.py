"""Raw episodes: earlier runs as they were, found by likeness alone. What lessons are held against in a study.

No person approved them, so they reach prompts in the arm of a study that is made for them, and nowhere else.
"""

from collections.abc import Sequence

from purpose_agent.memory.immune.fence import fenced
from purpose_agent.models.embedding.choose import shipped_embedder
from purpose_agent.types import Record, RunResult

MOST = 3
MAX_CHARS = 1_200


class Episode(Record, frozen=True, kw_only=True):
    """What was asked, what was answered, and how it went by what could be seen then."""

    task: str
    answer: str
    went: str

    @property
    def text(self) -> str:
        told = f"An earlier task: {self.task}\nIts answer:\n{self.answer[:MAX_CHARS]}\nHow it went: {self.went}"
        return fenced(told, "tool", "an earlier run").text


def episode_of(result: RunResult) -> Episode | None:
    """None for a run without an answer. Hidden tests are not in it: who answers must never learn of them."""
    if not result.answer:
        return None
    phi = "" if result.phi is None else f" (Φ {result.phi:.1f})"
    went = f"{'solved' if result.success else 'not solved'}{phi}"
    return Episode(task=result.task, answer=result.answer, went=went)


def most_alike(task: str, episodes: Sequence[Episode], most: int = MOST) -> list[Episode]:
    """By cosine of the tasks' words, the most alike first."""
    if not episodes:
        return []
    vectors = shipped_embedder().embed([task, *(episode.task for episode in episodes)])
    cosines = vectors[1:] @ vectors[0]
    return [episodes[place] for place in sorted(range(len(episodes)), key=lambda at: (-cosines[at], -at))[:most]]
