"""Each arm's curve over the tasks of a part: share solved, score, or what it took; a point opens the run behind it."""

from collections.abc import Callable, Mapping, Sequence
from html import escape as safe
from itertools import pairwise
from typing import Literal, NamedTuple, get_args

import streamlit as st

from app.learning_charts import Axis, Line, curves
from app.learning_page import StudyView, chosen_id
from app.wiring import keep_in_address, run_view
from purpose_agent.evaluation.studies.curves import CurvePoint
from purpose_agent.evaluation.studies.plan import Part
from purpose_agent.evaluation.studies.words import PART_HELP, PARTS, arm_words, likely_between, short_arm
from purpose_agent.notebooks import words

Figure = Literal["solved", "phi", "effort", "tokens", "seconds", "steps", "cost"]


class _Kind(NamedTuple):
    """What a figure shows: its name, its axis, and a point's value, or None where nothing is known."""

    name: str
    axis: Axis
    value: Callable[[CurvePoint], float | None]


def _kinds(measured_as: str) -> Mapping[Figure, _Kind]:
    return {
        "solved": _Kind("Solved", Axis("solved", (0, 100), " %"), lambda p: 100 * p.solved[0] if p.solved else None),
        "phi": _Kind("Score Φ", Axis("Φ", (0, 10), prefix="Φ "), lambda point: point.phi),
        "effort": _Kind(measured_as.capitalize(), Axis(measured_as), lambda point: point.effort),
        "tokens": _Kind("Tokens", Axis("tokens"), lambda point: point.tokens),
        "seconds": _Kind("Time", Axis("time", suffix=" s"), lambda point: point.seconds),
        "steps": _Kind("Steps", Axis("steps"), lambda point: point.steps),
        "cost": _Kind("Cost", Axis("cost", prefix="$"), lambda point: point.cost_usd),
    }


def draw_curves(view: StudyView) -> None:
    parts = view.parts()
    if not parts:
        st.info("The first runs are on their way. The picture begins with the first task that all arms have done.")
        return
    part = _choose_part(parts, view.plan.decides)
    kinds = {
        name: kind for name, kind in _kinds(view.findings.measured_as).items() if _is_known(view, part, name, kind)
    }
    if view.findings.measured_as == "tokens":
        kinds.pop("effort", None)
    has_control = view.findings.has_control
    aside = "" if has_control and part == view.findings.headline.part else _sentence(view, part)
    st.html(f'<p class="pa-soft">{safe(PART_HELP[part])} {safe(aside)}</p>')
    if not kinds:
        st.info("None of these runs could be judged yet.")
        return
    figure = _choose_figure(list(kinds), {name: kind.name for name, kind in kinds.items()})
    kind = kinds[figure]
    decide = view.plan.compared[0] if has_control else tuple(arm.name for arm in view.plan.arms)
    lines = [
        _line(view, points, arm.name, kind, has_band=figure == "solved" and arm.name in decide)
        for arm in view.plan.arms
        if (points := view.findings.curve(arm.name, part))
    ]
    chosen = st.plotly_chart(
        curves(lines, kind.axis),
        key=f"learning_curve_{part}_{figure}",
        on_select="rerun",
        selection_mode="points",
        config={"displaylogo": False, "modeBarButtons": [["toImage"]], "toImageButtonOptions": {"format": "svg"}},
        alt=_alternative(view, part, kind),
    )
    st.html(f'<p class="pa-soft">{safe(_legend(view, part, figure, any(line.marked for line in lines)))}</p>')
    _draw_point(chosen_id(chosen))
    _draw_table(view, part, kind)


def _is_known(view: StudyView, part: Part, figure: Figure, kind: _Kind) -> bool:
    """A share of 0 % is worth a curve; tokens and dollars that nobody spends are not."""
    ends = [curve[-1] for arm in view.plan.arms if (curve := view.findings.curve(arm.name, part))]
    values = [kind.value(end) for end in ends]
    return any(value is not None if figure in ("solved", "phi") else value for value in values)


def _choose_part(parts: list[Part], decides: Part) -> Part:
    """Until another is asked for, the tasks that the headline speaks of."""
    asked = st.query_params.get("part")
    if len(parts) == 1:
        return parts[0]
    usual = decides if decides in parts else parts[0]
    chosen = st.segmented_control(
        "Which tasks",
        parts,
        default=next((part for part in parts if part == asked), usual),
        required=True,
        format_func=lambda part: PARTS[part],
        key="learning_part",
        label_visibility="collapsed",
    )
    if chosen != asked:
        _keep(part=chosen)
    return chosen


def _choose_figure(names: list[Figure], labels: Mapping[Figure, str]) -> Figure:
    asked = st.query_params.get("figure")
    chosen = st.segmented_control(
        "What is drawn",
        names,
        default=next((name for name in names if name == asked), names[0]),
        required=True,
        format_func=lambda name: labels[name],
        key="learning_figure",
        label_visibility="collapsed",
    )
    if chosen != asked and chosen in get_args(Figure):
        _keep(figure=chosen)
    return chosen


def _keep(**params: str) -> None:
    now = {name: st.query_params.get(name) for name in ("study", "part", "figure")}
    keep_in_address(**{**now, **params})


def _sentence(view: StudyView, part: Part) -> str:
    """Of the first control, on the measure that was agreed."""
    return next(
        (
            comparison.verdict.sentence
            for comparison in view.findings.comparisons
            if comparison.part == part and comparison.scale == view.plan.measure
        ),
        "",
    )


def _line(view: StudyView, points: tuple[CurvePoint, ...], arm: str, kind: _Kind, *, has_band: bool) -> Line:
    return Line(
        name=short_arm(arm, view.plan),
        look=arm,
        x=[point.n for point in points],
        values=[kind.value(point) for point in points],
        low=[100 * point.solved.low if point.solved else None for point in points] if has_band else (),
        high=[100 * point.solved.high if point.solved else None for point in points] if has_band else (),
        told=[_told(point, arm_words(arm, view.plan), kind) for point in points],
        ids=[point.run_ids[-1] for point in points],
        marked=[place for place, point in enumerate(points) if point.born],
        breaks=[place for place, (before, point) in enumerate(pairwise(points), 1) if point.begins_axis(before)],
    )


def _told(point: CurvePoint, arm: str, kind: _Kind) -> str:
    shown = kind.axis.shown(kind.value(point))
    lines = [f"<b>{safe(arm)}</b>", f"after {words.count(point.n, 'task')}: {safe(shown)}"]
    if point.solved is not None:
        lines.append(f"solved {likely_between(point.solved)}")
    lines.append(f"{safe(point.task_id[:40])}: {_rights(point.right)}")
    if point.born:
        lines.append(f"then {words.count(len(point.born), 'lesson')} put in use")
    return "<br>".join(lines)


def _rights(right: tuple[bool | None, ...]) -> str:
    named = {True: "solved", False: "not solved", None: "not judged"}
    return ", ".join(named[one] for one in right)


def _legend(view: StudyView, part: Part, figure: Figure, is_marked: bool) -> str:
    amount = _amount(max((view.findings.curve(arm.name, part) for arm in view.plan.arms), key=len))
    told = [f"n = {amount} for each arm, {_repeats(view)}one after the other from left to right."]
    told.append(
        "The bands are where the shares of the two arms that decide likely lie (95 %)."
        if figure == "solved"
        else "Scores are means, all else sums, up to each task."
    )
    if is_marked:
        told.append("A star or stroke at the foot: lessons were put in use after this task.")
    judges = {outcome.judge for outcome in view.outcomes if outcome.judge}
    if len(view.findings.models) > 1 or len(judges) > 1:
        what = "another model" if len(judges) < 2 else "another model or judge"
        told.append(f"Where a dotted line stands {what} began: what is left and right of it does not compare.")
    told.append("Choose a point to see its run.")
    return " ".join(told)


def _amount(points: Sequence[CurvePoint]) -> str:
    """A task that came round again is the same task."""
    tasks = len({point.task_id for point in points})
    again = f", {len(points):,} times in all" if len(points) > tasks else ""
    return f"{words.count(tasks, 'task')}{again}"


def _repeats(view: StudyView) -> str:
    return f"{view.plan.repeats} repeats taken together, " if view.plan.repeats > 1 else ""


def _alternative(view: StudyView, part: Part, kind: _Kind) -> str:
    """The picture for those who hear it."""
    ends = []
    for arm in view.plan.arms:
        points = view.findings.curve(arm.name, part)
        value = kind.value(points[-1]) if points else None
        if points and value is not None:
            ends.append(
                f"{arm_words(arm.name, view.plan)} {kind.axis.shown(value)} after {words.count(points[-1].n, 'task')}"
            )
    return f"{kind.name}, {PARTS[part].lower()}: " + "; ".join(ends) + ". " + _sentence(view, part)


def _draw_point(run_id: str) -> None:
    """The run behind the point that was chosen: its outcome, the lessons in its prompt, and the way to all of it."""
    if not run_id:
        return
    run = run_view(run_id)
    with st.container(key="learning_point", gap="xsmall"):
        if run.started is None:
            st.html('<p class="pa-soft">This run is not in this workspace: only its figures were brought here.</p>')
            return
        st.html(f'<p class="pa-sentence">{safe(words.one_line(run.started.task.text))}</p>')
        for use in run.lessons:
            if not use.withheld:
                st.html(f'<p class="pa-soft">used: {safe(use.text)}</p>')
        st.page_link("../pages/runs.py", label="Open this run", icon=":material/route:", query_params={"run": run_id})


def _draw_table(view: StudyView, part: Part, kind: _Kind) -> None:
    box = st.expander("The same as a table", type="compact", key="learning_table", on_change="rerun")
    if not box.open:
        return
    with box:
        arms = [arm.name for arm in view.plan.arms]
        by_n: dict[int, dict[str, str]] = {}
        for arm in arms:
            for point in view.findings.curve(arm, part):
                by_n.setdefault(point.n, {})[arm] = kind.axis.shown(kind.value(point))
        st.dataframe(
            [
                {"tasks done": n, **{arm_words(arm, view.plan): cells.get(arm, "") for arm in arms}}
                for n, cells in sorted(by_n.items())
            ],
            hide_index=True,
            height=260,
        )
