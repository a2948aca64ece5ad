"""How a run went by somebody other than the model that did it."""

from purpose_agent.types import EvidenceTier, Score, Task


def outside_verdict(score: Score, task: Task) -> Score | None:
    """None when nobody can say. A task with tests and no tested draft has failed them.

    Only for a run that came to an end: one that was stopped or that a fault broke off says nothing.
    """
    if score.is_from_outside:
        return score
    if not task.tests:
        return None
    tier: EvidenceTier = "given_tests" if task.tests_from == "given" else "generated_tests"
    return Score(phi=0.0, tier=tier, evidence="no draft reached the tests", confidence=1.0, total=len(task.tests))
