# fmt: off
"""How the suites in data/suites were made: texts by hand, results by the reference solutions below.

Run `python -m tests.bench.make_suites` from the checkout to write them anew. Given and hidden inputs were picked by
hand and never overlap. The stream mixes eight families of list, number and text work; inside a family tasks grow a
little, as they do when somebody works on one thing for a while, and the order interleaves the families.
"""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import zip_longest
from pathlib import Path
from typing import Any

SUITES = Path(__file__).resolve().parents[2] / "data" / "suites"
VOWELS = "aeiouAEIOU"


@dataclass(frozen=True)
class Spec:
    name: str
    text: str
    reference: Callable[..., Any]
    given: Sequence[tuple[Any, ...]]
    hidden: Sequence[tuple[Any, ...]]


def one(*values: Any) -> list[tuple[Any, ...]]:
    return [(value,) for value in values]


def recurrence(step: Callable[..., int], *starts: int) -> Callable[[int], int]:
    """f(n) from the values before it; `step` takes them oldest first and then n."""

    def value(n: int) -> int:
        row = list(starts)
        for i in range(len(starts), n + 1):
            row.append(step(*row[-len(starts) :], i))
        return row[n]

    return value


NUMBERS = one([3, 1, 4, 1, 5, 9], [], [12, 7, 6, 15], [2, 11, 20])
MORE_NUMBERS = one(
    [8], [1, 2, 3, 4, 5, 6, 7, 8, 9, 10], [30, 21, 14, 9, 5], [11, 12, 13], [7, 7, 7, 18], [0, 6, 25, 40]
)
FILTERED_SUMS = [
    Spec("sum_evens", "Add up the even numbers in a list.", lambda v: sum(x for x in v if x % 2 == 0), NUMBERS, MORE_NUMBERS),
    Spec("odd_squares", "Square each odd number of a list and add up the squares; even numbers do not count.",
         lambda v: sum(x * x for x in v if x % 2), NUMBERS, MORE_NUMBERS),
    Spec("sum_threes", "What do the multiples of 3 in a list come to altogether?",
         lambda v: sum(x for x in v if x % 3 == 0), NUMBERS, MORE_NUMBERS),
    Spec("sum_large", "Total of all entries in a list that are greater than 10.",
         lambda v: sum(x for x in v if x > 10), NUMBERS, MORE_NUMBERS),
    Spec("square_threes", "Take the numbers of a list that can be divided by 3, square them, and give the sum.",
         lambda v: sum(x * x for x in v if x % 3 == 0), NUMBERS, MORE_NUMBERS),
    Spec("square_large", "Sum of the squares of the list entries above 10.",
         lambda v: sum(x * x for x in v if x > 10), NUMBERS, MORE_NUMBERS),
    Spec("cube_threes", "Add the cubes of those numbers in a list which are multiples of 3.",
         lambda v: sum(x**3 for x in v if x % 3 == 0), NUMBERS, MORE_NUMBERS),
    Spec("square_fives", "Give the sum of the squares of all multiples of 5 in a list.",
         lambda v: sum(x * x for x in v if x % 5 == 0), NUMBERS, MORE_NUMBERS),
]

WHOLE = one(123, 40, 9, 7586)
MORE_WHOLE = one(0, 11, 258, 1999, 60304, 8642, 7)
DIGITS = [
    Spec("digit_sum", "Add up the digits of a number.", lambda n: sum(map(int, str(n))), WHOLE, MORE_WHOLE),
    Spec("digit_squares", "Add up the squares of the digits of a number.",
         lambda n: sum(int(c) ** 2 for c in str(n)), WHOLE, MORE_WHOLE),
    Spec("even_digits", "Sum only the even digits of a number.",
         lambda n: sum(int(c) for c in str(n) if int(c) % 2 == 0), WHOLE, MORE_WHOLE),
    Spec("odd_digit_squares", "Square the odd digits of a number and add the squares up.",
         lambda n: sum(int(c) ** 2 for c in str(n) if int(c) % 2), WHOLE, MORE_WHOLE),
    Spec("high_digits", "Sum of the digits of a number that are greater than 4.",
         lambda n: sum(int(c) for c in str(n) if int(c) > 4), WHOLE, MORE_WHOLE),
    Spec("high_digit_squares", "Sum of the squares of those digits of a number that are greater than 4.",
         lambda n: sum(int(c) ** 2 for c in str(n) if int(c) > 4), WHOLE, MORE_WHOLE),
    Spec("low_digit_squares", "Sum of the squares of the digits below 6 in a number.",
         lambda n: sum(int(c) ** 2 for c in str(n) if int(c) < 6), WHOLE, MORE_WHOLE),
    Spec("high_digit_cubes", "Take the digits of a number that are larger than 6, cube them and add them.",
         lambda n: sum(int(c) ** 3 for c in str(n) if int(c) > 6), WHOLE, MORE_WHOLE),
]

TERMS = one(0, 1, 2, 3, 6)
MORE_TERMS = one(4, 5, 7, 8, 10, 12)
SERIES = [
    Spec("lucas", "A row of numbers starts 2, 1, and then each is the sum of the two before it. Give number n, counted from 0.",
         recurrence(lambda a, b, i: a + b, 2, 1), TERMS, MORE_TERMS),
    Spec("rabbits", "Start with 1 and 2; every next number is the sum of the previous two. Which is number n (from 0)?",
         recurrence(lambda a, b, i: a + b, 1, 2), TERMS, MORE_TERMS),
    Spec("leonardo", "The row starts 1, 1; each further number is the sum of the two before it plus 1. Give number n from 0.",
         recurrence(lambda a, b, i: a + b + 1, 1, 1), TERMS, MORE_TERMS),
    Spec("pell", "The row starts 0, 1. A new number is the one before it counted twice, plus the one before that. Number n from 0?",
         recurrence(lambda a, b, i: 2 * b + a, 0, 1), TERMS, MORE_TERMS),
    Spec("jacobsthal", "Starting from 0, 1: add the last number and twice the one before the last. Return the n-th, from 0.",
         recurrence(lambda a, b, i: b + 2 * a, 0, 1), TERMS, MORE_TERMS),
    Spec("growing", "Starting from 0, 1: each number is the sum of the two before it and its own place n. Return the n-th, from 0.",
         recurrence(lambda a, b, i: a + b + i, 0, 1), TERMS, MORE_TERMS),
    Spec("plus_three", "The row starts 1, 2; each number after that is the sum of the two before it plus 3. Give number n from 0.",
         recurrence(lambda a, b, i: a + b + 3, 1, 2), TERMS, MORE_TERMS),
]

SENTENCES = one("The quick brown fox", "hello", "to be or not to be", "Big elephants run fast")
MORE_SENTENCES = one(
    "one two three four", "Programming is fun", "a stitch in Time", "seven wonders", "apple", "We like short words"
)
WORD_TEXTS = [
    Spec("mirror_words", "Turn every word of a sentence around, keeping the words in their order.",
         lambda s: " ".join(w[::-1] for w in s.split()), SENTENCES, MORE_SENTENCES),
    Spec("initials", "Give the first letters of the words of a sentence, run together.",
         lambda s: "".join(w[0] for w in s.split()), SENTENCES, MORE_SENTENCES),
    Spec("loud_mirror", "Turn every word of a sentence around and write it in capitals.",
         lambda s: " ".join(w[::-1].upper() for w in s.split()), SENTENCES, MORE_SENTENCES),
    Spec("big_initials", "Make the abbreviation of a phrase: the first letter of each word, in capitals.",
         lambda s: "".join(w[0] for w in s.split()).upper(), SENTENCES, MORE_SENTENCES),
    Spec("word_ends", "Give the last letters of the words of a sentence, run together, in capitals.",
         lambda s: "".join(w[-1] for w in s.split()).upper(), SENTENCES, MORE_SENTENCES),
    Spec("short_forms", "Shorten every word of a sentence to its first 3 letters and write them in capitals.",
         lambda s: " ".join(w[:3].upper() for w in s.split()), SENTENCES, MORE_SENTENCES),
]

LETTERS = one("Hello World 42", "sky", "7a1b2c3", "Queue UP now")
MORE_LETTERS = one("Programming", "x", "2 cats and 3 dogs", "AEIOU", "Mississippi River", "no 7 yes", "LOUD quiet")
CHARACTERS = [
    Spec("only_digits", "Keep just the digits of a text.", lambda s: "".join(c for c in s if c.isdigit()), LETTERS, MORE_LETTERS),
    Spec("only_vowels", "Keep just the vowels of a text.", lambda s: "".join(c for c in s if c in VOWELS), LETTERS, MORE_LETTERS),
    Spec("no_vowels", "Write a text without its vowels.", lambda s: "".join(c for c in s if c not in VOWELS), LETTERS, MORE_LETTERS),
    Spec("loud_vowels", "Give the vowels of a text in capitals.",
         lambda s: "".join(c.upper() for c in s if c in VOWELS), LETTERS, MORE_LETTERS),
    Spec("loud_rest", "Leave out the vowels of a text and write what remains in capitals.",
         lambda s: "".join(c.upper() for c in s if c not in VOWELS), LETTERS, MORE_LETTERS),
    Spec("double_vowels", "Keep just the vowels of a text and write each one twice.",
         lambda s: "".join(c + c for c in s if c in VOWELS), LETTERS, MORE_LETTERS),
    Spec("double_rest", "Drop the vowels of a text and write every other character twice.",
         lambda s: "".join(c + c for c in s if c not in VOWELS), LETTERS, MORE_LETTERS),
]

PAIRS = [([1, 2, 3], [4, 5, 6]), ([], []), ([10, 0], [3, 8]), ([7, 2, 9, 4], [7, 5, 1, 4])]
MORE_PAIRS = [
    ([5], [5]),
    ([1, 1, 1], [2, 3, 4]),
    ([9, 8], [1, 20]),
    ([0, 0], [0, 0]),
    ([6, 3, 12], [2, 3, 15]),
    ([100, 50], [99, 60]),
]
TWO_LISTS = [
    Spec("dot", "Two lists of the same length: multiply them place by place and add the products.",
         lambda a, b: sum(x * y for x, y in zip(a, b, strict=True)), PAIRS, MORE_PAIRS),
    Spec("gap", "How far apart are two lists? Add the distances between the numbers at equal places.",
         lambda a, b: sum(abs(x - y) for x, y in zip(a, b, strict=True)), PAIRS, MORE_PAIRS),
    Spec("best_of_both", "Take the larger number at each place of two lists and add them up.",
         lambda a, b: sum(max(x, y) for x, y in zip(a, b, strict=True)), PAIRS, MORE_PAIRS),
    Spec("square_gap", "Squared distance of two lists: at each place the difference squared, all added.",
         lambda a, b: sum((x - y) ** 2 for x, y in zip(a, b, strict=True)), PAIRS, MORE_PAIRS),
    Spec("cubic_gap", "Add the cubes of the distances between two lists, place by place; distances count as positive.",
         lambda a, b: sum(abs(x - y) ** 3 for x, y in zip(a, b, strict=True)), PAIRS, MORE_PAIRS),
    Spec("square_best", "At each place of two lists take the larger number and square it; what is the sum?",
         lambda a, b: sum(max(x, y) ** 2 for x, y in zip(a, b, strict=True)), PAIRS, MORE_PAIRS),
]


def steps(low: int, high: int, names: Sequence[str]) -> Callable[[int], str]:
    return lambda n: names[0] if n < low else names[1] if n < high else names[2]


LABELS = [
    Spec("ticket", 'Ages below 6 get "free", below 18 "child", all others "adult".', steps(6, 18, ("free", "child", "adult")),
         one(2, 5, 6, 12, 17, 18, 40), one(0, 1, 7, 16, 19, 80, 4)),
    Spec("parcel", 'A parcel under 2 kg is "small", under 10 kg "medium", from 10 kg on "large".',
         steps(2, 10, ("small", "medium", "large")), one(0, 1, 2, 5, 9, 10, 25), one(3, 4, 6, 8, 11, 12, 100)),
    Spec("weather", 'Below 5 degrees say "cold", below 20 "mild", otherwise "warm".',
         steps(5, 20, ("cold", "mild", "warm")), one(1, 4, 5, 12, 19, 20, 33), one(0, 2, 6, 10, 18, 21, 40)),
    Spec("ping_pong", 'For multiples of 2 and 7 give "PingPong", of 2 "Ping", of 7 "Pong", else the number as text.',
         lambda n: "PingPong" if n % 14 == 0 else "Ping" if n % 2 == 0 else "Pong" if n % 7 == 0 else str(n),
         one(1, 2, 4, 7, 9, 14, 21, 28, 33), one(3, 5, 6, 8, 11, 35, 42, 56)),
    Spec("speed", 'Up to 29 is "slow", 30 to 79 is "normal", from 80 "fast".', steps(30, 80, ("slow", "normal", "fast")),
         one(10, 29, 30, 55, 79, 80, 120), one(0, 12, 31, 60, 78, 81, 99)),
    Spec("tip_tap", 'For multiples of 3 and 4 give "TipTap", of 3 "Tip", of 4 "Tap", else the number as text.',
         lambda n: "TipTap" if n % 12 == 0 else "Tip" if n % 3 == 0 else "Tap" if n % 4 == 0 else str(n),
         one(3, 4, 5, 6, 8, 10, 12, 13, 24), one(1, 2, 7, 9, 15, 16, 36, 48)),
]

WORD_COUNTS = [
    Spec("count_words", "How many words has a sentence?", lambda s: len(s.split()), SENTENCES, MORE_SENTENCES),
    Spec("longest_length", "How long is the longest word of a sentence?", lambda s: max(map(len, s.split())), SENTENCES, MORE_SENTENCES),
    Spec("letters_total", "How many characters are in the words of a sentence, blanks left out?",
         lambda s: sum(map(len, s.split())), SENTENCES, MORE_SENTENCES),
    Spec("long_words", "Count the words of a sentence with more than 4 letters.",
         lambda s: sum(len(w) > 4 for w in s.split()), SENTENCES, MORE_SENTENCES),
    Spec("letters_of_long", "How many letters do the words with more than 4 letters of a sentence have together?",
         lambda s: sum(len(w) for w in s.split() if len(w) > 4), SENTENCES, MORE_SENTENCES),
    Spec("short_words", "Count the words of a sentence with fewer than 5 letters.",
         lambda s: sum(len(w) < 5 for w in s.split()), SENTENCES, MORE_SENTENCES),
]

FAMILIES: dict[str, list[Spec]] = {
    "filtered sums": FILTERED_SUMS,
    "digits": DIGITS,
    "series": SERIES,
    "words": WORD_TEXTS,
    "characters": CHARACTERS,
    "two lists": TWO_LISTS,
    "labels": LABELS,
    "word counts": WORD_COUNTS,
}


def fibonacci(n: int) -> int:
    return recurrence(lambda a, b, i: a + b, 0, 1)(n)


def fizzbuzz(n: int) -> str:
    return "FizzBuzz" if n % 15 == 0 else "Fizz" if n % 3 == 0 else "Buzz" if n % 5 == 0 else str(n)


def factorial(n: int) -> int:
    return 1 if n == 0 else n * factorial(n - 1)


CLASSIC = {
    "classic": [
        Spec("fibonacci", "Write a function that returns the n-th Fibonacci number, where fibonacci(0) is 0 and fibonacci(1) is 1.",
             fibonacci, one(0, 1, 2, 5, 10), one(3, 4, 6, 7, 12, 20, 30)),
        Spec("fizzbuzz", 'Write FizzBuzz for one number: "Fizz" for multiples of 3, "Buzz" for multiples of 5, "FizzBuzz" for both, '
             "and else the number as text.", fizzbuzz, one(1, 3, 5, 7, 8, 9, 10, 15, 30), one(2, 4, 6, 20, 33, 45, 49, 100)),
        Spec("factorial", "Write a function that returns the factorial of n.", factorial, one(0, 1, 3, 5), one(2, 4, 6, 7, 10, 12)),
    ]
}

UNRELATED = {
    "unrelated": [
        Spec("area", "Area of a rectangle from its two sides.", lambda a, b: a * b, [(2, 3), (4, 5), (7, 1)], [(0, 9), (6, 6), (10, 3), (8, 2), (1, 1), (12, 5)]),
        Spec("perimeter", "Length of the fence around a rectangular garden with sides a and b.", lambda a, b: 2 * (a + b),
             [(2, 3), (4, 5), (7, 1), (10, 2)], [(0, 9), (6, 6), (10, 3), (8, 2), (1, 1), (12, 5)]),
        Spec("greeting", "Greet somebody: hello, a blank, and the name.", lambda s: "hello " + s, one("Ann", "Bo", "x y"), one("Kim", "", "Zoe", "Max M", "Li", "Ola")),
        Spec("last_item", "Give the last entry of a list of numbers.", lambda v: v[-1], one([1, 2, 3], [9], [4, 4, 7, 0]), one([5, 6], [1], [8, 2, 11], [0, 0, 3], [10, 20, 30, 40], [7, 7])),
        Spec("spread", "Difference between the largest and the smallest number of a list.", lambda v: max(v) - min(v),
             one([3, 9, 4], [5], [10, 2, 7], [1, 1, 6]), one([0, 100], [8, 8], [2, 3, 5, 7], [50, 20, 35], [9, 1], [4, 6, 4])),
        Spec("sorted_down", "Sort numbers from large to small.", lambda v: sorted(v, reverse=True), one([3, 1, 2], [], [5, 9, 5, 7]), one([1], [1, 2, 3], [9, 8], [4, 4, 2, 6], [10, 30, 20], [0, 5, 0])),
        Spec("shout", "Write a text in capitals with an exclamation mark '!' at its end.", lambda s: s.upper() + "!", one("hey", "Stop it", "go"), one("", "abc", "no Way", "x", "run fast", "Yes")),
        Spec("remainder", "What is left over when a is shared out in groups of b?", lambda a, b: a % b, [(7, 3), (10, 5), (9, 4), (20, 6)], [(1, 2), (15, 4), (8, 8), (100, 7), (3, 5), (11, 2)]),
        Spec("is_sorted", "Is a list in rising order already?", lambda v: v == sorted(v),
             one([1, 2, 3], [3, 1], [], [5, 5, 6], [9, 2, 10], [1, 3, 2, 4], [4], [8, 7]), one([2, 1], [1, 1], [1, 5, 9], [3, 2, 1], [0, 10, 5], [6, 7, 8, 9])),
        Spec("middle_cut", "Drop the first and the last character of a text.", lambda s: s[1:-1], one("hello", "abc", "wxyz"), one("ab", "python", "12345", "a-b", "stop", "level")),
        Spec("seconds", "How many seconds are m minutes and s seconds?", lambda m, s: m * 60 + s, [(1, 0), (2, 30), (0, 45), (10, 1)], [(3, 3), (0, 0), (5, 59), (60, 0), (7, 20), (1, 1)]),
        Spec("repeat_word", "Write a word n times in a row.", lambda s, n: s * n, [("ab", 2), ("x", 5), ("hey", 1), ("no", 3)], [("a", 0), ("yes", 2), ("z", 4), ("go", 6), ("", 3), ("bye", 5)]),
        Spec("average_of_two", "The number half way between a and b; both are even.", lambda a, b: (a + b) // 2, [(2, 4), (0, 10), (6, 6), (8, 20)], [(2, 2), (4, 12), (0, 0), (30, 50), (10, 4), (100, 2)]),
        Spec("initial", "The first letter of a name.", lambda s: s[0], one("Ann", "bo", "Zoe"), one("Kim", "x", "Max M", "li", "Ola", "Quinn")),
        Spec("how_many", "How many entries does a list have?", len, one([1, 2, 3], [], [9]), one([4, 4], [1, 2, 3, 4, 5], [0], [7, 8, 9], [2, 2, 2, 2], [6, 1])),
        Spec("just_one", "Has a list just one entry?", lambda v: len(v) == 1, one([1], [], [0, 0], [2, 3]), one([5], [9, 9, 9], [7], [0], [1, 2], [4, 4])),
        Spec("after_tax", "The price and a fixed fee of 3 added to it.", lambda p: p + 3, one(1, 10, 0, 25), one(2, 100, 7, 50, 33, 12)),
        Spec("whisper", "Write a text in small letters.", lambda s: s.lower(), one("HEY", "Stop It", "Go"), one("ABC", "no Way", "x", "Run Fast", "YES", "aB")),
        Spec("bigger", "The larger one of two numbers.", max, [(3, 9), (5, 5), (10, 2), (0, 1)], [(1, 2), (8, 3), (4, 4), (100, 99), (0, 7), (6, 0)]),
        Spec("total", "Add up a list of numbers.", sum, one([1, 2, 3], [], [9, 9]), one([5], [4, 4, 4], [0, 10], [7, 8], [1, 1, 1, 1], [20, 30])),
        Spec("no_blanks", "Take the blanks at both ends of a text away.", lambda s: s.strip(), one("  a ", "b", " cd  "), one("x ", "  yes", " no ", "a b ", "   ", "go")),
        Spec("square", "A number times itself.", lambda n: n * n, one(2, 5, 0, 7), one(1, 3, 10, 4, 12, 9)),
        Spec("backwards", "A text from its end to its beginning.", lambda s: s[::-1], one("abc", "", "xy"), one("level", "go", "a", "12345", "stop", "no way")),
        Spec("smallest", "The smallest number of a list.", min, one([3, 1, 2], [5], [9, 8, 10]), one([4, 4], [2, 7, 1], [0, 5], [100, 20, 30], [6], [8, 3, 9])),
    ]
}


def interleaved(families: dict[str, list[Spec]]) -> list[tuple[str, Spec]]:
    rounds = zip_longest(*([(family, spec) for spec in specs] for family, specs in families.items()))
    return [pair for each in rounds for pair in each if pair is not None]


def asserts(spec: Spec, inputs: Sequence[tuple[Any, ...]]) -> list[str]:
    return [f"assert {spec.name}({', '.join(map(repr, args))}) == {spec.reference(*args)!r}" for args in inputs]


def as_json(name: str, title: str, families: dict[str, list[Spec]]) -> dict[str, Any]:
    tasks = [
        {
            "task_id": spec.name,
            "family": family,
            "text": f"{spec.text} Call the function `{spec.name}`.",
            "tests": asserts(spec, spec.given),
            "hidden_tests": asserts(spec, spec.hidden),
        }
        for family, spec in interleaved(families)
    ]
    return {"name": name, "title": title, "tasks": tasks}


SHIPPED = (
    ("classic", "Three classics: Fibonacci, FizzBuzz, factorial", CLASSIC),
    ("related_stream", "A stream of related tasks in eight families", FAMILIES),
    ("unrelated", "Tasks that have little to do with one another", UNRELATED),
)

if __name__ == "__main__":
    for name, title, families in SHIPPED:
        body = json.dumps(as_json(name, title, families), indent=1, ensure_ascii=False)
        (SUITES / f"{name}.json").write_text(body + "\n", encoding="utf-8")
