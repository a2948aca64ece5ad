"""What is read from replies as real models write them."""

import pytest

from purpose_agent.models.backend import Reply, ToolCall
from purpose_agent.models.code_blocks import CodeBlock, code_blocks, extract_code
from purpose_agent.models.reply_parsing import (
    ParseFailure,
    action_from_reply,
    final_answer,
    parse_action,
    parse_asserts,
    parse_score,
    split_thinking,
)
from purpose_agent.types import Action

FIB = "def fib(n):\n    return n if n < 2 else fib(n - 1) + fib(n - 2)"


def why(text: str) -> str:
    failure = parse_action(text)
    assert isinstance(failure, ParseFailure)
    return failure.why


def test_a_fence_left_open_still_gives_its_code() -> None:
    assert code_blocks(f"Sure!\n```python\n{FIB}") == [CodeBlock(language="python", code=FIB, closed=False)]


def test_a_fence_written_twice_is_one_block() -> None:
    assert [block.code for block in code_blocks(f"```python\n```python\n{FIB}\n```\n```")] == [FIB]


def test_a_block_left_open_before_the_next_one_is_a_block_of_its_own() -> None:
    found = code_blocks(f"```python\n{FIB}\nand then\n```python\nx = 1\n```")
    assert [(block.closed, block.code[:3]) for block in found] == [(False, "def"), (True, "x =")]


def test_a_fence_behind_a_word_and_one_behind_the_last_line_of_code_are_seen() -> None:
    assert extract_code(f"Answer: ```python\n{FIB}```") == FIB


def test_a_fence_in_a_string_does_not_end_the_block() -> None:
    code = "def fence():\n    return '```'"
    assert extract_code(f"```python\n{code}\n```") == code


def test_fences_in_a_docstring_belong_to_the_code() -> None:
    code = 'def f(x):\n    """Example:\n\n    ```\n    f(1)\n    ```\n    """\n    return x'
    assert extract_code(f"```python\n{code}\n```\nDone.") == code
    indented = "```python\nx = 1\n      ```\nSome words after it."
    assert code_blocks(indented) == [CodeBlock(language="python", code="x = 1")]


def test_code_without_a_fence_that_broke_off_is_given_as_it_stands_not_gutted() -> None:
    cut = 'def f(text):\n    """Find words."""\n\n    words = ["a", "b", "c'
    assert extract_code(cut) == cut


def test_the_inside_of_a_function_is_given_as_it_stands() -> None:
    body = "    for i in range(3):\n        x += i\n    return x\n\ndef helper():\n    return 1"
    assert extract_code("\n" + body) == body


def test_a_block_in_a_list_loses_the_indentation_of_the_list() -> None:
    text = "1. Do this:\n\n   ```python\n   def f(x):\n       return x\n   ```\n"
    assert extract_code(text) == "def f(x):\n    return x"


def test_the_block_that_defines_the_entry_point_is_taken_not_the_example_after_it() -> None:
    text = f"```python\n{FIB}\n```\nUse it:\n```python\nprint(fib(3))\n```\nOutput:\n```\n2\n```"
    assert extract_code(text, "fib") == FIB
    assert extract_code(text) == FIB


def test_of_two_versions_the_later_one_counts() -> None:
    text = f"```python\ndef fib(n): return n\n```\nWait, that is wrong.\n```python\n{FIB}\n```"
    assert extract_code(text, "fib") == FIB


def test_code_between_sentences_without_a_fence_is_found() -> None:
    assert extract_code(f"Here is the function you asked for.\n\n{FIB}\n\nIt calls itself twice, so it is slow.") == FIB


def test_a_sentence_is_no_code() -> None:
    assert extract_code("Yes") is None
    assert extract_code("I am not able to help with that.") is None


def test_a_shell_block_is_no_program() -> None:
    assert extract_code("```bash\npip install x\n```") is None


def test_asserts_of_a_pytest_function_are_found_unless_they_rest_on_its_locals() -> None:
    text = "def test_fib():\n    n = 3\n    assert fib(n) == 2\n    assert fib(4) == 3\n\nassert fib(0) == 0"
    assert parse_asserts(text) == ["assert fib(4) == 3", "assert fib(0) == 0"]


def test_a_completion_that_was_cut_off_keeps_its_whole_asserts() -> None:
    text = 'f("") == "", "empty"\nassert f("a") == """\na\n"""\nassert f("b") == """\nb'
    assert parse_asserts(text) == ['assert f("") == "", "empty"', 'assert f("a") == """\na\n"""']


def test_a_json_action_is_read_bare_fenced_tagged_or_after_a_sentence() -> None:
    written = '{"thought": "add", "tool": "calculator", "args": {"expression": "1+1"}}'
    expected = Action(thought="add", tool="calculator", args={"expression": "1+1"})
    for text in (
        written,
        f"```json\n{written}\n```",
        f"Let me see.\n{written}\nDone.",
        f"<tool_call>{written}</tool_call>",
    ):
        assert parse_action(text) == expected


def test_the_names_that_other_frameworks_use_are_understood() -> None:
    assert parse_action('{"name": "calc", "arguments": "{\\"x\\": 1}"}') == Action(tool="calc", args={"x": 1})
    assert parse_action('{"action": "calc", "action_input": {"x": 1}}') == Action(tool="calc", args={"x": 1})
    assert parse_action('{"final_answer": 42, "done": "true"}') == Action(answer="42", done=True)


def test_code_behind_a_thought_in_json_is_the_draft() -> None:
    assert parse_action(f'{{"thought": "t"}}\n```python\n{FIB}\n```') == Action(thought="t", answer=FIB)
    assert isinstance(parse_action('```\n{"thought": "t"}\n```'), ParseFailure)


def test_an_action_in_a_fence_for_python_is_an_action() -> None:
    assert parse_action("```python\n{'tool': 'now', 'args': {}}\n```") == Action(tool="now")


def test_of_several_actions_the_first_counts() -> None:
    text = '{"tool": "a", "args": {}}\nObservation: 7\n{"answer": "7", "done": true}'
    assert parse_action(text) == Action(tool="a")


def test_raw_line_breaks_and_python_literals_are_read() -> None:
    assert parse_action(f'{{"answer": "{FIB}", "done": false}}') == Action(answer=FIB)
    assert parse_action("{'answer': 'yes', 'done': True}") == Action(answer="yes", done=True)


def test_a_fence_around_the_answer_in_json_is_taken_off() -> None:
    action = parse_action('{"answer": "```python\\ndef f(x):\\n    return x\\n```", "done": true}')
    assert action == Action(answer="def f(x):\n    return x", done=True)


def test_broken_json_is_mended() -> None:
    action = parse_action('{"thought": "it is simple", "answer": "42", "done": true,')
    assert isinstance(action, Action)
    assert (action.answer, action.done) == ("42", False)  # the reply was cut, so the answer is a draft
    assert parse_action('{thought: "t", tool: "calculator", args: {expression: "2*3"}}') == Action(
        thought="t", tool="calculator", args={"expression": "2*3"}
    )


def test_a_tool_call_that_was_cut_off_is_refused() -> None:
    assert "cut off in the middle of a tool call" in why(
        '{"tool": "write_file", "args": {"path": "a.txt", "content": "Dear'
    )


def test_no_value_is_filled_in_for_a_missing_one() -> None:
    assert isinstance(parse_action('{"thought": "t", "answer":'), ParseFailure)


def test_react_lines_are_read_and_imagined_observations_are_not() -> None:
    text = 'Thought: I add.\nAction: calculator\nAction Input: {"expression": "1+1"}\nObservation: 3\nFinal Answer: 3'
    assert parse_action(text) == Action(thought="I add.", tool="calculator", args={"expression": "1+1"})
    assert parse_action('Thought: t\nAction: calculator(expression="1+1")') == Action(
        thought="t", tool="calculator", args={"expression": "1+1"}
    )
    assert parse_action("Thought: I know.\nFinal Answer: 2") == Action(thought="I know.", answer="2", done=True)


def test_a_react_input_whose_parameter_is_not_named_is_not_guessed() -> None:
    assert "JSON object" in why("Thought: t\nAction: calculator\nAction Input: 1+1")


def test_code_in_plain_text_is_a_draft() -> None:
    assert parse_action(f"I recurse.\n```python\n{FIB}\n```") == Action(thought="I recurse.", answer=FIB)


def test_a_tagged_answer_counts_before_code_that_led_to_it() -> None:
    text = "I count them.\n```python\nprint(860)\n```\nFINAL ANSWER:\n<answer>\n860\n</answer>"
    assert parse_action(text) == Action(answer="860", done=True)
    assert parse_action(f"<answer>\n```python\n{FIB}\n```\n</answer>") == Action(answer=FIB, done=True)
    assert parse_action(f"Answer: ```python\n{FIB}\n```") == Action(thought="Answer:", answer=FIB)
    in_code = 'def wrap(x):\n    return f"<answer>{x}</answer>"'
    assert parse_action(f"```python\n{in_code}\n```") == Action(answer=in_code)


def test_thinking_is_set_apart() -> None:
    assert split_thinking("<think>hm, {</think>\nyes") == ("hm, {", "yes")
    assert split_thinking("hm\n</think>\n\nyes") == ("hm", "yes")
    assert split_thinking("<think>still") == ("still", "")
    assert parse_action('<think>{"answer": "no"}</think>{"answer": "yes"}') == Action(answer="yes")


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "The reply is empty."),
        ("<think>let me", "still thinking"),
        ("I will do it soon.", "plain text without an action"),
        ('{"thought": "hm"}', "neither a tool nor an answer"),
        ('{"tool": "t", "args": [1]}', '"args" must be a JSON object'),
        ('{"answer": "x", "done": "maybe"}', '"done" must be true or false'),
        ('{"tool": 3, "args": {}}', '"tool" must be the name'),
    ],
)
def test_what_cannot_be_used_is_told_in_a_sentence(text: str, reason: str) -> None:
    assert reason in why(text)


def test_a_tool_call_of_the_provider_comes_before_the_text() -> None:
    reply = Reply(text="I add.", tool_calls=(ToolCall(name="calculator", args={"expression": "1"}),))
    assert action_from_reply(reply) == Action(thought="I add.", tool="calculator", args={"expression": "1"})
    assert action_from_reply(Reply(text='{"answer": "1"}')) == Action(answer="1")


@pytest.mark.parametrize(
    ("phi", "expected"), [("7", 7.0), ("7.5", 7.5), ('"8"', 8.0), ('"8/10"', 8.0), ("0", 0.0), ("10.0", 10.0)]
)
def test_a_score_is_the_number_that_was_written(phi: str, expected: float) -> None:
    verdict = parse_score(f'My verdict:\n```json\n{{"phi": {phi}, "evidence": "2 tests pass", "confidence": 0.9}}\n```')
    assert not isinstance(verdict, ParseFailure)
    assert (verdict["phi"], verdict["evidence"], verdict["confidence"]) == (expected, "2 tests pass", 0.9)
    assert verdict["looks_like_progress"] is False


@pytest.mark.parametrize(
    "phi", ["NaN", "Infinity", "11", "-1", "true", "null", '"high"', '"80%"', '"4/5"', "[7]", "{}"]
)
def test_a_score_that_is_no_number_from_0_to_10_is_refused(phi: str) -> None:
    assert parse_score(f'{{"phi": {phi}}}') == ParseFailure(why='"phi" must be a number from 0 to 10.')


def test_two_different_verdicts_are_none() -> None:
    assert parse_score('{"phi": 2} or {"phi": 9}') == ParseFailure(why="The reply holds more than one verdict.")
    assert isinstance(parse_score('{"phi": 2} I repeat: {"phi": 2}'), dict)


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ("so\nFINAL ANSWER:\n<answer>\n528\n</answer>", "528"),
        ("**Final Answer:** 42", "42"),
        ("The answer is 7.", "7."),
        ("Thus \\boxed{\\frac{1}{2}}.", "\\frac{1}{2}"),
        ("### Final Answer:\n\\[\n\\text{The number is }", None),
        ("I do not know.", None),
        ("<answer>cut", None),
    ],
)
def test_a_marked_answer_is_found_and_none_is_made_up(text: str, answer: str | None) -> None:
    assert final_answer(text) == answer
