"""Arithmetic is exact, bounded, and nothing but arithmetic."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from purpose_agent.tools.calculator import calculate
from purpose_agent.tools.errors import ToolError


@pytest.mark.parametrize(
    ("expression", "value"),
    [
        ("2 + 3 * 4", 14), ("(2 + 3) * 4", 20), ("2 ** 100", 2**100), ("7 // 2", 3), ("-7 % 3", 2), ("1 / 4", 0.25),
        ("sqrt(16)", 4.0), ("max(1, 2, 3)", 3), ("round(2.567, 2)", 2.57), ("-(-3)", 3), (" 1_000 ", 1000),
        ("2 ** -1", 0.5), ("pi > 3", None),
    ],
)  # fmt: skip
def test_it_calculates(expression: str, value: float | None) -> None:
    if value is None:
        with pytest.raises(ToolError, match="not arithmetic"):
            calculate(expression)
    else:
        assert calculate(expression) == value


@pytest.mark.parametrize(
    "expression",
    [
        "9 ** 9 ** 9", "10 ** 10 ** 10", "(10 ** 5000) * (10 ** 5000)", "__import__('os').system('ls')", "a", "",
        "1 / 0", "'a' * 10", "[1] * 9", "(lambda: 1)()", "(1).__class__", "True + 1", "1e308 * 10", "sqrt(-1)",
        "(-8) ** 0.5", "sqrt(1, 2)", "round(1.5, 0.5)", "1 if 1 else 2", "(" * 500 + "1" + ")" * 500, "1 + " * 300,
        "0 ** -1", "9.9 ** 9999", "\0", "x" * 2000, "sqrt(x=4)", "gcd(1.5, 2)", "1j ** 2",
    ],
)  # fmt: skip
def test_what_is_no_sound_arithmetic_gets_a_sentence_at_once(expression: str) -> None:
    started = time.monotonic()
    with pytest.raises(ToolError) as caught:
        calculate(expression)
    assert caught.value.what.endswith(".")
    assert time.monotonic() - started < 0.5


@given(st.integers(-(10**9), 10**9), st.integers(-(10**9), 10**9), st.sampled_from(["+", "-", "*"]))
def test_it_agrees_with_python(a: int, b: int, sign: str) -> None:
    assert calculate(f"({a}) {sign} ({b})") == eval(f"({a}) {sign} ({b})")
