"""One cell of a notebook: number, text, buttons, and beneath it what its last run left."""

from dataclasses import dataclass
from html import escape as safe

import streamlit as st

from app.charts import meter, sparkline
from app.components.answer import draw_answer, draw_sources, safe_markdown
from app.components.cell_editor import draw_editor, is_editing
from app.components.cell_menu import draw_menu
from app.components.cited_answer import draw_cited_answer
from app.components.lessons import draw_born, draw_used, waiting
from app.components.live import draw_live
from app.components.steps import draw_step_lines
from app.wiring import engine, errors_on_page, escape, run_view, runner
from purpose_agent.notebooks import words
from purpose_agent.notebooks.citing import checked
from purpose_agent.notebooks.model import Cell, CellOutput, Notebook
from purpose_agent.notebooks.outputs import sources_of
from purpose_agent.notebooks.run_view import RunView
from purpose_agent.storage.trajectories import RunRow
from purpose_agent.types import MAX_PHI

_FOLD_FROM_CHARS = 900


@dataclass(frozen=True, slots=True)
class CellOnPage:
    """A cell with all that the page has read for it.

    phis     Φ of its runs, oldest first.
    follows  whether a live cell shows its steps as they come; one that only waits does not poll.
    grade    hidden tests passed and total, where the suite has them.
    control  the cell's last run without a lesson.
    earlier_born  lessons (id, text) of the cell's earlier runs; those that still wait are shown too.
    """

    notebook: Notebook
    cell: Cell
    output: CellOutput | None
    phis: tuple[float | None, ...] = ()
    follows: bool = False
    grade: tuple[int, int] | None = None
    earlier_born: tuple[tuple[str, str], ...] = ()
    control: RunRow | None = None

    @property
    def is_live(self) -> bool:
        return self.output is not None and self.output.status in ("queued", "running")


def draw_cell(shown: CellOnPage) -> None:
    """The whole cell. It is a fragment: opening its steps or its menu redraws this cell only."""
    cell = shown.cell
    with st.container(key=f"notebook_cell_{cell.cell_id}", gap="small"):
        if is_editing(cell.cell_id):
            draw_editor(shown.notebook, cell)
            return
        _draw_head(shown)
        if cell.kind in ("task", "ask") and shown.output is not None:
            with st.container(key=f"notebook_answer_{cell.cell_id}", gap="xsmall"):
                _draw_body(shown, shown.output)


def _draw_head(shown: CellOnPage) -> None:
    cell = shown.cell
    with st.container(key=f"notebook_head_{cell.cell_id}", horizontal=True, wrap=False, gap="small"):
        number = str(cell.run_count) if cell.run_count and cell.kind != "note" else "\u00a0"
        label = f"[{number}]" if cell.kind != "note" else ""
        told = f"{words.KIND[cell.kind]}, run {cell.run_count} times" if cell.run_count else words.KIND[cell.kind]
        st.html(f'<div class="pa-n" title="{told}">{label}</div>', width="content")
        with st.container(gap="xsmall"):
            if cell.kind in ("ask", "teach"):
                taught = cell.kind == "teach" and cell.run_count
                st.html(f'<span class="pa-tag">{"Lesson, in use" if taught else words.KIND[cell.kind]}</span>')
            _draw_source(cell)
            if cell.settings.checks:
                _draw_checks(cell)
        if cell.kind != "note" and not shown.is_live:
            _draw_run_button(shown)
        draw_menu(shown.notebook, cell, shown.output)


def _draw_source(cell: Cell) -> None:
    """What the person wrote; a very long text is folded, so that the answer stays in sight."""
    if len(cell.source) <= _FOLD_FROM_CHARS or cell.kind == "note":
        st.markdown(safe_markdown(cell.source) or "*Empty cell*")
        return
    st.markdown(escape(words.one_line(cell.source, _FOLD_FROM_CHARS // 2)))
    told = f"The whole text ({words.count(len(cell.source), 'character')})"
    with st.expander(told, type="compact", key=f"notebook_whole_{cell.cell_id}"):
        st.markdown(safe_markdown(cell.source))


def _draw_checks(cell: Cell) -> None:
    checks = cell.settings.checks
    with st.popover(words.count(len(checks), "check"), type="tertiary", icon=":material/checklist:"):
        st.code("\n".join(checks), language="python", wrap_lines=True)


def _draw_run_button(shown: CellOnPage) -> None:
    cell = shown.cell
    again = bool(cell.run_count)
    verb = {"task": "Run", "ask": "Ask", "teach": "Teach", "note": ""}[cell.kind]
    label = f"{verb} again" if again else verb
    pressed = st.button(
        label,
        key=f"notebook_run_{cell.cell_id}",
        icon=":material/replay:" if again else ":material/play_arrow:",
        type="tertiary",
        wrap=False,
    )
    if pressed:
        with errors_on_page():
            runner().run(shown.notebook, cell)
        st.rerun()


def _draw_body(shown: CellOnPage, output: CellOutput) -> None:
    place = f"cell_{shown.cell.cell_id}"
    if shown.is_live:
        if shown.follows:
            draw_live(output.run_id, place=place)
        else:
            st.html('<p class="pa-soft">Waiting its turn.</p>')
        return
    if output.answer and output.status != "done":
        st.caption("A draft, not an answer: the run ended before it was done.")
    view = run_view(output.run_id)
    answer = checked(view)
    if answer is None:
        draw_answer(output.answer)
    else:
        draw_cited_answer(answer, run_id=output.run_id)
    if output.status != "done":
        _draw_stopped(shown, output)
    elif (why := words.ending(output.what)) and (output.phi or 0.0) < MAX_PHI:
        st.caption(escape(f"It ended because: {why}"))
    if output.phi is not None or output.answer:
        st.html(_meter_line(shown, output))
        _draw_control(shown, output)
    if view.started is not None:
        if answer is None:
            draw_sources(sources_of(view), key=f"notebook_sources_{shown.cell.cell_id}")
        _draw_lessons(shown, view, place)
        _draw_steps(shown, view)
    elif output.lessons_used or output.lessons_born:
        st.caption(words.lessons(len(output.lessons_used), 0) or "From an imported notebook.")


def _meter_line(shown: CellOnPage, output: CellOutput) -> str:
    graded = ""
    if shown.grade is not None:
        passed, total = shown.grade
        graded = f'<span class="pa-pale">hidden tests {passed} of {total}</span>'
    told = meter(output.phi, output.tier, passed=output.passed, total=output.total)
    history = sparkline(shown.phis)
    return (
        f'<div class="pa-meter">{told}{history}{graded}'
        f'<span class="pa-right" title="{safe(words.model(output.model))}">{safe(words.effort(output))}</span></div>'
    )


def _draw_control(shown: CellOnPage, output: CellOutput) -> None:
    control = shown.control
    if control is None or not output.lessons_used or output.status != "done":
        return
    told = words.beside_control(output, control.phi, control.attempts, control.tokens)
    st.html(f'<p class="pa-soft" title="One run beside one run: chance may play a part.">{safe(told)}</p>')


def _draw_stopped(shown: CellOnPage, output: CellOutput) -> None:
    """Failed, stopped or interrupted: what happened, what to do, and the button that does it."""
    text = f"**{words.STATUS[output.status].capitalize()}.** {escape(output.what)}"
    if output.status == "failed":
        st.error(f"{text}  \n{escape(output.fix)}", icon=":material/error:")
        return
    st.warning(f"{text} {escape(output.fix)}", icon=":material/pause_circle:")
    if st.button("Resume", key=f"notebook_resume_{shown.cell.cell_id}", icon=":material/resume:"):
        with errors_on_page():
            engine().resume(output.run_id)
        st.rerun()


def _draw_lessons(shown: CellOnPage, view: RunView, place: str) -> None:
    used = [use for use in view.lessons if not use.withheld]
    born = dict(shown.earlier_born) | view.born
    open_ones = waiting(born)
    if view.lessons:
        told = words.lessons(len(used), 0) or words.count(len(view.lessons), "lesson") + " left out on purpose"
        with st.expander(told, type="compact", key=f"notebook_used_{shown.cell.cell_id}"):
            draw_used(view.lessons)
    draw_born({card_id: born[card_id] for card_id in open_ones}, place=place)
    decided = {card_id: text for card_id, text in born.items() if card_id not in open_ones}
    if decided:
        with st.expander(
            words.count(len(decided), "lesson") + " came of this cell",
            type="compact",
            key=f"notebook_born_{shown.cell.cell_id}",
        ):
            draw_born(decided, place=place)


def _draw_steps(shown: CellOnPage, view: RunView) -> None:
    steps = st.expander(
        f"Steps ({len(view.steps)})", type="compact", key=f"notebook_steps_{shown.cell.cell_id}", on_change="rerun"
    )
    if steps.open:
        with steps:
            draw_step_lines(view)
            st.page_link(
                "../pages/runs.py",
                label="Look inside this run",
                icon=":material/route:",
                query_params={"run": view.run_id},
            )
