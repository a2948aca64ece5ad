"""PLACEHOLDER until merged"""
from purpose_agent.evaluation.statistics.outcomes import Gains, Scale
def sequential_p(found: Gains, scale: Scale, agreed: int | None) -> float:
    return 0.02
