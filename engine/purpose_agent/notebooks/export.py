"""A notebook as a file: Jupyter (`.ipynb`), Markdown, or one HTML page.

The Jupyter form loses nothing: our own records travel in the metadata, so that `import_.read_ipynb` gives the same
document back, and a cell that was edited in Jupyter is told apart by its text. The HTML page holds its style, makes no
request of any kind and escapes all that a person or a model wrote.
"""

import re
from typing import Any

import msgspec

from purpose_agent.notebooks import words
from purpose_agent.notebooks.answers import quoted, read_answer
from purpose_agent.notebooks.model import Cell, CellOutput, Document

OURS = "purpose_agent"
FORMAT = 1


def file_name(title: str, ending: str) -> str:
    """A name for the saved file that every system takes."""
    stem = re.sub(r"[^\w-]+", "-", title, flags=re.UNICODE).strip("-").lower()[:60]
    return f"{stem or 'notebook'}.{ending}"


def to_ipynb(document: Document) -> str:
    """Jupyter's format 4.5 as text, validated."""
    nbformat = jupyter()
    v4 = nbformat.v4
    cells = [v4.new_markdown_cell(head_text(document), id="purpose-agent-head", metadata={OURS: {"head": True}})]
    for cell in document.cells:
        cells.extend(_ipynb_cells(cell))
    notebook = v4.new_notebook(
        cells=cells,
        metadata={
            "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
            "language_info": {"name": "python"},
            OURS: {"format": FORMAT, "notebook": msgspec.to_builtins(document.notebook)},
        },
    )
    nbformat.validate(notebook)
    return str(nbformat.writes(notebook)) + "\n"


def jupyter() -> Any:
    """The nbformat library: slow to import and without types."""
    import nbformat

    return nbformat


def _ipynb_cells(cell: Cell) -> list[Any]:
    v4 = jupyter().v4
    ours = {OURS: {"cell": msgspec.to_builtins(cell)}}
    cells = [v4.new_markdown_cell(cell_text(cell), id=cell.cell_id, metadata=ours)]
    output = cell.settings.output
    if output is None:
        return cells
    mark: dict[str, Any] = {OURS: {"answer_of": cell.cell_id}}
    answer = read_answer(output.answer)
    answer_id = f"{cell.cell_id}-answer"
    if answer.form == "code":
        result = v4.new_output("stream", name="stdout", text=under_answer(output) + "\n")
        code = v4.new_code_cell(answer.body, id=answer_id, metadata=mark, execution_count=output.n or None)
        code.outputs = [result]
        return [*cells, code]
    return [*cells, v4.new_markdown_cell(answer_text(output), id=answer_id, metadata=mark)]


def to_markdown(document: Document) -> str:
    """The notebook as one Markdown text."""
    parts = [head_text(document)]
    for cell in document.cells:
        parts.append(cell_text(cell))
        output = cell.settings.output
        if output is not None:
            answer = read_answer(output.answer)
            parts.append(
                f"{quoted(answer.body, 'python')}\n\n*{under_answer(output)}*"
                if answer.form == "code"
                else answer_text(output)
            )
    return "\n\n".join(parts) + "\n"


def head_text(document: Document) -> str:
    """Title, what it is about, and on what model."""
    notebook = document.notebook
    lines = [f"# {notebook.title}"]
    if notebook.team.purpose.strip() != notebook.title.strip():
        lines.append(notebook.team.purpose.strip())
    if notebook.settings.about:
        lines.append(notebook.settings.about)
    return "\n\n".join(lines)


def cell_text(cell: Cell) -> str:
    """The cell's source under a label that names its kind; a note has none."""
    if cell.kind == "note":
        return cell.source
    number = f" [{cell.run_count}]" if cell.run_count else ""
    text = f"**{words.KIND[cell.kind]}{number}**\n\n{cell.source}"
    if cell.settings.checks:
        text += "\n\n" + quoted("\n".join(cell.settings.checks), "python")
    return text


def answer_text(output: CellOutput) -> str:
    """A text answer and what is known about it, as Markdown."""
    told = "\n".join(f"- {source}" for source in output.sources)
    return "\n\n".join(part for part in (output.answer, told, f"*{under_answer(output)}*") if part)


def under_answer(output: CellOutput) -> str:
    """The line under an answer: score, evidence, effort, lessons, model."""
    parts = [words.verdict(output), words.effort(output)]
    if told := words.lessons(len(output.lessons_used), len(output.lessons_born)):
        parts.append(told)
    if output.model:
        parts.append(words.model(output.model))
    return " · ".join(parts)
