"""`teach`, `status` and `review`: the loop of learning closes at the command line too."""

from tests.unit.cli.conftest import Command

SUMS = {(3, 1, 4, 1, 5, 9): 4, (): 0, (12, 7, 6, 15): 18, (2, 11, 20): 22}


def sum_evens(name: str = "sum_evens") -> list[str]:
    """A task whose lesson helps the same task under another name."""
    tests = (f"assert {name}({list(numbers)}) == {total}" for numbers, total in SUMS.items())
    line = ["run", f"Add up the even numbers in a list. Call the function `{name}`."]
    return [*line, *(part for test in tests for part in ("--test", test))]


def test_a_taught_rule_is_in_use_at_once(command: Command) -> None:
    done = command("teach", "Always handle the empty list.")
    assert done.code == 0, done.err
    assert "Always handle the empty list" in done.out
    assert command("status", "--json").data["lessons_in_use"] == 1


def test_an_empty_lesson_is_asked_for(command: Command) -> None:
    done = command("teach", " ")
    assert done.code == 3
    assert "empty" in done.err


def test_status_tells_team_model_and_why(command: Command) -> None:
    done = command("status", "--purpose", "Write Python code and test it")
    assert "architect + coder + tester" in done.out
    assert "builtin:search" in done.out


def test_a_lesson_waits_is_approved_and_then_used(command: Command) -> None:
    assert command(*sum_evens()).code == 0
    [waiting, *_] = command("review", "--json").data
    assert waiting["status"] == "quarantined"
    assert command("review", "approve", waiting["card_id"][:8], "--reason", "it held").code == 0
    assert command("status", "--json").data["lessons_in_use"] == 1
    done = command(*sum_evens("total_of_evens"), "--json")
    assert [use["card_id"] for use in done.data["lessons"]] == [waiting["card_id"]]


def test_a_lesson_is_turned_down_and_waits_no_more(command: Command) -> None:
    assert command(*sum_evens()).code == 0
    for lesson in command("review", "--json").data:
        assert command("review", "reject", lesson["card_id"]).code == 0
    assert "No lesson waits for you" in command("review").out


def test_a_lesson_in_use_is_taken_back(command: Command) -> None:
    card = command("teach", "Always use type hints.", "--json").data
    done = command("review", "reject", card["card_id"])
    assert "Taken out of use" in done.out
    assert command("status", "--json").data["lessons_in_use"] == 0


def test_an_unknown_lesson_is_named(command: Command) -> None:
    done = command("review", "approve", "no-such-lesson")
    assert done.code == 3
    assert "no-such-lesson" in done.err
