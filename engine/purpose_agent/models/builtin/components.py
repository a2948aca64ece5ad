"""The words of the small language that is searched: typed, pure, bounded, each with its Python text.

A component's name is what a lesson says about it (`fold(sum, is_even)`), so names are part of the product's memory:
add, but do not rename. Constants and variables are not components; a lesson never fixes them.
"""

import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from purpose_agent.models.builtin.values import MAX_LENGTH, Type, Value

ATOM, POSTFIX, UNARY, FACTOR, TERM, COMPARE, NOT, AND, OR, WHOLE = 10, 9, 8, 7, 6, 5, 4, 3, 2, 0
"""How tightly a piece of Python text binds; a piece that binds looser than its place needs gets parentheses."""


@dataclass(frozen=True, slots=True)
class Component:
    """`template` holds {0}, {1}, …; `needs` is how tightly each argument has to bind there."""

    name: str
    takes: tuple[Type, ...]
    gives: Type
    run: Callable[..., Value]
    template: str
    binds: int = POSTFIX
    needs: tuple[int, ...] = ()
    commutes: bool = False
    imports: str = ""


def _power(base: Value, exponent: Value) -> Value:
    if not isinstance(exponent, int) or not 0 <= exponent <= 64 or abs(base) > 10**6:
        raise ValueError("outside the bounds of the search")
    return base**exponent


def _repeat(text: Value, times: Value) -> Value:
    if times * len(text) > MAX_LENGTH:
        raise ValueError("outside the bounds of the search")
    return text * times


def _is_prime(n: Value) -> bool:
    if not isinstance(n, int) or n > 10**6:
        raise ValueError("outside the bounds of the search")
    return n > 1 and all(n % k for k in range(2, math.isqrt(n) + 1))


def _is_vowel(char: Value) -> bool:
    if len(char) != 1:  # "ae" in "aeiou" is true of the text, and is not what anybody means
        raise ValueError("one character")
    return char in "aeiouAEIOU"


def _round(number: Value, places: Value) -> Value:
    if not isinstance(places, int) or not 0 <= places <= 8:  # round(5, -10**6) would compute 10**(10**6)
        raise ValueError("outside the bounds of the search")
    return round(number, places)


def _reverse_digits(number: Value) -> int:
    if not isinstance(number, int):
        raise TypeError("digits of a whole number only")
    return int(str(abs(number))[::-1])


def _at(items: Value, index: Value) -> Value:
    return items[index]


def _take(items: Value, count: Value) -> Value:
    return items[:count]


def _drop(items: Value, count: Value) -> Value:
    return items[count:]


def _infix(
    name: str, kind: Type, gives: Type, run: Callable[..., Value], sign: str, binds: int, *, commutes: bool = False
) -> Component:
    left = binds if binds != COMPARE else binds + 1
    return Component(name, (kind, kind), gives, run, f"{{0}} {sign} {{1}}", binds, (left, binds + 1), commutes)


def _call(
    name: str,
    takes: tuple[Type, ...],
    gives: Type,
    run: Callable[..., Value],
    template: str,
    *,
    commutes: bool = False,
    imports: str = "",
) -> Component:
    return Component(name, takes, gives, run, template, POSTFIX, (WHOLE,) * len(takes), commutes, imports)


def _method(name: str, takes: tuple[Type, ...], gives: Type, run: Callable[..., Value], template: str) -> Component:
    return Component(name, takes, gives, run, template, POSTFIX, (POSTFIX, *(WHOLE,) * (len(takes) - 1)))


def _numbers() -> list[Component]:
    return [
        _infix("add", "num", "num", lambda a, b: a + b, "+", TERM, commutes=True),
        _infix("sub", "num", "num", lambda a, b: a - b, "-", TERM),
        _infix("mul", "num", "num", lambda a, b: a * b, "*", FACTOR, commutes=True),
        _infix("floordiv", "num", "num", lambda a, b: a // b, "//", FACTOR),
        _infix("mod", "num", "num", lambda a, b: a % b, "%", FACTOR),
        Component("square", ("num",), "num", lambda a: _power(a, 2), "{0} ** 2", UNARY, (POSTFIX,)),
        Component("cube", ("num",), "num", lambda a: _power(a, 3), "{0} ** 3", UNARY, (POSTFIX,)),
        Component("neg", ("num",), "num", lambda a: -a, "-{0}", UNARY, (UNARY,)),
        _call("abs", ("num",), "num", abs, "abs({0})"),
        _call("larger", ("num", "num"), "num", max, "max({0}, {1})", commutes=True),
        _call("smaller", ("num", "num"), "num", min, "min({0}, {1})", commutes=True),
        Component("pow", ("num", "num"), "num", _power, "{0} ** {1}", UNARY, (POSTFIX, UNARY)),
        _call("gcd", ("num", "num"), "num", math.gcd, "math.gcd({0}, {1})", commutes=True, imports="math"),
        _call("reverse_digits", ("num",), "num", _reverse_digits, "int(str(abs({0}))[::-1])"),
        _call("text_of", ("num",), "str", str, "str({0})"),
        _call("number_of", ("str",), "num", int, "int({0})"),
    ]


def _fractions() -> list[Component]:
    return [
        _infix("div", "num", "num", lambda a, b: a / b, "/", FACTOR),
        _call("round_to", ("num", "num"), "num", _round, "round({0}, {1})"),
        _call("sqrt", ("num",), "num", math.sqrt, "math.sqrt({0})", imports="math"),
    ]


def _conditions() -> list[Component]:
    return [
        Component("is_even", ("num",), "bool", lambda a: a % 2 == 0, "{0} % 2 == 0", COMPARE, (FACTOR,)),
        Component("is_odd", ("num",), "bool", lambda a: a % 2 == 1, "{0} % 2 == 1", COMPARE, (FACTOR,)),
        Component(
            "divisible", ("num", "num"), "bool", lambda a, b: a % b == 0, "{0} % {1} == 0", COMPARE, (FACTOR, UNARY)
        ),
        _infix("less", "num", "bool", lambda a, b: a < b, "<", COMPARE),
        _infix("at_most", "num", "bool", lambda a, b: a <= b, "<=", COMPARE),
        _infix("equal", "num", "bool", lambda a, b: a == b, "==", COMPARE, commutes=True),
        _infix("same_text", "str", "bool", lambda a, b: a == b, "==", COMPARE, commutes=True),
        _infix("contains", "str", "bool", lambda a, b: a in b, "in", COMPARE),
        _method("starts_with", ("str", "str"), "bool", str.startswith, "{0}.startswith({1})"),
        _method("ends_with", ("str", "str"), "bool", str.endswith, "{0}.endswith({1})"),
        Component(
            "is_prime",
            ("num",),
            "bool",
            _is_prime,
            "{0} > 1 and all({0} % k for k in range(2, int({0} ** 0.5) + 1))",
            AND,
            (POSTFIX,),
        ),
        Component("is_vowel", ("str",), "bool", _is_vowel, '{0} in "aeiouAEIOU"', COMPARE, (TERM,)),
        _method("is_upper", ("str",), "bool", str.isupper, "{0}.isupper()"),
        _method("is_lower", ("str",), "bool", str.islower, "{0}.islower()"),
        _method("is_digit", ("str",), "bool", str.isdigit, "{0}.isdigit()"),
        _method("is_letter", ("str",), "bool", str.isalpha, "{0}.isalpha()"),
        _infix("both", "bool", "bool", lambda a, b: a and b, "and", AND, commutes=True),
        _infix("either", "bool", "bool", lambda a, b: a or b, "or", OR, commutes=True),
        Component("no", ("bool",), "bool", lambda a: not a, "not {0}", NOT, (NOT,)),
    ]


def _texts() -> list[Component]:
    return [
        _method("upper", ("str",), "str", str.upper, "{0}.upper()"),
        _method("lower", ("str",), "str", str.lower, "{0}.lower()"),
        _method("capitalize", ("str",), "str", str.capitalize, "{0}.capitalize()"),
        _method("title", ("str",), "str", str.title, "{0}.title()"),
        _method("swapcase", ("str",), "str", str.swapcase, "{0}.swapcase()"),
        _method("strip", ("str",), "str", str.strip, "{0}.strip()"),
        _method("reverse_text", ("str",), "str", lambda a: a[::-1], "{0}[::-1]"),
        _infix("concat", "str", "str", lambda a, b: a + b, "+", TERM),
        Component("repeat", ("str", "num"), "str", _repeat, "{0} * {1}", FACTOR, (FACTOR, UNARY)),
        _call("length_of_text", ("str",), "num", len, "len({0})"),
        _method("char_at", ("str", "num"), "str", _at, "{0}[{1}]"),
        _method("first_chars", ("str", "num"), "str", _take, "{0}[:{1}]"),
        _method("drop_chars", ("str", "num"), "str", _drop, "{0}[{1}:]"),
        _method("count_text", ("str", "str"), "num", lambda a, b: a.count(b) if b else 0, "{0}.count({1})"),
        _method("words", ("str",), "list[str]", lambda a: tuple(a.split()), "{0}.split()"),
        _method("join", ("str", "list[str]"), "str", lambda a, b: a.join(b), "{0}.join({1})"),
    ]


def _lists(item: Type) -> list[Component]:
    many = f"list[{item}]"
    generic = [
        _call("length", (many,), "num", len, "len({0})"),
        _method("item_at", (many, "num"), item, _at, "{0}[{1}]"),
        _method("first_items", (many, "num"), many, _take, "{0}[:{1}]"),
        _method("drop_items", (many, "num"), many, _drop, "{0}[{1}:]"),
        _method("reverse_list", (many,), many, lambda a: a[::-1], "{0}[::-1]"),
        _method("every_second", (many,), many, lambda a: a[::2], "{0}[::2]"),
        _infix("append_list", many, many, lambda a, b: a + b, "+", TERM),
        _call("unique", (many,), many, lambda a: tuple(dict.fromkeys(a)), "list(dict.fromkeys({0}))"),
        _method("count_item", (many, item), "num", lambda a, b: a.count(b), "{0}.count({1})"),
        Component("in_list", (item, many), "bool", lambda a, b: a in b, "{0} in {1}", COMPARE, (TERM, TERM)),
        Component("same_list", (many, many), "bool", lambda a, b: a == b, "{0} == {1}", COMPARE, (TERM, TERM), True),
    ]
    if item.startswith("list["):
        return generic
    ordered = [
        _call("sort", (many,), many, lambda a: tuple(sorted(a)), "sorted({0})"),
        _call("largest", (many,), item, max, "max({0})"),
        _call("smallest", (many,), item, min, "min({0})"),
    ]
    totals = [_call("total", (many,), "num", sum, "sum({0})")] if item == "num" else []
    return generic + ordered + totals


def components_for(types: Iterable[Type], *, fractions: bool) -> list[Component]:
    """Those that can be of use where values of these types occur, in a fixed order."""
    present = set(types)
    texts = any("str" in kind for kind in present)
    items = sorted({inner for kind in present for inner in _inner(kind)} | ({"str"} if texts else set()))
    chosen = _numbers() + (_fractions() if fractions else []) + _conditions() + (_texts() if texts else [])
    for item in items:
        chosen += _lists(item)
    known = present | {"bool", "num"} | {f"list[{item}]" for item in items} | ({"str"} if texts else set())
    return [c for c in chosen if c.gives in known and all(kind in known for kind in c.takes)]


def _inner(kind: Type) -> list[Type]:
    """The element types of a list, all the way down."""
    if not kind.startswith("list[") or kind == "list[?]":
        return []
    return [kind[5:-1], *_inner(kind[5:-1])]
