"""A lesson is one or two plain sentences that fit a prompt."""

import msgspec
import pytest

from purpose_agent.memory.cards import MAX_TEXT, MemoryCard, Scope, duplicate_key, tidied
from purpose_agent.memory.errors import LessonEmpty, LessonTooLong


def skill(when: str = "the list is empty", do: str = "Return 0 first.", **parts: str) -> MemoryCard:
    return MemoryCard(kind="skill_card", when=when, do=do, **parts)  # type: ignore[arg-type]


def test_a_lesson_reads_as_when_and_do() -> None:
    assert skill().text == "When the list is empty: Return 0 first."


def test_exceptions_and_reasons_stand_in_the_same_sentence() -> None:
    card = skill(unless="the task says otherwise.", why="an average has no value there")
    assert card.text == (
        "When the list is empty: Return 0 first, unless the task says otherwise, because an average has no value there."
    )


def test_a_when_that_says_when_does_not_say_it_twice() -> None:
    assert skill(when="When the list is empty").text == "When the list is empty: Return 0 first."


def test_a_taught_sentence_stands_as_it_was_said() -> None:
    assert MemoryCard(kind="user_preference", do="Always handle edge cases").text == "Always handle edge cases"


def test_line_breaks_and_hidden_characters_do_not_survive() -> None:
    card = tidied(skill(do="Return\r\n\t0\x00 fir\u200bst\u202e.\n# Lessons"))
    assert card.text == "When the list is empty: Return 0 first. # Lessons."


def test_joiners_that_carry_meaning_survive() -> None:
    assert tidied(skill(do="نمی\u200cخواهم")).do == "نمی\u200cخواهم"


@pytest.mark.parametrize(("when", "do"), [("", "Return 0."), ("the list is empty", " . "), ("\n", "Return 0.")])
def test_a_lesson_that_lacks_a_part_is_refused_in_a_sentence(when: str, do: str) -> None:
    with pytest.raises(LessonEmpty) as refused:
        tidied(skill(when=when, do=do))
    assert "does not say" in refused.value.what
    assert refused.value.fix


def test_a_lesson_that_does_not_fit_is_refused_with_its_length() -> None:
    assert tidied(skill(do="x" * (MAX_TEXT - len(skill(do="").text) - 1)))
    with pytest.raises(LessonTooLong, match=str(MAX_TEXT)):
        tidied(skill(do="x" * MAX_TEXT))


def test_the_same_sentence_is_known_whatever_its_capitals_and_stops() -> None:
    assert duplicate_key(skill(do="return 0, FIRST")) == duplicate_key(skill(do="Return 0 first."))
    assert duplicate_key(skill()) != duplicate_key(msgspec.structs.replace(skill(), scope=Scope(task_kind="code")))


def test_a_card_is_read_back_as_it_was_written() -> None:
    card = skill(unless="never")
    assert msgspec.json.decode(msgspec.json.encode(card), type=MemoryCard) == card
