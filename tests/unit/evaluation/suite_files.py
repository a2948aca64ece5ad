"""Small files in the forms in which suites come, as their makers write them."""

import json
from typing import Any

CLOSE = """from typing import List


def close(xs: List[float], far: float) -> bool:
    ''' Are two closer than far?
    >>> close([1.0, 2.0], 0.5)
    False
    '''
"""
CLOSE_TEST = """

METADATA = {
    'author': 'jt'
}


def check(candidate):
    assert candidate([1.0, 2.0, 3.9], 0.3) == False
    assert candidate([1.0, 2.0, 2.2], 0.3) == True
    xs = [1.0, 1.05]
    assert candidate(xs, 0.1) == True, "near"
    assert True, "This prints if this assert fails 1 (good for debugging!)"
"""
ZERO = """import math


def poly(xs: list, x: float):
    ''' The value of a polynomial. '''
    return sum([c * math.pow(x, i) for i, c in enumerate(xs)])


def find_zero(xs: list):
    ''' A zero of the polynomial. '''
"""
ZERO_TEST = """
def check(candidate):
    import math, copy
    for coeffs in ([2, -1], [-6, 2, 0, 1], [1, 1]):
        assert math.fabs(poly(coeffs, candidate(copy.deepcopy(coeffs)))) < 1e-4
"""
SAME_TEST = """
def check(candidate):
    for n in range(3):
        assert candidate(n) == n
    return

check(same)
"""
CLOSE_SOLUTION = """def close(xs, far):
    return any(abs(a - b) < far for i, a in enumerate(xs) for b in xs[:i])
"""
ZERO_SOLUTION = """def find_zero(xs):
    f = lambda x: sum(c * x**i for i, c in enumerate(xs))
    a, b = -1.0, 1.0
    while f(a) * f(b) > 0:
        a, b = 2 * a, 2 * b
    while b - a > 1e-12:
        c = (a + b) / 2
        a, b = (c, b) if f(c) * f(a) > 0 else (a, c)
    return a
"""


def _humaneval(task_id: str, prompt: str, entry: str, test: str) -> dict[str, Any]:
    solution = "    return CANONICAL\n"
    return {"task_id": task_id, "prompt": prompt, "entry_point": entry, "canonical_solution": solution, "test": test}


HUMANEVAL = [
    _humaneval("HumanEval/0", CLOSE, "close", CLOSE_TEST),
    _humaneval("HumanEval/32", ZERO, "find_zero", ZERO_TEST),
    _humaneval("HumanEval/x", "def same(xs):\n", "same", SAME_TEST),
]
SOLUTIONS = {
    "HumanEval/0": CLOSE_SOLUTION,
    "HumanEval/32": ZERO_SOLUTION,
    "HumanEval/x": "def same(xs):\n    return xs\n",
}
MBPP = [
    {
        "text": "Write a function to double a number.",
        "code": "def double(n):\n    return CANONICAL",
        "task_id": 2,
        "test_setup_code": "import math",
        "test_list": ["assert double(1) == 2", "assert double(math.floor(2.5)) == 4", "assert double(0) == 0"],
        "challenge_test_list": ["assert double(-1) == -2"],
    },
    {"prompt": "Write one.", "code": "CANONICAL", "task_id": 3, "test_imports": [], "test_list": ["assert one() == 1"]},
]
PASSAGE = "The garden club was founded in 1923 by Maria Lopez. Members pay a yearly fee of 40 euros."


def squad(*questions: dict[str, Any], version: str = "v2.0") -> dict[str, Any]:
    asked = list(questions) or [
        {"id": "q1", "question": "How much is the yearly fee?", "is_impossible": False,
         "answers": [{"text": "40 euros", "answer_start": 80}, {"text": "40 euros", "answer_start": 80}]},
        {"id": "q2", "question": "How many moons has Saturn?", "is_impossible": True, "answers": []},
    ]  # fmt: skip
    return {"version": version, "data": [{"title": "Garden_Club", "paragraphs": [{"context": PASSAGE, "qas": asked}]}]}


def jsonl(rows: list[dict[str, Any]]) -> str:
    return "".join(json.dumps(row) + "\n" for row in rows)
