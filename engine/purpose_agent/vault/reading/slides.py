"""PowerPoint slide shows: each slide's title, text, tables, chart values and the speaker's notes."""

import io
from collections.abc import Iterator
from typing import Any

from purpose_agent.vault.errors import Unreadable
from purpose_agent.vault.places import Builder, Reading
from purpose_agent.vault.reading.limits import DAMAGE, MAX_DEPTH, MAX_PAGES, MAX_TEXT_CHARS, Clock, joined, some
from purpose_agent.vault.reading.packages import Package
from purpose_agent.vault.reading.tables import document_table


def read_pptx(body: bytes) -> Reading:
    """Raises Unreadable. Hidden slides are left out and told of in the note."""
    from lxml.etree import LxmlError
    from pptx.exc import PythonPptxError
    from pptx.package import Package as Parts

    package = Package(body, "PowerPoint slide show")
    package.check_xml()
    try:
        show: Any = Parts.open(io.BytesIO(body)).main_document_part
        return _read(list(show.presentation.slides))
    except Unreadable:
        raise
    except (PythonPptxError, LxmlError, *DAMAGE) as problem:
        raise package.broken from problem


def _read(slides: list[Any]) -> Reading:
    builder, clock = Builder(), Clock()
    hidden, empty, lost, cut = [], [], [], ""
    for number, slide in enumerate(slides, 1):
        if number > MAX_PAGES or clock.is_over or builder.length > MAX_TEXT_CHARS:
            cut = f"Only the first {number - 1} of {len(slides)} slides were read."
            break
        if slide._element.get("show") in ("0", "false"):
            hidden.append(number)
            continue
        try:
            title, lines = _slide(slide)
        except DAMAGE:
            lost.append(number)
            continue
        if not lines:
            empty.append(number)
        builder.add("\n".join(lines), label=f"slide {number}", firm=True, page=number, heading=title, end="\n\n")
    note = joined(
        f"Hidden slides were left out: {some(hidden)}." if hidden else "",
        f"These slides could not be read: {some(lost)}." if lost else "",
        cut,
    )
    found = builder.reading(note)
    return Reading(
        text=found.text, places=found.places, note=note, pages=len(slides), empty_pages=tuple(sorted(empty + lost))
    )


def _slide(slide: Any) -> tuple[str, list[str]]:
    title_shape = slide.shapes.title
    title = " ".join(title_shape.text_frame.text.split()) if title_shape is not None else ""
    lines = [title] if title else []
    for shape in _shapes(slide.shapes, MAX_DEPTH):
        if title_shape is not None and shape.shape_id == title_shape.shape_id:
            continue
        lines += _shape_lines(shape)
    if slide.has_notes_slide and slide.notes_slide.notes_text_frame is not None:
        notes = " ".join(slide.notes_slide.notes_text_frame.text.split())
        if notes:
            lines.append(f"Notes: {notes}")
    return title, lines


def _shapes(shapes: Any, depth: int) -> Iterator[Any]:
    for shape in shapes:
        if hasattr(shape, "shapes"):
            if depth:
                yield from _shapes(shape.shapes, depth - 1)
        else:
            yield shape


def _shape_lines(shape: Any) -> list[str]:
    if getattr(shape, "has_table", False):
        rows = [[cell.text for cell in row.cells] for row in shape.table.rows]
        return document_table(rows, has_header=bool(shape.table.first_row))
    if getattr(shape, "has_chart", False):
        return _chart_lines(shape.chart)
    if getattr(shape, "has_text_frame", False):
        paragraphs = (" ".join(paragraph.text.split()) for paragraph in shape.text_frame.paragraphs)
        return [words for words in paragraphs if words]
    return []


def _chart_lines(chart: Any) -> list[str]:
    lines = []
    for plot in chart.plots:
        categories = [str(category) for category in plot.categories]
        for series in plot.series:
            pairs = zip(categories, series.values, strict=False)
            values = "; ".join(f"{category}: {value:g}" for category, value in pairs if value is not None)
            if values:
                lines.append(f"{series.name} \u2013 {values}." if series.name else f"{values}.")
    return lines
