"""How the daily work went over time: one figure of it, with what changed along the way."""

from collections.abc import Sequence
from html import escape as safe
from typing import Literal

import streamlit as st

from app.learning_charts import Axis, Line, curves
from app.learning_page import chosen_id
from purpose_agent.evaluation.live.records import LiveFindings, Mark, Stretch
from purpose_agent.evaluation.studies.words import likely_between
from purpose_agent.notebooks import words

Figure = Literal["solved", "phi", "tokens", "seconds", "steps", "cost_usd"]

_FIGURES: dict[Figure, tuple[str, Axis]] = {
    "solved": ("Solved", Axis("solved", (0, 100), " %", across="runs")),
    "phi": ("Score Φ", Axis("Φ", (0, 10), prefix="Φ ", across="runs")),
    "tokens": ("Tokens", Axis("tokens a run", across="runs")),
    "seconds": ("Time", Axis("time a run", suffix=" s", across="runs")),
    "steps": ("Steps", Axis("steps a run", across="runs")),
    "cost_usd": ("Cost", Axis("cost a run", prefix="$", across="runs")),
}
_MOST_MARKS = 40


def draw_curve(found: LiveFindings) -> None:
    kinds = {name: told for name, told in _FIGURES.items() if _is_known(found.stretches, name)}
    if not found.judged:
        st.info(
            "None of these runs was judged by somebody other than the model. Give tasks tests, or score runs yourself."
        )
    if not kinds:
        return
    figure = st.segmented_control(
        "What is drawn",
        list(kinds),
        default=next(iter(kinds)),
        required=True,
        format_func=lambda name: kinds[name][0],
        key="live_figure",
        label_visibility="collapsed",
    )
    name, axis = kinds[figure]
    marks = [mark for mark in found.marks if mark.card_id][-_MOST_MARKS:]
    breaks = [mark for mark in found.marks if mark.breaks]
    line = _line(found.stretches, figure, name, axis, marks, breaks)
    chosen = st.plotly_chart(
        curves([line], axis),
        key=f"live_curve_{figure}",
        on_select="rerun",
        selection_mode="points",
        config={"displaylogo": False, "modeBarButtons": [["toImage"]], "toImageButtonOptions": {"format": "svg"}},
        alt=_alternative(found, figure, name, axis),
    )
    each = words.count(found.stretches[0].runs, "run")
    told = [f"n = {words.count(found.runs, 'run')}, about {each} to a point."]
    if figure == "solved":
        told.append("The band is where the share likely lies (95 %).")
    if line.marked:
        told.append("A star or stroke at the foot: lessons were put in use or put away.")
    if breaks:
        told.append("At a dotted line another model or judge began: what is left and right of it does not compare.")
    told.append("Choose a point to see its last run, or a star to see what changed.")
    st.html(f'<p class="pa-soft">{safe(" ".join(told))}</p>')
    _draw_chosen(chosen_id(chosen), marks)
    _draw_marks([*marks, *breaks])


def _draw_chosen(chosen: str, marks: Sequence[Mark]) -> None:
    """The run at a point, or the lessons at a star: several may have come between two points."""
    if not chosen:
        return
    lessons = [mark for mark in marks if mark.card_id in chosen.split()]
    with st.container(key="live_point", gap="xsmall"):
        for place, mark in enumerate(lessons):
            with st.container(key=f"live_chosen_{place}"):
                st.page_link(
                    "../pages/review.py",
                    label=words.one_line(mark.told, 110),
                    icon=":material/rate_review:",
                    query_params={"lesson": mark.card_id},
                )
        if not lessons:
            st.page_link(
                "../pages/runs.py", label="Open this run", icon=":material/route:", query_params={"run": chosen}
            )


def _line(
    stretches: Sequence[Stretch], figure: Figure, name: str, axis: Axis, marks: Sequence[Mark], breaks: Sequence[Mark]
) -> Line:
    has_band = figure == "solved"
    cards: dict[int, list[str]] = {}
    for mark in marks:
        cards.setdefault(_place(stretches, mark.after), []).append(mark.card_id)
    return Line(
        name="your runs",
        look="lessons",
        x=[one.last for one in stretches],
        values=[_value(one, figure) for one in stretches],
        low=[100 * one.solved.low if one.solved else None for one in stretches] if has_band else (),
        high=[100 * one.solved.high if one.solved else None for one in stretches] if has_band else (),
        told=[_told(one, figure, name, axis) for one in stretches],
        ids=[one.run_id for one in stretches],
        marked=sorted(cards),
        marks=[" ".join(cards[place]) for place in sorted(cards)],
        breaks=sorted({place for mark in breaks if 0 < (place := _place(stretches, mark.after)) < len(stretches)}),
    )


def _place(stretches: Sequence[Stretch], after: int) -> int:
    return next((place for place, one in enumerate(stretches) if one.last >= after), len(stretches) - 1)


def _value(one: Stretch, figure: Figure) -> float | None:
    if figure == "solved":
        return None if one.solved is None else 100 * one.solved.estimate
    if figure == "phi":
        return one.phi
    return float(getattr(one, figure)) / one.runs


def _is_known(stretches: Sequence[Stretch], figure: Figure) -> bool:
    """A share of 0 % is worth a curve; tokens and dollars that nobody spends are not."""
    values = [_value(one, figure) for one in stretches]
    return any(value is not None if figure in ("solved", "phi") else value for value in values)


def _told(one: Stretch, figure: Figure, name: str, axis: Axis) -> str:
    lines = [
        f"runs {one.first:,} to {one.last:,} (n = {one.runs}, {one.judged} judged)",
        f"{safe(name)}: {safe(axis.shown(_value(one, figure)))}",
    ]
    if one.solved is not None:
        lines.append(f"solved {likely_between(one.solved)}")
    return "<br>".join([*lines, f"from {words.moment(one.began)}"])


def _alternative(found: LiveFindings, figure: Figure, name: str, axis: Axis) -> str:
    first, last = found.stretches[0], found.stretches[-1]
    ends = [_value(one, figure) for one in (first, last)]
    told = ["nothing known" if end is None else axis.shown(end) for end in ends]
    return f"{name} over {words.count(found.runs, 'run')}: {told[0]} at the beginning, {told[1]} at the end."


def _draw_marks(marks: Sequence[Mark]) -> None:
    if not marks:
        return
    box = st.expander("What changed along the way", type="compact", key="live_marks", on_change="rerun")
    if not box.open:
        return
    with box:
        for place, mark in enumerate(sorted(marks, key=lambda mark: mark.at, reverse=True)):
            label = f"after run {mark.after:,} · {words.moment(mark.at)} · {mark.told}"
            if mark.card_id:
                with st.container(key=f"live_mark_{place}"):
                    st.page_link(
                        "../pages/review.py", label=words.one_line(label, 110), query_params={"lesson": mark.card_id}
                    )
            else:
                st.html(f'<p class="pa-soft">{safe(label)}</p>')
