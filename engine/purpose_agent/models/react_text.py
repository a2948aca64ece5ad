"""Actions written as lines: "Thought: … / Action: … / Action Input: …" and "Final Answer: …".

Many models fall back to this form, whatever they were asked for. Everything from the first "Observation:" on is the
model's own imagination and is not read.
"""

import ast
import json
import re
from typing import cast

from purpose_agent.models.loose_json import loose_object
from purpose_agent.models.python_source import parse_python
from purpose_agent.types import JSON, Action

_LABEL = re.compile(
    r"^[ \t*_#]*(?P<label>thought|action input|action|observation|final answer)[ \t*_]*:[ \t*_]*",
    re.MULTILINE | re.IGNORECASE,
)


def parse_react(body: str) -> Action | str | None:
    """The action, a sentence why it cannot be used, or None when the text is not in this form."""
    parts = _parts(body)
    thought = parts.get("thought", "")
    if "action" in parts:
        name, args = _call(parts["action"], parts.get("action input"))
        if args is None:
            return f'The action "{name[:60]}" needs its parameters as a JSON object behind "Action Input:".'
        return Action(thought=thought, tool=name, args=args)
    if thought and parts.get("final answer"):
        return Action(thought=thought, answer=parts["final answer"], done=True)
    return None


def _parts(body: str) -> dict[str, str]:
    """The first text behind each label, up to the first observation."""
    labels = list(_LABEL.finditer(body))
    parts: dict[str, str] = {}
    for index, label in enumerate(labels):
        name = label["label"].lower()
        if name == "observation" and "action" in parts:
            break
        end = labels[index + 1].start() if index + 1 < len(labels) else len(body)
        parts.setdefault(name, body[label.end() : end].strip())
    return parts


def _call(action: str, given: str | None) -> tuple[str, dict[str, JSON] | None]:
    """(tool name, parameters), the latter None when they are not stated in full."""
    name = action.strip().strip("`*").strip()
    if given is not None:
        source = given.strip().strip("`").removeprefix("json").strip()
        loose = loose_object(source)
        if loose is not None and not loose.cut:
            return name, loose.value
        return name, {} if source.lower() in ("", "none") else None
    return (name, {}) if re.fullmatch(r"[\w.-]+", name) else _python_call(name)


def _python_call(source: str) -> tuple[str, dict[str, JSON] | None]:
    """`calculator(expression="2+2")`: named literals only, for the names of bare values would be a guess."""
    tree = parse_python(source)
    match tree.body if tree is not None else []:
        case [ast.Expr(value=ast.Call(func=ast.Name(id=name), args=[], keywords=keywords))]:
            return name, _literals(keywords)
        case _:
            return source, None


def _literals(keywords: list[ast.keyword]) -> dict[str, JSON] | None:
    try:
        values = {keyword.arg: ast.literal_eval(keyword.value) for keyword in keywords}
        json.dumps(values)
    except (ValueError, TypeError, RecursionError):
        return None
    return None if None in values else cast("dict[str, JSON]", values)
