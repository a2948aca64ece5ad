"""From what a model wrote to a typed action, score or answer, or to a sentence that says why not.

A reply is untrusted text. It is never run, nothing is added to it, and no text makes these functions raise. What can
not be read comes back as `ParseFailure`, whose `why` is fit to be shown to the model in the one retry it gets.
"""

import json
import math
import re
from collections.abc import Mapping
from typing import TypedDict, cast

import msgspec

from purpose_agent.models.backend import Reply
from purpose_agent.models.code_blocks import PYTHON_TAGS, CodeBlock, code_blocks, extract_code
from purpose_agent.models.loose_json import LooseObject, json_objects, loose_object
from purpose_agent.models.marked_text import final_answer, has_tagged_answer, split_thinking
from purpose_agent.models.python_source import parse_asserts
from purpose_agent.models.react_text import parse_react
from purpose_agent.types import JSON, MAX_PHI, Action, Record

__all__ = [
    "CodeBlock",
    "ParseFailure",
    "ScoreReply",
    "action_from_reply",
    "code_blocks",
    "extract_code",
    "final_answer",
    "json_objects",
    "parse_action",
    "parse_asserts",
    "parse_score",
    "split_thinking",
]

_TOOL_KEYS = ("tool", "action", "tool_name")
_ARGS_KEYS = ("args", "arguments", "action_input", "parameters")
_ANSWER_KEYS = ("answer", "final_answer")
_THOUGHT_KEYS = ("thought", "thoughts", "reasoning")
_NO_TOOL = frozenset({"", "none", "null", "n/a"})
_OBJECT_TAGS = PYTHON_TAGS | {"json", "json5", "jsonc", "tool_call"}
_FORM = 'Reply with one JSON object that has "tool" and "args", or "answer" and "done".'


class ParseFailure(Record, frozen=True, kw_only=True):
    """Why a reply could not be used, in words that a model and a person understand."""

    why: str


class ScoreReply(TypedDict):
    """A critic's verdict. `confidence` is 0 and `evidence` empty when the reply did not state them."""

    phi: float
    evidence: str
    confidence: float
    looks_like_progress: bool


def parse_action(text: str) -> Action | ParseFailure:
    """What the model decided.

    Read in this order: a JSON object (bare, fenced, in <tool_call> tags, or mended), "Thought / Action / Action Input"
    lines, a marked final answer, code (a draft). Of several objects the first counts: later ones are turns that the
    model imagined. An answer that was cut off is kept as a draft, never as done; a tool call that was cut off is a
    failure, for half of its arguments would do something else.
    """
    thinking, body = split_thinking(text)
    if not body.strip():
        why = "The reply ended while the model was still thinking." if thinking else "The reply is empty."
        return ParseFailure(why=f"{why} {_FORM}")
    found = _action_object(body)
    if found is not None:
        return _storable(_action_from_object(found, body))
    react = parse_react(body)
    if react is not None:
        return ParseFailure(why=react) if isinstance(react, str) else _storable(react)
    code = extract_code(body)
    answer = final_answer(body)
    if answer is not None and (code is None or _is_tagged_apart(body)):
        return _storable(Action(answer=_without_fence(answer), done=True))
    if code is not None:
        return _storable(Action(thought=_prose_before_code(body), answer=code))
    if "{" in body and '"' in body:
        return ParseFailure(why=f"The JSON of the reply cannot be read. {_FORM}")
    return ParseFailure(why=f"The reply is plain text without an action. {_FORM}")


def action_from_reply(reply: Reply) -> Action | ParseFailure:
    """Like `parse_action`, but a tool call that the provider passed on as such comes first."""
    if reply.tool_calls:
        call = reply.tool_calls[0]
        return _storable(Action(thought=reply.text.strip(), tool=call.name, args=call.args))
    return parse_action(reply.text)


def parse_score(text: str) -> ScoreReply | ParseFailure:
    """A critic's verdict, {"phi": 0-10, "evidence", "confidence": 0-1, "looks_like_progress"}.

    A number out of range, NaN or in words is a failure, never a guess; "8" and "8/10" are the number they say.
    """
    _, body = split_thinking(text)
    objects = [value for value in json_objects(body) if "phi" in value]
    if not objects and (loose := loose_object(_after_fence(body))) is not None and "phi" in loose.value:
        objects = [loose.value]
    if not objects:
        return ParseFailure(why='The reply holds no JSON object with "phi".')
    if any(value != objects[0] for value in objects[1:]):
        return ParseFailure(why="The reply holds more than one verdict.")
    return _score_from_object(objects[0])


def _action_object(body: str) -> LooseObject | None:
    """The first object of the reply that looks like an action; code blocks are no place for one."""
    start = body.lstrip()
    if start.startswith("{"):
        whole = loose_object(start)
        if whole is not None and _is_action(whole.value):
            return whole
    outside = body
    for block in code_blocks(body):
        if block.language in _OBJECT_TAGS and block.code.lstrip().startswith("{"):
            loose = loose_object(block.code)
            if loose is not None and _is_action(loose.value):
                return loose
        if "{" in block.code:
            outside = outside.replace(block.code, "")
    strict = [LooseObject(value=value) for value in json_objects(outside) if _is_action(value)]
    if strict:
        return strict[0]
    at = re.search(r'\{\s*["\'](?:thought|tool|answer|action|name)["\']\s*:', outside)
    loose = loose_object(outside[at.start() :]) if at else None
    return loose if loose is not None and _is_action(loose.value) else None


def _is_action(value: Mapping[str, JSON]) -> bool:
    keys = {*_TOOL_KEYS, *_ANSWER_KEYS, *_THOUGHT_KEYS, "done"}
    return not keys.isdisjoint(value) or ("name" in value and not set(_ARGS_KEYS).isdisjoint(value))


def _action_from_object(found: LooseObject, body: str) -> Action | ParseFailure:
    value = found.value
    thought, tool, answer = _first(value, _THOUGHT_KEYS), _first(value, _TOOL_KEYS), _answer(value)
    if tool is None and not set(_ARGS_KEYS).isdisjoint(value):
        tool = value.get("name")
    done = _boolean(value.get("done", False))
    if done is None:
        return ParseFailure(why='"done" must be true or false.')
    if tool is not None and not isinstance(tool, str):
        return ParseFailure(why='"tool" must be the name of a tool.')
    if tool and tool.strip().lower() not in _NO_TOOL and not (done and answer is not None):
        if found.cut:
            return ParseFailure(why="The reply was cut off in the middle of a tool call. Make the call shorter.")
        args = _args(_first(value, _ARGS_KEYS))
        if args is None:
            return ParseFailure(why='"args" must be a JSON object with the parameters of the tool.')
        return Action(thought=_text(thought), tool=tool.strip(), args=args, answer=answer)
    if answer is None and not done:
        code = extract_code(body)  # thought as JSON, code in a fence behind it
        if code is not None and not code.lstrip().startswith("{"):
            return Action(thought=_text(thought), answer=code)
        return ParseFailure(why=f"The reply has neither a tool nor an answer. {_FORM}")
    done = done and not (found.cut and answer is not None)
    return Action(thought=_text(thought), answer=answer, method=_text(value.get("method")), done=done)


def _first(value: Mapping[str, JSON], keys: tuple[str, ...]) -> JSON:
    return next((value[key] for key in keys if value.get(key) is not None), None)


def _text(value: JSON) -> str:
    return value.strip() if isinstance(value, str) else "" if value is None else json.dumps(value, ensure_ascii=False)


def _answer(value: Mapping[str, JSON]) -> str | None:
    """The answer as text; a fence around the whole of it is taken off. An empty one is none."""
    answer = _first(value, _ANSWER_KEYS)
    if not isinstance(answer, str):
        return None if answer is None else _text(answer)
    return _without_fence(answer) if answer.strip() else None


def _without_fence(answer: str) -> str:
    """The code alone when a fence encloses the whole answer, else the answer as it is."""
    if answer.lstrip().startswith("```"):
        blocks = code_blocks(answer)
        if len(blocks) == 1 and answer.count("```") <= 2 and answer.rstrip().endswith(("```", blocks[0].code.rstrip())):
            return blocks[0].code
    return answer


def _boolean(value: JSON) -> bool | None:
    if isinstance(value, str):
        return {"true": True, "false": False, "": False}.get(value.strip().lower())
    return False if value is None else value if isinstance(value, bool) else None


def _args(value: JSON) -> dict[str, JSON] | None:
    if value is None:
        return {}
    if isinstance(value, str):
        if not value.strip():
            return {}
        loose = loose_object(value)
        return loose.value if loose is not None and not loose.cut else None
    return cast("dict[str, JSON]", value) if isinstance(value, dict) else None


def _storable(action: Action | ParseFailure) -> Action | ParseFailure:
    """An action goes into events and prompts, so what JSON cannot hold is refused here, at the edge."""
    if isinstance(action, ParseFailure):
        return action
    try:
        msgspec.json.encode(action)
        json.dumps(action.args, allow_nan=False)
    except (ValueError, OverflowError, RecursionError):
        return ParseFailure(why="The reply holds numbers or characters that JSON cannot hold.")
    return action


def _is_tagged_apart(body: str) -> bool:
    """Whether <answer> marks the answer of a reply that has code too, and is not itself a word of that code."""
    return has_tagged_answer(body) and not any("<answer>" in block.code for block in code_blocks(body))


def _prose_before_code(body: str) -> str:
    return body.partition("```")[0].strip() if "```" in body else ""


def _after_fence(body: str) -> str:
    blocks = [block.code for block in code_blocks(body) if block.code.lstrip().startswith("{")]
    return blocks[0] if blocks else body[max(body.find("{"), 0) :]


def _score_from_object(value: Mapping[str, JSON]) -> ScoreReply | ParseFailure:
    phi = _number(value["phi"], out_of=MAX_PHI)
    if phi is None or not 0.0 <= phi <= MAX_PHI:
        return ParseFailure(why='"phi" must be a number from 0 to 10.')
    confidence = _number(value.get("confidence", 0.0), out_of=1.0)
    if confidence is None or not 0.0 <= confidence <= 1.0:
        return ParseFailure(why='"confidence" must be a number from 0 to 1.')
    evidence = value.get("evidence")
    if isinstance(evidence, list) and all(isinstance(item, str) for item in evidence):
        evidence = "; ".join(cast("list[str]", evidence))
    if not isinstance(evidence, str | None):
        return ParseFailure(why='"evidence" must be a text.')
    progress = _boolean(value.get("looks_like_progress", False))
    if progress is None:
        return ParseFailure(why='"looks_like_progress" must be true or false.')
    return ScoreReply(phi=phi, evidence=(evidence or "").strip(), confidence=confidence, looks_like_progress=progress)


def _number(value: JSON, *, out_of: float) -> float | None:
    """A finite number, also as text, also as "8/10" when the scale is the one that was asked for."""
    if isinstance(value, bool):
        return None
    if isinstance(value, str):
        text, _, scale = value.partition("/")
        if scale and _number(scale, out_of=out_of) != out_of:
            return None
        value = text.strip() if re.fullmatch(r"[+-]?\d+(?:\.\d+)?", text.strip()) else None
    try:
        number = float(cast("str | float", value))
    except (TypeError, ValueError, OverflowError):
        return None
    return number if math.isfinite(number) else None
