"""Many lessons or arms looked at together: the more one looks at, the more luck one meets.

Two promises to choose from. `holm` keeps the chance of even one error below α; it is for the comparisons of a study,
with the p-value of `sequential`. `paired_gate.confirmed` (e-BH, arXiv 2009.02824) keeps the share of errors among those
named below α, for evidence that may be looked at at any time and hangs together in any way; it is for many lessons.
"""

from collections.abc import Mapping

from purpose_agent.memory.paired_gate import ALPHA, confirmed

__all__ = ["ALPHA", "confirmed", "holm"]


def holm(p_values: Mapping[str, float]) -> dict[str, float]:
    """Adjusted p-values, in the order given: those ≤ α are found, with at most α chance of any error among them.

    Holm, Scandinavian Journal of Statistics 6 (1979) 65. Valid however the tests hang together.
    """
    if not all(0.0 <= p <= 1.0 for p in p_values.values()):
        raise ValueError("p-values lie in [0, 1]")
    adjusted: dict[str, float] = {}
    highest = 0.0
    for rank, (name, p) in enumerate(sorted(p_values.items(), key=lambda item: item[1])):
        highest = max(highest, min(1.0, (len(p_values) - rank) * p))
        adjusted[name] = highest
    return {name: adjusted[name] for name in p_values}
