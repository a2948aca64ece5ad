"""Which asserts are examples, and which are set aside."""

import pytest

from purpose_agent.models.builtin.examples import read_assert, read_asserts


@pytest.mark.parametrize(
    ("test", "args", "result"),
    [
        ("assert f(2) == 4", (2,), 4),
        ("assert 4 == f(2)", (2,), 4),
        ("assert (f(2)) == (4), 'message'", (2,), 4),
        ("assert f('a', [1, 2]) == ['x']", ("a", (1, 2)), ("x",)),
        ("assert f(-1) is True", (-1,), True),
        ("assert f(3)", (3,), True),
        ("assert not f(3)", (3,), False),
        ("assert math.isclose(f(2), 0.5, rel_tol=0.001)", (2,), 0.5),
    ],
)
def test_a_plain_relation_of_call_and_value_is_an_example(test: str, args: tuple[object, ...], result: object) -> None:
    example = read_assert(test)
    assert example is not None
    assert (example.args, example.result) == (args, result)


@pytest.mark.parametrize(
    "test",
    ["assert f(2) > 3", "assert f(x) == 4", "assert len(f(2)) == 4", "assert f(2) == g(2)", "f(2) == 4", "assert",
     "assert f(n=2) == 4", "assert f(2) == {1: 2}", "assert f(__import__('os')) == 1", "assert f(" * 400, ""],
)  # fmt: skip
def test_anything_else_is_set_aside(test: str) -> None:
    assert read_assert(test) is None
    assert read_asserts([test]).unread == (test,)


def test_asserts_about_another_function_are_set_aside_too() -> None:
    reading = read_asserts(["assert f(1) == 1", "assert f(2) == 2", "assert g(1) == 5"])
    assert [example.name for example in reading.examples] == ["f", "f"]
    assert len(reading.unread) == 1
