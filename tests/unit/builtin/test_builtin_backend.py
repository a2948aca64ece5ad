"""The built-in model as the loop meets it: a prompt goes in, an action or an honest refusal comes out."""

import asyncio
import json
import time
from typing import Any

import pytest

from purpose_agent.models.backend import Backend, Message
from purpose_agent.models.builtin import BuiltinBackend, BuiltinRefusal
from purpose_agent.models.prompt_sections import Section, render

FIBONACCI = "assert fib(0) == 0\nassert fib(1) == 1\nassert fib(2) == 1\nassert fib(7) == 13\nassert fib(10) == 55"
HARD = "assert odd_one(1) == 77\nassert odd_one(2) == -3\nassert odd_one(3) == 12345\nassert odd_one(9) == 8"


def prompt(**sections: str) -> list[Message]:
    named: dict[Section, str] = {name.capitalize(): body for name, body in sections.items()}  # type: ignore[misc]
    return [Message(role="system", content="You are a helper."), Message(role="user", content=render(named))]


async def run(backend: BuiltinBackend, **sections: str) -> tuple[dict[str, Any], int]:
    """As the loop does it: the state tells the attempts so far."""
    attempts = 0
    while True:
        reply = await backend.generate(prompt(**sections, state=json.dumps({"attempts": attempts})))
        attempts += reply.usage.attempts
        action = json.loads(reply.text)
        if action["done"]:
            return action, attempts


def solve(**sections: str) -> tuple[dict[str, Any], int]:
    return asyncio.run(run(BuiltinBackend(), **sections))


def call(code: str, name: str, *args: object) -> object:
    space: dict[str, Any] = {}
    exec(code, space)
    return space[name](*args)


def test_it_stands_behind_the_port_of_every_model_and_says_what_it_cannot_do() -> None:
    backend = BuiltinBackend()
    assert isinstance(backend, Backend)
    assert backend.name == "builtin:search"
    assert not backend.capabilities.roles
    assert not backend.capabilities.critic
    assert backend.capabilities.local
    assert backend.capabilities.free


def test_fibonacci_is_found_from_five_values_and_told_with_its_method() -> None:
    action, attempts = solve(task="Write fibonacci", tests=FIBONACCI)
    assert call(action["answer"], "fib", 30) == 832040
    assert action["method"] == "recurrence(order2, add)"
    assert f"{attempts:,} programs" in action["thought"]


def test_a_lesson_that_names_the_method_saves_nearly_all_attempts() -> None:
    lesson = "- When the task is code: number → number: Try the method `recurrence(order2, add)` first."
    _, alone = solve(task="Write fibonacci", tests=FIBONACCI)
    action, helped = solve(task="Write fibonacci", tests=FIBONACCI, lessons=lesson)
    assert call(action["answer"], "fib", 30) == 832040
    assert helped < alone / 10


def test_a_lesson_typed_by_a_person_without_backticks_helps_as_much() -> None:
    _, helped = solve(task="Write fibonacci", tests=FIBONACCI, lessons="- use method recurrence(order2, add)")
    _, alone = solve(task="Write fibonacci", tests=FIBONACCI)
    assert helped < 2_000 < alone


def test_what_a_lesson_leads_to_by_chance_gives_way_to_what_is_simpler() -> None:
    for lesson, tests, wanted in (
        (
            "Try the method `fold(digits, sum, square)` first.",
            "assert square(2) == 4\nassert square(5) == 25\nassert square(0) == 0\nassert square(7) == 49",
            ("square", 12, 144),
        ),
        (
            "Try the method `comprehension(words_of, join_spaces, reverse_text)` first.",
            "assert backwards('abc') == 'cba'\nassert backwards('') == ''\nassert backwards('xy') == 'yx'",
            ("backwards", "ab cd", "dc ba"),
        ),
    ):
        name, given, result = wanted
        action, _ = solve(task=f"Write {name}", tests=tests, lessons=lesson)
        assert call(action["answer"], name, given) == result, action["answer"]


def test_a_wrong_lesson_costs_little_and_hides_nothing() -> None:
    lesson = "- When the task is a list: Try the method `fold(sum, is_even)` first."
    action, attempts = solve(task="Write fibonacci", tests=FIBONACCI, lessons=lesson)
    _, alone = solve(task="Write fibonacci", tests=FIBONACCI)
    assert call(action["answer"], "fib", 30) == 832040
    assert attempts < alone + 25_000


def test_the_parameter_names_of_the_task_are_kept() -> None:
    action, _ = solve(
        task="Write `def area(width, height)`: the area of a rectangle.",
        tests="assert area(2, 3) == 6\nassert area(4, 5) == 20\nassert area(7, 1) == 7",
    )
    assert "def area(width, height):" in action["answer"]
    assert "width * height" in action["answer"]


def test_drafts_on_the_way_never_meet_all_examples_before_the_search_has_decided() -> None:
    async def drafts() -> list[dict[str, Any]]:
        backend, attempts, seen = BuiltinBackend(slice_attempts=500), 0, []
        while not seen or not seen[-1]["done"]:
            reply = await backend.generate(prompt(task="f", tests=FIBONACCI, state=json.dumps({"attempts": attempts})))
            attempts += reply.usage.attempts
            seen.append(json.loads(reply.text))
        return seen

    seen = asyncio.run(drafts())
    assert len(seen) > 3
    assert all("of 5 examples" in draft["thought"] for draft in seen[:-1] if draft["answer"])
    assert "all 5 examples" in seen[-1]["thought"]


def test_a_lost_search_is_rebuilt_and_ends_the_same() -> None:
    async def with_new_backend_each_call() -> tuple[str, int]:
        attempts = 0
        while True:
            backend = BuiltinBackend(slice_attempts=2000)
            reply = await backend.generate(prompt(task="f", tests=FIBONACCI, state=f"- attempts: {attempts}"))
            attempts += reply.usage.attempts
            action = json.loads(reply.text)
            if action["done"]:
                return action["answer"], attempts

    async def with_one() -> tuple[dict[str, Any], int]:
        return await run(BuiltinBackend(slice_attempts=2000), task="f", tests=FIBONACCI)

    rebuilt, kept = asyncio.run(with_new_backend_each_call()), asyncio.run(with_one())
    assert rebuilt == (kept[0]["answer"], kept[1])


def test_two_programs_that_fit_make_it_ask_for_one_more_example() -> None:
    with pytest.raises(BuiltinRefusal, match="Two short programs fit") as refused:
        solve(task="Make f", tests="assert f(2) == 4\nassert f(0) == 0")
    assert refused.value.fix.startswith("What should f(")
    assert refused.value.usage.attempts > 0
    assert not refused.value.retryable


def test_a_lesson_breaks_the_tie_between_two_programs() -> None:
    lessons = "- When the task is a number: Try the method `expression(square)` first."
    action, _ = solve(task="Make f", tests="assert f(2) == 4\nassert f(0) == 0", lessons=lessons)
    assert call(action["answer"], "f", 5) == 25


def test_a_task_beyond_it_ends_in_seconds_with_what_would_help() -> None:
    started = time.process_time()
    with pytest.raises(BuiltinRefusal, match="none meets all examples") as refused:
        solve(task="Make odd_one", tests=HARD)
    assert time.process_time() - started < 20
    assert "language model" in refused.value.fix


@pytest.mark.parametrize("text", ["Write a blog post", "Hello!", ""])
def test_free_writing_is_refused_with_the_way_out(text: str) -> None:
    with pytest.raises(BuiltinRefusal, match="cannot write freely") as refused:
        solve(task=text)
    assert "f(2) -> 4" in refused.value.fix


def test_examples_that_contradict_each_other_are_named() -> None:
    with pytest.raises(BuiltinRefusal, match=r"f\(2\) should give both 4 and 5"):
        solve(task="f", tests="assert f(2) == 4\nassert f(2) == 5")


def test_tests_that_are_no_examples_are_told_not_guessed() -> None:
    with pytest.raises(BuiltinRefusal, match="could not read any of the tests"):
        solve(task="f", tests="assert len(f(2)) > 3")


def test_unread_tests_leave_the_last_word_to_the_environment() -> None:
    tests = "assert f(2) == 4\nassert f(3) == 9\nassert f(5) == 25\nassert f(7) > 40"

    async def first() -> dict[str, Any]:
        reply = await BuiltinBackend().generate(prompt(task="Square a number", tests=tests))
        action: dict[str, Any] = json.loads(reply.text)
        return action

    action = asyncio.run(first())
    assert call(action["answer"], "f", 6) == 36
    assert action["done"] is False
    assert "1 tests were not readable" in action["thought"]


def test_a_cancel_is_felt_within_two_seconds() -> None:
    async def cancelled_after() -> float:
        backend = BuiltinBackend(total_attempts=10_000_000, slice_attempts=10_000_000)
        working = asyncio.create_task(backend.generate(prompt(task="f", tests=HARD)))
        await asyncio.sleep(0.2)
        started = time.perf_counter()
        working.cancel()
        with pytest.raises(asyncio.CancelledError):
            await working
        return time.perf_counter() - started

    assert asyncio.run(cancelled_after()) < 2


def test_a_question_is_answered_from_the_sources_with_a_citation() -> None:
    sources = "[1] policy.md, line 3\nRefunds are paid within 14 days.\n\n[2] shop.md\nWe sell apples."
    action, attempts = solve(task="How soon are refunds paid?", sources=sources)
    assert action["answer"] == "Refunds are paid within 14 days. [1]"
    assert attempts == 0


def test_what_the_sources_do_not_say_is_not_answered() -> None:
    action, _ = solve(task="Who is the director?", sources="[1] policy.md\nRefunds are paid within 14 days.")
    assert action["answer"].startswith("I don't know: your documents do not say")
