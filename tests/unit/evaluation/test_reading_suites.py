"""A suite is recognised by its content, nothing of it is lost in silence, and what is wrong is told with its place."""

import gzip
import json
from collections.abc import Callable
from pathlib import Path

import pytest

from purpose_agent.evaluation import reading_suites
from purpose_agent.evaluation.checks.records import (
    ByPerson,
    CitedWords,
    ExactMatch,
    HiddenTests,
    NotThere,
    NumericMatch,
    PatternMatch,
    Rubric,
)
from purpose_agent.evaluation.reading_suites import ReadSuite, read_suite, read_suite_bytes, write_suite
from purpose_agent.evaluation.suite_formats.code_benchmarks import hidden_asserts
from purpose_agent.evaluation.suites import SuiteError, grade, load_suite
from tests.unit.evaluation.suite_files import HUMANEVAL, MBPP, PASSAGE, SOLUTIONS, jsonl, squad

CODE_TASKS = {
    "task_id": "mbpp/85", "prompt": "Find the surface of a sphere.", "signature": "import math",
    "entry_point": "surface", "tests": ["assert surface(0) == 0"], "hidden_tests": ["assert surface(1) > 12"],
    "reference": "CANONICAL", "source": "elsewhere",
}  # fmt: skip


def read(body: str | bytes, file: str = "mine.txt") -> ReadSuite:
    return read_suite_bytes(body.encode() if isinstance(body, str) else body, file)


# ---- tables


def test_a_table_is_read_with_a_check_for_each_row() -> None:
    got = read(
        "question,answer,check,tolerance,unit,family,rubric,judge\n"
        "Capital of France?,Paris | City of Paris,,,,geo,,\n"
        "How high?,\"1,234.5 m\",,1 %,,geo,,\n"
        "How many?,7,,,,,,\n"
        "A year?,\\d{4},regex,,,,,\n"
        "A letter?,,,,,,It is polite.,ollama:qwen3:4b\n"
        "A poem?,,person,,,,,\n"
    )  # fmt: skip
    assert [item.check for item in got.suite.tasks] == [
        ExactMatch(answers=("Paris", "City of Paris")),
        NumericMatch(value=1234.5, relative=0.01, unit="m"),
        NumericMatch(value=7),
        PatternMatch(pattern="\\d{4}"),
        Rubric(rubric="It is polite.", judge="ollama:qwen3:4b"),
        ByPerson(),
    ]
    assert [item.task.task_id for item in got.suite.tasks] == [f"row-{n}" for n in range(1, 7)]
    assert got.suite.families == ("geo",)
    assert (got.suite.name, got.form, got.notices) == ("mine", "a table", ())


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_a_table_may_come_from_any_spreadsheet(delimiter: str, encoding: str) -> None:
    lines = ["Question;Answer", "Wie heißt die größte Stadt Österreichs, kurz gesagt?;Wien", "Größe in Metern?;1"]
    body = "\r\n".join(delimiter.join(f'"{cell}"' for cell in line.split(";")) for line in lines)
    tasks = read(body.encode(encoding)).suite.tasks
    assert tasks[0].task.text == "Wie heißt die größte Stadt Österreichs, kurz gesagt?"
    assert tasks[0].check == ExactMatch(answers=("Wien",))


def test_tests_stand_one_a_line_and_examples_count_as_tests() -> None:
    body = 'task,tests,hidden_tests\nDouble it,"double(1) -> 2\nassert double(0) == 0","assert double(5) == 10"\n'
    (item,) = read(body).suite.tasks
    assert item.task.tests == ("assert double(1) == 2", "assert double(0) == 0")
    assert item.check == HiddenTests(tests=("assert double(5) == 10",))


@pytest.mark.parametrize(
    ("body", "says"),
    [
        ("", "is empty"),
        ("   \n", "is empty"),
        ("name,size\na,1\n", "no column with what is asked"),
        ("text,answer\n,Paris\n", "Row 1 of mine.txt has no text"),
        ("text,anwser\nCapital?,Paris\n", "Row 1 of mine.txt has no answer"),
        ("text,answer,check\nCapital?,Paris,guess\n", "a check called “guess”"),
        ("text,answer,check\nHow many?,many,numeric\n", "not one number"),
        ("text,answer,tolerance\nHow many?,7,little\n", "the tolerance “little”"),
        ("text,check\nDo it,tests\n", "has no tests"),
        ("text,answer\nCapital?,Paris,France\n", "has 3 cells, but there are 2 columns"),
        ("text,text\na,b\n", "two columns called text"),
        ('text,answer\n"Capital?,Paris\n', "cannot be read as a table"),
        ("text,answer,check\nA?,(,regex\n", "its pattern cannot be read"),
        ("task_id,text,answer\na,A?,x\na,B?,y\n", "Task 2 of mine.txt (a) has no task_id of its own"),
        ('{"text": "A?", "answer": "x"}\n{"text": "B?", "answer"\n', "Line 2 of mine.txt is not JSON"),
        ('{"text": "A?", "answer": "x"}\n[1]\n', "Entry 2 of mine.txt is not a task"),
        ("[]", "is empty"),
        ("[1, 2]", "Entry 1"),
        ('{"name": "x", "tasks": [{"task_id": "a", "text": "A?", "check": {"kind": "guess"}}]}', "is not a suite"),
        ('{"name": "x", "tasks": [{"task_id": "a", "text": "A?", "check": {"kind": "exact", "answers": []}}]}',
         "Task 1 of mine.txt (a): it has no expected answer"),
        ('{"name": "x", "tasks": [{"task_id": "a", "text": "A?", "hidden_tests": ["assert f(1)"], '
         '"check": {"kind": "person"}}]}', "another check as well"),
        ('{"data": [{"paragraphs": 7}]}', "looks like SQuAD"),
        ('{"data": []}', "no tasks"),
        ("text,answer\n" + "x" * 20_001 + ",y\n", "20,001 characters"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_told_with_its_place_and_what_to_do(body: str, says: str) -> None:
    with pytest.raises(SuiteError) as refused:
        read(body)
    assert says in refused.value.what
    assert refused.value.fix


def test_rows_of_json_may_hold_lists_and_what_is_not_used_is_told() -> None:
    got = read(
        jsonl([{"prompt": "A?", "answers": ["x", "y"], "id": 7, "score": 1}, {"prompt": "B?", "answer": 12, "id": 8}])
    )
    assert [item.check for item in got.suite.tasks] == [ExactMatch(answers=("x", "y")), NumericMatch(value=12)]
    assert [item.task.task_id for item in got.suite.tasks] == ["7", "8"]
    assert got.notices == ("Not used: the column “score”.",)
    assert read('[{"text": "A?", "answer": "x"}]').suite.tasks[0].check == ExactMatch(answers=("x",))
    assert len(read('{"text": "A?", "answer": "x"}').suite.tasks) == 1


def test_code_tasks_of_others_are_rows_too_and_their_solutions_are_not_read() -> None:
    got = read(jsonl([CODE_TASKS, {**CODE_TASKS, "task_id": "mbpp/86", "hidden_tests": []}]))
    first, second = got.suite.tasks
    assert first.check == HiddenTests(tests=("assert surface(1) > 12",))
    assert (second.check, second.task.tests) == (None, ("assert surface(0) == 0",))
    assert "“reference”" in got.notices[0]


def test_questions_with_a_context_are_answered_from_it() -> None:
    rows = [
        {"id": "1", "title": "Club", "context": PASSAGE, "question": "The fee?", "answers": {"text": ["40 euros"]}},
        {"id": "2", "title": "Club", "context": PASSAGE, "question": "Its age?", "answers": [], "is_impossible": True},
    ]
    first, second = read(jsonl(rows)).suite.tasks
    assert first.check == CitedWords(answers=("40 euros",))
    assert first.task.context == (f"[1] Club\n{PASSAGE}",)
    assert first.is_question
    assert second.check == NotThere()
    assert second.family == "Club"


# ---- benchmarks


def test_humaneval_becomes_hidden_asserts_that_the_sandbox_runs() -> None:
    got = read(jsonl(HUMANEVAL), "HumanEval.jsonl")
    assert got.form == "HumanEval"
    for item in got.suite.tasks:
        solution = SOLUTIONS[item.task.task_id]
        report = grade(solution, item.hidden_tests)
        assert (report.passed, report.total) == (len(item.hidden_tests),) * 2, report
        wrong = solution.partition("\n")[0] + "\n    return None\n"
        assert grade(wrong, item.hidden_tests).passed < len(item.hidden_tests)
        assert "Complete this function" in item.task.text
    close, zero, _ = got.suite.tasks
    assert close.hidden_tests == (
        "assert close([1.0, 2.0, 3.9], 0.3) == False",
        "assert close([1.0, 2.0, 2.2], 0.3) == True",
        "xs = [1.0, 1.05]\nassert close(xs, 0.1) == True, 'near'",
    )
    assert "def poly" in zero.hidden_tests[0]


def test_a_benchmark_without_a_check_for_its_function_is_refused() -> None:
    with pytest.raises(SuiteError, match="no check"):
        hidden_asserts("assert f(1) == 2", "f")
    with pytest.raises(SuiteError, match="not Python"):
        hidden_asserts("def check(candidate:", "f")
    with pytest.raises(SuiteError, match="lacks prompt"):
        read(jsonl([HUMANEVAL[0], {"task_id": "x"}]))


def test_mbpp_gives_its_first_test_and_hides_the_others() -> None:
    got = read(jsonl(MBPP), "mbpp.jsonl")
    double, one = got.suite.tasks
    assert double.task.task_id == "mbpp/2"
    assert double.task.tests == ("import math\nassert double(1) == 2",)
    assert len(double.hidden_tests) == 3
    report = grade("def double(n):\n    return 2 * n", double.hidden_tests)
    assert report.passed == report.total == 3
    assert one.check is None
    assert "nothing is hidden" in got.notices[0]


@pytest.mark.parametrize("body", [jsonl(HUMANEVAL), jsonl(MBPP), jsonl([CODE_TASKS])])
def test_no_solution_of_a_benchmark_is_anywhere_in_its_suite(body: str, tmp_path: Path) -> None:
    write_suite(read(body).suite, tmp_path / "kept.json")
    kept = (tmp_path / "kept.json").read_text()
    assert "CANONICAL" not in kept


def test_squad_questions_come_with_their_passage_and_unanswerable_ones_are_to_be_refused() -> None:
    got = read(json.dumps(squad()), "dev-v2.0.json")
    fee, moons = got.suite.tasks
    assert got.form == "SQuAD 2.0"
    assert fee.check == CitedWords(answers=("40 euros",))
    assert fee.task.context == (f"[1] Garden Club\n{PASSAGE}",)
    assert (fee.family, fee.is_question) == ("Garden_Club", True)
    assert moons.check == NotThere()
    old = squad({"id": "q", "question": "Who?", "answers": [{"text": "Maria Lopez", "answer_start": 0}]}, version="1.1")
    assert read(json.dumps(old)).form == "SQuAD 1.1"


def test_squad_can_ask_for_the_whole_answer(tmp_path: Path) -> None:
    path = tmp_path / "squad.json"
    path.write_text(json.dumps(squad()))
    assert read_suite(path, exact=True).suite.tasks[0].check == ExactMatch(answers=("40 euros",))


def test_a_question_whose_answer_is_not_in_its_passage_is_found_out() -> None:
    broken = squad({"id": "q9", "question": "Who?", "answers": [{"text": "Nobody", "answer_start": 0}]})
    with pytest.raises(SuiteError, match="passage does not hold"):
        read(json.dumps(broken))


# ---- files


def test_a_packed_file_is_read_and_a_bomb_or_a_damaged_one_is_not(monkeypatch: pytest.MonkeyPatch) -> None:
    packed = gzip.compress(jsonl(HUMANEVAL).encode())
    assert read(packed, "HumanEval.jsonl.gz").suite.name == "HumanEval"
    with pytest.raises(SuiteError, match="damaged"):
        read(packed[:-20])
    monkeypatch.setattr(reading_suites, "MAX_SUITE_BYTES", 100_000)
    with pytest.raises(SuiteError, match="when it is unpacked"):
        read(gzip.compress(b"x" * 1_000_000))
    with pytest.raises(SuiteError, match="is larger than"):
        read(b"x" * 100_001)


def test_too_many_tasks_are_refused_in_a_sentence() -> None:
    with pytest.raises(SuiteError, match="more than 20,000 tasks"):
        read("text,answer\n" + "A?,x\n" * 20_001)


@pytest.mark.parametrize("body", [b"\x00\x01\x02\xff", b"{" * 5000, b"[" * 100_000, b"%PDF-1.7 \x00\x93", b"\x1f\x8b"])
def test_a_file_that_is_no_suite_gets_a_sentence(body: bytes) -> None:
    with pytest.raises(SuiteError):
        read(body)


@pytest.mark.parametrize(
    "make",
    [
        lambda: read(jsonl(HUMANEVAL)).suite,
        lambda: read(jsonl(MBPP)).suite,
        lambda: read(json.dumps(squad())).suite,
        lambda: load_suite("related_stream"),
        lambda: read("text,answer,tolerance\nA?,7,1 %\nB?,x | y,\n").suite,
    ],
)
def test_what_is_written_is_read_back_as_the_same_version(make: Callable[[], object], tmp_path: Path) -> None:
    suite = make()
    write_suite(suite, tmp_path / "other name.json")  # type: ignore[arg-type]
    again = load_suite(tmp_path / "other name.json")
    assert again == suite
    assert again.version == suite.version  # type: ignore[attr-defined]


def test_all_rows_with_faults_are_told_together(tmp_path: Path) -> None:
    file = tmp_path / "t.csv"
    file.write_text("text,answer,check\nOne?,1,\n,2,\nThree?,,\nFour?,4,magic\n")
    with pytest.raises(SuiteError) as caught:
        read_suite(file)
    assert caught.value.what == "Row 2 of t.csv has no text. 2 more rows cannot be used either."
    for told in ("Row 2 of t.csv has no text", "Row 3 of t.csv has no answer", "a check called “magic”. Write one of"):
        assert told in caught.value.details


def test_a_table_may_say_what_a_person_or_a_judge_goes_by_in_the_place_of_an_answer(tmp_path: Path) -> None:
    file = tmp_path / "t.csv"
    file.write_text(
        "text,answer,check,rubric\nA note,kind,person,\nA poem,short,rubric,\nA letter,x,person,It is warm.\n"
    )
    found = [item.check for item in read_suite(file).suite.tasks]
    assert found == [ByPerson(look_for="kind"), Rubric(rubric="short"), ByPerson(look_for="It is warm.")]
