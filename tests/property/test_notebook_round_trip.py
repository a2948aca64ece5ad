"""Whatever stands in a notebook, its Jupyter form gives it back."""

import string
from datetime import UTC, datetime

from hypothesis import given, settings
from hypothesis import strategies as st

from purpose_agent.notebooks.errors import NotebookUnreadable
from purpose_agent.notebooks.export import to_ipynb
from purpose_agent.notebooks.html_export import to_html
from purpose_agent.notebooks.import_ import read_ipynb
from purpose_agent.notebooks.model import (
    CELL_KINDS,
    Cell,
    CellOutput,
    CellSettings,
    Document,
    KnowledgeFile,
    Notebook,
    NotebookSettings,
    TeamChoice,
)
from purpose_agent.types import TIERS

text = st.text(st.characters(exclude_categories=["Cs"]), max_size=120)
line = st.text(st.characters(exclude_categories=["Cs", "Cc", "Zl", "Zp"]), min_size=1, max_size=60)
moments = st.datetimes(datetime(2020, 1, 1), datetime(2100, 1, 1)).map(lambda at: at.replace(tzinfo=UTC))
ids = st.text(string.hexdigits.lower(), min_size=12, max_size=12)
floats = st.floats(0, 1e6)

outputs = st.builds(
    CellOutput,
    run_id=text,
    n=st.integers(0, 999),
    status=st.sampled_from(["done", "failed", "cancelled", "interrupted"]),
    answer=st.one_of(text, st.just("def f(n):\n    return n + 1"), st.just("```python\nx = 1\n```")),
    phi=st.one_of(st.none(), st.floats(0, 10)),
    tier=st.sampled_from(TIERS),
    passed=st.integers(0, 20),
    total=st.integers(0, 20),
    seconds=floats,
    tokens=st.integers(0, 10**6),
    cost_usd=floats,
    model=text,
    sources=st.lists(text, max_size=2).map(tuple),
    lessons_used=st.lists(text, max_size=3).map(tuple),
    lessons_born=st.lists(text, max_size=3).map(tuple),
    what=text,
    fix=text,
    at=st.one_of(st.none(), moments),
)
cells = st.builds(
    Cell,
    cell_id=ids,
    kind=st.sampled_from(CELL_KINDS),
    source=text,
    settings=st.builds(
        CellSettings,
        checks=st.lists(line, max_size=3).map(tuple),
        suite_task=text,
        output=st.one_of(st.none(), outputs),
    ),
    run_count=st.integers(0, 10**6),
    last_run_id=text,
)
documents = st.builds(
    Document,
    notebook=st.builds(
        Notebook,
        notebook_id=ids,
        title=text,
        team=st.builds(TeamChoice, purpose=text, model=st.one_of(st.none(), text)),
        settings=st.builds(
            NotebookSettings,
            use_lessons=st.booleans(),
            trust_tested_lessons=st.booleans(),
            knowledge=st.lists(st.builds(KnowledgeFile, name=text, sha256=text, size=st.integers(0)), max_size=2).map(
                tuple
            ),
            suite=text,
            about=text,
        ),
        created_at=moments,
        updated_at=moments,
    ),
    cells=st.lists(cells, max_size=6, unique_by=lambda cell: cell.cell_id).map(tuple),
)


@settings(max_examples=60, deadline=None)
@given(documents)
def test_what_is_exported_to_jupyter_is_imported_back_whole(document: Document) -> None:
    assert read_ipynb(to_ipynb(document)) == document


@settings(max_examples=60, deadline=None)
@given(documents)
def test_the_html_page_has_no_element_that_a_person_or_model_wrote(document: Document) -> None:
    page = to_html(document).lower()
    assert "<script" not in page
    assert "<img" not in page
    assert page.count("<body>") == 1


@settings(max_examples=100, deadline=None)
@given(st.one_of(st.binary(max_size=200), st.text(max_size=200)))
def test_any_bytes_are_read_or_refused_with_a_sentence(content: bytes | str) -> None:
    try:
        read_ipynb(content, name="x.ipynb")
    except NotebookUnreadable as error:
        told = (error.what, error.fix)
    else:
        told = ("read", "nothing to mend")
    assert all(told)
