"""Plain data as it arrives from behind the walls: the host's half of the form that `values.py` writes.

Whatever arrives is a claim of untrusted code, so it is rebuilt from tags here, never unpickled or evaluated.
"""

from collections.abc import Callable
from typing import Any, TypeAlias

Plain: TypeAlias = Any  # None, bool, int, float, complex, str, bytes and lists, tuples, sets, dicts of them, or Opaque


class Opaque:
    """Something that is not plain data: known by the name of its type, equal to nothing."""

    __slots__ = ("is_true", "type_name")

    def __init__(self, type_name: str, *, is_true: bool = True) -> None:
        self.type_name, self.is_true = type_name, is_true

    def __repr__(self) -> str:
        return f"<{self.type_name}>"

    def __bool__(self) -> bool:
        return self.is_true


def decode(form: Plain, depth: int = 80) -> Plain:
    """Plain data from its JSON form (see `values.py`). Raises ValueError for anything else."""
    if form is None or isinstance(form, bool | str):
        return form
    if depth == 0 or not isinstance(form, dict):
        raise ValueError("not a value")
    (tag, body), *rest = form.items()
    parts = [decode(part, depth - 1) for part in body] if tag in "ltsz" and isinstance(body, list) else []
    match tag, body:
        case "i", str():
            return int(body, 16)
        case "f", str():
            return float(body)
        case "c", [real, imaginary]:
            return complex(float(real), float(imaginary))
        case "b", str():
            return body.encode("latin-1")
        case (("l" | "t" | "s" | "z"), list()):
            return _CONTAINERS[tag](parts)
        case "d", list():
            return {_key(decode(k, depth - 1)): decode(v, depth - 1) for k, v in body}
        case "o", str():
            return Opaque(body[:80], is_true=not rest or rest[0][1] is not False)
    raise ValueError("not a value")


_CONTAINERS: dict[str, Callable[[list[Plain]], Plain]] = {
    "l": list,
    "t": tuple,
    "s": lambda parts: {_key(part) for part in parts},
    "z": lambda parts: frozenset(_key(part) for part in parts),
}


def _key(value: Plain) -> Plain:
    try:
        hash(value)
    except TypeError as problem:
        raise ValueError("a key that cannot be one") from problem
    return value


def has_opaque(value: Plain) -> bool:
    """Whether something in it is no plain data."""
    if isinstance(value, list | tuple | set | frozenset):
        return any(has_opaque(part) for part in value)
    if isinstance(value, dict):
        return any(has_opaque(part) for part in (*value.keys(), *value.values()))
    return isinstance(value, Opaque)
