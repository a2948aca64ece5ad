"""A tool in one line of a prompt: `calculator(expression: string) Evaluate arithmetic.`"""

import json
from typing import Any

from purpose_agent.tools.port import Tool


def signature_line(tool: Tool) -> str:
    """Name, parameters with types, and the first sentence of what it does."""
    return f"{signature(tool)} {' '.join(tool.description.split())}".rstrip()


def signature(tool: Tool) -> str:
    """Name and parameters; `?` marks what may be left out."""
    schema: Any = tool.parameters
    required = schema.get("required", [])
    parts = [
        f"{name}{'' if name in required else '?'}: {_type(rule)}{_default(rule)}"
        for name, rule in schema.get("properties", {}).items()
    ]
    return f"{tool.name}({', '.join(parts)})"


def _type(rule: Any) -> str:
    if not isinstance(rule, dict):
        return "any"
    if "enum" in rule:
        return "|".join(json.dumps(value, ensure_ascii=False) for value in rule["enum"])
    if "const" in rule:
        return json.dumps(rule["const"], ensure_ascii=False)
    for union in ("anyOf", "oneOf"):
        if union in rule:
            return "|".join(dict.fromkeys(_type(part) for part in rule[union]))
    kind = rule.get("type", "any")
    if isinstance(kind, list):
        return "|".join(kind)
    if kind == "array":
        item = _type(rule.get("items", {}))
        return f"({item})[]" if "|" in item else f"{item}[]"
    if kind == "object" and rule.get("properties"):
        required = rule.get("required", [])
        inner = (f"{n}{'' if n in required else '?'}: {_type(r)}" for n, r in rule["properties"].items())
        return "{" + ", ".join(inner) + "}"
    return str(kind)


def _default(rule: Any) -> str:
    if isinstance(rule, dict) and "default" in rule:
        return f" = {json.dumps(rule['default'], ensure_ascii=False)}"
    return ""
