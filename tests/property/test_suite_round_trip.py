"""Whatever stands in a suite, its file gives it back, and its version tells its content and nothing else."""

from hypothesis import given, settings
from hypothesis import strategies as st

from purpose_agent.evaluation.checks.records import (
    ByPerson,
    CitedWords,
    ExactMatch,
    NotThere,
    NumericMatch,
    PatternMatch,
    Rubric,
)
from purpose_agent.evaluation.reading_suites import read_suite_bytes
from purpose_agent.evaluation.suite_formats.own_json import suite_bytes
from purpose_agent.evaluation.suite_records import Suite, SuiteError, SuiteTask, TaskRow, suite_of

words = st.text(st.characters(categories=["L", "Nd"]), min_size=1, max_size=12)
text = st.lists(words, min_size=1, max_size=6).map(" ".join)
anything = st.text(st.characters(exclude_categories=["Cs"]), max_size=60)
answers = st.lists(text.filter(lambda one: bool(one.strip())), min_size=1, max_size=3).map(tuple)
numbers = st.one_of(st.integers(-(10**6), 10**6), st.floats(allow_nan=False, allow_infinity=False))
small = st.floats(0, 1e6)
checks = st.one_of(
    st.builds(ExactMatch, answers=answers),
    st.builds(NumericMatch, value=numbers, absolute=small, relative=small, unit=anything),
    st.builds(PatternMatch, pattern=words, whole=st.booleans(), ignore_case=st.booleans()),
    st.builds(
        CitedWords, answers=answers, share=st.floats(0.01, 1), documents=st.lists(anything, max_size=2).map(tuple)
    ),
    st.just(NotThere()),
    st.builds(Rubric, rubric=text, judge=anything),
    st.builds(ByPerson, look_for=anything),
)
tests = st.lists(st.integers(0, 99).map(lambda n: f"assert f({n}) == {n}"), max_size=3, unique=True).map(tuple)
rows = st.builds(
    TaskRow,
    task_id=words,
    text=text.flatmap(lambda start: anything.map(lambda rest: f"{start} {rest}")),
    tests=tests,
    family=anything,
    kind=st.sampled_from(["", "question"]),
    check=st.one_of(st.none(), checks),
    context=st.lists(anything, max_size=2).map(tuple),
    vaults=st.lists(words, max_size=2).map(tuple),
)
suites = st.lists(rows, min_size=1, max_size=5, unique_by=lambda row: row.task_id).map(
    lambda found: suite_of(found, name="mine")
)


@given(suites, anything)
def test_a_suite_is_read_back_as_it_was_written(suite: Suite, title: str) -> None:
    again = read_suite_bytes(suite_bytes(suite), "other.json").suite
    assert again == suite
    assert again.version == suite.version
    renamed = Suite(name="other", title=title, tasks=suite.tasks)
    assert renamed.version == suite.version


@given(suites, st.randoms(use_true_random=False))
def test_another_order_or_content_is_another_version(suite: Suite, rng: object) -> None:
    backwards = Suite(name=suite.name, title=suite.title, tasks=suite.tasks[::-1])
    assert (backwards.version == suite.version) == (len(suite.tasks) == 1)
    first = suite.tasks[0]
    harder = SuiteTask(
        task=first.task, check=ExactMatch(answers=("another",)), family=first.family, vaults=first.vaults
    )
    changed = Suite(name=suite.name, title=suite.title, tasks=(harder, *suite.tasks[1:]))
    assert (changed.version == suite.version) == (harder == first)


@settings(max_examples=300, deadline=None)
@given(
    st.one_of(
        st.binary(max_size=300),
        anything.map(str.encode),
        st.text('{}[]",:;\n\ttextanswer 01', max_size=120).map(str.encode),
    )
)
def test_no_file_makes_the_reader_fall(body: bytes) -> None:
    try:
        read_suite_bytes(body, "x.txt")
    except SuiteError:
        return
