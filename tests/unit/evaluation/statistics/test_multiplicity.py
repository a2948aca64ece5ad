"""Looking at many comparisons at once does not make luck into a finding."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from purpose_agent.evaluation.statistics.multiplicity import confirmed, holm

p_values = st.dictionaries(st.text("abcdefgh", min_size=1, max_size=3), st.floats(0, 1), max_size=8)


def test_holm_gives_the_figures_of_the_textbook_example() -> None:
    # https://en.wikipedia.org/wiki/Holm-Bonferroni_method: of four, the first and the last hold at 5 %.
    found = holm({"h1": 0.01, "h2": 0.04, "h3": 0.03, "h4": 0.005})
    assert found == pytest.approx({"h1": 0.03, "h2": 0.06, "h3": 0.06, "h4": 0.02})
    assert list(found) == ["h1", "h2", "h3", "h4"]


@given(p_values)
def test_holm_lies_between_each_p_value_and_bonferroni_and_keeps_their_order(p: dict[str, float]) -> None:
    found = holm(p)
    for name, value in p.items():
        assert value <= found[name] <= min(1.0, len(p) * value)
    in_order = sorted(p, key=lambda name: p[name])
    assert [found[name] for name in in_order] == sorted(found.values())


def test_no_p_value_lies_outside() -> None:
    with pytest.raises(ValueError, match="p-values"):
        holm({"a": 1.2})


def test_many_lessons_share_one_risk_by_e_values() -> None:
    assert confirmed({"a": 70.0, "b": 25.0, "c": 1.0}) == {"a"}
