"""Whatever text a model writes: nothing crashes, nothing is invented, and what stands there is found."""

import ast
import json

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from purpose_agent.models.code_blocks import code_blocks, extract_code
from purpose_agent.models.loose_json import json_objects, loose_object
from purpose_agent.models.reply_parsing import ParseFailure, final_answer, parse_action, parse_asserts, parse_score
from purpose_agent.types import Action

PIECES = [
    "```", "```python\n", "```\n", "~~~", "\n", "    ", "def f(x):\n", "return x", "assert f(1) == 2\n", "f(2) == 4\n",
    "{", "}", '{"thought": "t", ', '"answer": ', '"tool": "calculator"', '"args": {', '"phi": ', "NaN", "1e999", "8/10",
    '"', "'", ",", ":", "\\", "\\u12", "\ud800", "\x00", "true", "None", "<think>", "</think>", "<answer>", "</answer>",
    "Action: ", "Action Input: ", "Observation:", "Final Answer: ", "\\boxed{", "[", "]", "(", ")", "ü", "名", "- ",
    "\r\n",
]  # fmt: skip
broken_text = st.lists(st.one_of(st.sampled_from(PIECES), st.text(max_size=8)), max_size=40).map("".join)
code_lines = st.lists(st.sampled_from(["x = 1", "def f(a):", "    return a", "print('`')", "", "# note"]), min_size=1)


def squeezed(text: str) -> str:
    return "".join(text.split())


@settings(deadline=2000)  # long hostile texts on a busy machine; the point is that they end
@given(broken_text)
@example("(" * 5000)
@example("-" * 5000 + "1")
@example('{"a":' * 5000)
@example("[" * 5000)
@example("{" * 5000)
@example("assert (" * 500)
@example("```" * 2000)
@example('{"thought": "\\ud800", "answer": "\\ud800"}')
@example('{"tool": "t", "args": {"n": ' + "9" * 5000 + "}}")
@example('{"tool": "t", "args": {"n": NaN}}')
def test_no_text_makes_the_parser_raise(text: str) -> None:
    assert isinstance(parse_action(text), Action | ParseFailure)
    verdict = parse_score(text)
    if not isinstance(verdict, ParseFailure):
        assert 0.0 <= verdict["phi"] <= 10.0
        assert 0.0 <= verdict["confidence"] <= 1.0
    final_answer(text)


@given(broken_text)
def test_every_block_and_assert_stands_in_the_text(text: str) -> None:
    plain = text.replace("\r\n", "\n")
    for block in code_blocks(text):
        assert squeezed(block.code) in squeezed(plain)
    code = extract_code(text)
    assert code is None or squeezed(code) in squeezed(plain)
    for statement in parse_asserts(text):
        ast.parse(statement)
        assert squeezed(statement.removeprefix("assert ")) in squeezed(plain)


@given(broken_text)
def test_every_object_that_was_not_mended_is_written_in_the_text(text: str) -> None:
    for found in json_objects(text):
        assert all(key in text or "\\" in text for key in found)


@given(
    code_lines, st.sampled_from(["python", "Python", "py", ""]), st.booleans(), st.sampled_from(["", "Here:\n", "> "])
)
def test_a_fenced_block_is_found_whole_whether_or_not_it_was_closed(
    lines: list[str], language: str, closed: bool, before: str
) -> None:
    code = "\n".join(lines)
    text = f"{before}```{language}\n{code}" + ("\n```" if closed else "")
    found = code_blocks(text)
    if not code.strip():
        assert found == []
        return
    assert [block.closed for block in found] == [closed]
    assert squeezed(found[0].code) == squeezed(code)
    assert found[0].language == language.lower()


texts = st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=60)
json_values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=8,
)


@given(st.text("abc_", min_size=1, max_size=10), st.dictionaries(texts, json_values, max_size=4), texts)
def test_a_tool_call_is_read_back_as_it_was_written(tool: str, args: dict[str, object], thought: str) -> None:
    action = parse_action(json.dumps({"thought": thought, "tool": tool, "args": args}))
    assert action == Action(thought=thought.strip(), tool=tool, args=args)  # type: ignore[arg-type]


@given(texts.filter(lambda text: text.strip() != "" and not text.lstrip().startswith("```")), st.booleans())
def test_an_answer_is_read_back_as_it_was_written_also_from_a_fence(answer: str, done: bool) -> None:
    written = json.dumps({"answer": answer, "done": done})
    expected = Action(answer=answer, done=done)
    assert parse_action(written) == expected
    assert parse_action(f"Here it is.\n```json\n{written}\n```") == expected


@given(texts, st.integers(0, 200))
def test_an_answer_that_was_cut_off_is_never_done_and_never_longer_than_written(answer: str, cut: int) -> None:
    written = json.dumps({"thought": "t", "done": True, "answer": answer}, ensure_ascii=False)
    action = parse_action(written[: min(cut, len(written) - 1)])
    if isinstance(action, Action) and action.answer is not None:
        assert not action.done
        assert squeezed(action.answer) in squeezed(answer)


@given(broken_text)
def test_a_mended_object_holds_no_word_that_is_not_in_the_text(text: str) -> None:
    found = loose_object("{" + text)
    if found is not None and found.mended:
        for value in found.value.values():
            if isinstance(value, str) and "\\" not in text:
                assert squeezed(value) in squeezed(text)


@given(st.floats(), st.floats())
def test_a_score_is_in_range_or_refused(phi: float, confidence: float) -> None:
    verdict = parse_score(json.dumps({"phi": phi, "confidence": confidence}))
    valid = 0 <= phi <= 10 and 0 <= confidence <= 1
    assert isinstance(verdict, ParseFailure) is not valid


LONG = 200_000
HOSTILE = {
    piece: piece * (LONG // len(piece))
    for piece in [
        "{", "[", "(", "`", '{"a":', '{"tool": ', "```\n", "```python\nx = (\n```\n", "```markdown\n```python\n",
        "assert (\n",
        'assert f("""\n', "f(1) ==\n", "import x\n\nfoo bar\n\n", "def f():\n    return 1\n\nprose here\n\n", "<think>",
        "<answer>", "\\boxed{", "answer: ", "Action: x\n", "\n", " ", "*", '{"answer": "\\',
    ]
}  # fmt: skip


@pytest.mark.parametrize("piece", HOSTILE)
def test_a_long_hostile_text_comes_to_an_end(piece: str) -> None:
    text = HOSTILE[piece]
    for read in (parse_action, parse_score, parse_asserts, extract_code, final_answer):
        read(text)
