"""Notebooks leave as Jupyter, Markdown and HTML, and come back; what is broken gets a sentence."""

import json
from datetime import UTC, datetime

import nbformat
import pytest

from purpose_agent.notebooks.errors import NotebookUnreadable
from purpose_agent.notebooks.export import file_name, to_ipynb, to_markdown
from purpose_agent.notebooks.html_export import to_html
from purpose_agent.notebooks.import_ import read_ipynb
from purpose_agent.notebooks.model import Cell, CellOutput, CellSettings, Document, Notebook, TeamChoice

AT = datetime(2026, 1, 2, tzinfo=UTC)
CODE = "def double(n):\n    return n * 2"


def cell(cell_id: str, kind: str, source: str, answer: str = "", **settings: object) -> Cell:
    output = CellOutput(answer=answer, n=3, phi=9.25, tier="given_tests", passed=12, total=12, seconds=3.1, tokens=412)
    kept = CellSettings(output=output if answer else None, **settings)  # type: ignore[arg-type]
    return Cell(cell_id=cell_id, kind=kind, source=source, settings=kept, run_count=3)  # type: ignore[arg-type]


@pytest.fixture
def document() -> Document:
    notebook = Notebook(
        notebook_id="n1", title="Small programs", team=TeamChoice(purpose="Write code"), created_at=AT, updated_at=AT
    )
    cells = (
        cell("c1", "note", "## Begin here"),
        cell("c2", "task", "Double a number", CODE, checks=("double(2) -> 4",)),
        cell(
            "c3",
            "ask",
            "What is the fee?",
            "It is **60 euros** [1]. <script>alert(1)</script> ![x](http://e.com/p.png)",
        ),
        cell("c4", "teach", "Always handle zero."),
    )
    return Document(notebook=notebook, cells=cells)


def test_code_answers_become_code_cells_and_the_rest_markdown(document: Document) -> None:
    notebook = nbformat.reads(to_ipynb(document), as_version=4)
    nbformat.validate(notebook)
    assert [found.cell_type for found in notebook.cells] == [*["markdown"] * 3, "code", *["markdown"] * 3]
    (code,) = [found for found in notebook.cells if found.cell_type == "code"]
    assert code.source == CODE
    assert "checked by your tests · 12 of 12" in code.outputs[0].text


def test_an_edit_made_in_jupyter_is_kept(document: Document) -> None:
    raw = json.loads(to_ipynb(document))
    raw["cells"][2]["source"] = ["**Task [3]**\n", "\n", "Double a *whole* number"]
    raw["cells"][3]["source"] = ["def double(n): return n + n"]
    read = read_ipynb(json.dumps(raw))
    assert [made.source for made in read.cells if made.kind == "task"] == ["Double a *whole* number"]
    assert "def double(n): return n + n" in [made.source for made in read.cells if made.kind == "note"]


def test_a_record_that_was_damaged_in_the_file_loses_no_text(document: Document) -> None:
    raw = json.loads(to_ipynb(document))
    for found in raw["cells"]:
        ours = found["metadata"].get("purpose_agent", {})
        if "cell" in ours:
            ours["cell"] = {"kind": 7}
    raw["metadata"]["purpose_agent"]["notebook"] = "broken"
    read = read_ipynb(json.dumps(raw), name="kept.ipynb")
    told = "\n".join(made.source for made in read.cells)
    for text in ("## Begin here", "Double a number", "What is the fee?", "Always handle zero.", CODE):
        assert text in told
    assert [made.kind for made in read.cells][1] == "task"


def test_a_foreign_notebook_becomes_notes_with_what_it_printed() -> None:
    v4 = nbformat.v4
    code = v4.new_code_cell("print('hi')")
    code.outputs = [v4.new_output("stream", name="stdout", text="hi\n")]
    foreign = v4.new_notebook(cells=[v4.new_markdown_cell("# My data\n\nWhat I saw"), code, v4.new_raw_cell("raw")])
    read = read_ipynb(nbformat.writes(foreign), name="study.ipynb")
    assert read.notebook.title == "My data"
    assert [made.kind for made in read.cells] == ["note", "note", "note"]
    assert read.cells[1].source == "```python\nprint('hi')\n```\n\n```\nhi\n```"


def test_an_old_jupyter_notebook_is_read_too() -> None:
    v3 = {
        "nbformat": 3,
        "nbformat_minor": 0,
        "metadata": {"name": "old"},
        "worksheets": [{"cells": [{"cell_type": "markdown", "metadata": {}, "source": ["Old text"]}], "metadata": {}}],
    }
    assert [made.source for made in read_ipynb(json.dumps(v3)).cells] == ["Old text"]


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"PK\x03\x04 not a notebook",
        b"\xff\xfe\x00",
        b"{}",
        b"[]",
        b'{"cells": 3}',
        b'{"cells": [{"cell_type": "what"}], "nbformat": 4, "nbformat_minor": 5, "metadata": {}}',
        b'{"cells": [], "nbformat": 99, "nbformat_minor": 0, "metadata": {}}',
    ],
)
def test_a_broken_notebook_gets_a_sentence(content: bytes) -> None:
    with pytest.raises(NotebookUnreadable) as told:
        read_ipynb(content, name="mine.ipynb")
    assert told.value.what.startswith("mine.ipynb")
    assert told.value.fix
    assert "Error" not in told.value.what


def test_a_notebook_cut_off_at_any_place_is_refused_and_never_half_read(document: Document) -> None:
    whole = to_ipynb(document).rstrip()
    for cut in range(1, len(whole) - 1, 97):
        with pytest.raises(NotebookUnreadable):
            read_ipynb(whole[:cut])


def test_a_notebook_of_a_newer_version_says_so(document: Document) -> None:
    raw = json.loads(to_ipynb(document))
    raw["metadata"]["purpose_agent"]["format"] = 99
    with pytest.raises(NotebookUnreadable, match="newer version"):
        read_ipynb(json.dumps(raw))


def test_markdown_tells_the_task_the_answer_and_its_evidence(document: Document) -> None:
    text = to_markdown(document)
    assert text.startswith("# Small programs\n\nWrite code\n")
    assert "**Task [3]**" in text
    assert "```python\ndef double(n):" in text
    assert "Φ 9.2 · checked by your tests · 12 of 12 · 3.1 s · 412 tokens · free" in text


def test_an_answer_with_fences_of_its_own_stays_inside_its_fence() -> None:
    notebook = Notebook(notebook_id="n", title="t", team=TeamChoice(purpose="t"), created_at=AT, updated_at=AT)
    answer = 'def f():\n    return """```"""'
    text = to_markdown(Document(notebook=notebook, cells=(cell("c1", "task", "x", answer),)))
    assert f"````python\n{answer}\n````" in text


def test_the_html_page_is_one_file_that_asks_nobody_for_anything(document: Document) -> None:
    page = to_html(document)
    assert "<strong>60 euros</strong>" in page
    assert "&lt;script&gt;alert(1)" in page
    for forbidden in ("<script", "<img", "<link", "@import", "url(", "src="):
        assert forbidden not in page
    assert "default-src 'none'" in page


def test_a_file_name_is_made_from_the_title() -> None:
    assert file_name("Ask / three: documents?", "md") == "ask-three-documents.md"
    assert file_name("???", "html") == "notebook.html"


def test_the_passages_that_an_answer_names_are_found_by_their_numbers() -> None:
    from purpose_agent.notebooks.answers import cited_sources

    passages = ("[1] fees.md, lines 3-5\nIt is 60 euros.", "[2] water.md\nNo sprinklers.", "[3] dogs.md\nOn a lead.")
    cited = cited_sources("It is 60 euros. [1] Dogs are welcome. [3] [9]", passages)
    assert [(source.number, source.place, source.text) for source in cited] == [
        (1, "fees.md, lines 3-5", "It is 60 euros."),
        (3, "dogs.md", "On a lead."),
    ]
