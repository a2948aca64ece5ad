"""Which parts of a program the task's own words name; they decide between programs that are equally small.

Words never open or close a space of the search, they only break ties: "more than 4 letters" speaks for a comparison of
lengths and against a test for small letters, where the examples leave both standing.
"""

import re
from collections.abc import Iterable

_NAMED_BY = {
    "abs": "distance|absolute|apart|differen|gap",
    "add": "add|sum|plus|total|together",
    "sub": "minus|subtract|less|differen|distance|apart",
    "mul": "multipl|times|product|twice|double|area",
    "mod": "remainder|modulo|left over|rest",
    "floordiv": "divid|half|halve|shared|quotient",
    "div": "divid|average|mean|ratio|per",
    "square": "square",
    "cube": "cube|cubic",
    "sqrt": "root",
    "divisible": "multipl|divisib|divid",
    "is_even": r"\beven",
    "is_odd": r"\bodd",
    "is_prime": "prime",
    "is_vowel": "vowel|consonant",
    "is_digit": "digit|number|figure",
    "is_letter": "letter",
    "is_upper": "upper|capital",
    "is_lower": "lower|small letter",
    "no": r"\bnot?\b|without|except|drop|leave|remove|other than",
    "less": "more|less|fewer|above|below|great|larg|over|under|small|high|low|from|until|up to|than",
    "at_most": "least|most|above|below|over|under|from|until|up to|than",
    "larger": "larg|great|big|max|better|best|higher",
    "smaller": "small|less|min|lower",
    "length_of_text": "letter|long|length|character",
    "length": "how many|number of|count|length",
    "upper": "upper|capital|loud|shout",
    "lower": "lower|small letter",
    "reverse_text": "revers|around|backward|mirror",
    "reverse_list": "revers|backward|order|descend|large to small",
    "sort": "sort|order|rising|ascend|descend",
    "concat": "join|run together|append|greet|follow",
    "repeat": "repeat|times|row",
    "gcd": "common divisor|common factor",
    "count": "count|how many|number of",
    "sum": "sum|add|total|together|altogether",
    "product": "product|multipl|factorial",
    "max": "max|larg|great|long|high|most",
    "min": "min|small|short|low|least",
    "digits": "digit",
    "words_of": "word",
    "side_by_side": "two lists|both lists|place",
    "neighbours": "neighbo|next|consecutive|adjacent",
    "unique": "unique|distinct|different|duplicate",
    "distinct": "unique|distinct|different|duplicate",
}
_PATTERNS = {part: re.compile(pattern) for part, pattern in _NAMED_BY.items()}


def unnamed_parts(parts: Iterable[str], text: str) -> tuple[int, int]:
    """How many of the parts the text does not name, and how many it does."""
    words = text.lower()
    named = sum(1 for part in parts if (pattern := _PATTERNS.get(part)) and pattern.search(words))
    return len(list(parts)) - named, named
