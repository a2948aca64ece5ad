"""Daily work, without a study: alarms, a sentence, the curve, what each lesson adds, and what it all took."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from html import escape as safe
from typing import Literal

import streamlit as st

from app.learning_charts import Axis, Effect, Line, curves, forest
from app.learning_page import chosen_id
from app.wiring import engine, store
from purpose_agent.evaluation.live.lessons import MOST_LESSONS
from purpose_agent.evaluation.live.records import (
    Alarm,
    Choices,
    LessonEffect,
    LiveFindings,
    Mark,
    Spent,
    Stretch,
    Which,
)
from purpose_agent.notebooks import words

Figure = Literal["solved", "phi", "tokens", "seconds", "steps", "cost_usd"]

_ANY = ""
_FIGURES: dict[Figure, tuple[str, Axis]] = {
    "solved": ("Solved", Axis("solved", (0, 100), " %", across="runs")),
    "phi": ("Score Φ", Axis("Φ", (0, 10), prefix="Φ ", across="runs")),
    "tokens": ("Tokens", Axis("tokens a run", across="runs")),
    "seconds": ("Time", Axis("time a run", suffix=" s", across="runs")),
    "steps": ("Steps", Axis("steps a run", across="runs")),
    "cost_usd": ("Cost", Axis("cost a run", prefix="$", across="runs")),
}
_DAYS = {0: "All time", 7: "The last 7 days", 30: "The last 30 days", 365: "The last year"}
_MOST_MARKS = 40
_FOREST = 15


def draw_live() -> None:
    choices = engine().learning.choices()
    if not choices.models:
        _draw_empty(filtered=False)
        return
    found = engine().learning.findings(_draw_filters(choices))
    if not found.runs:
        _draw_empty(filtered=True)
        return
    for alarm in found.alarms:
        _draw_alarm(alarm)
    _draw_sentence(found)
    _draw_curve(found)
    _draw_lessons(found.lessons)
    _draw_spent(found)


def _draw_filters(choices: Choices) -> Which:
    titles = {notebook.notebook_id: notebook.title for notebook in store().notebooks()}
    with st.container(horizontal=True, gap="small", key="live_filters"):
        team = _choice("Team", [name for name, _ in choices.teams])
        model = _choice("Model", [name for name, _ in choices.models], {n: words.model(n) for n, _ in choices.models})
        kind = _choice("Kind of task", [name for name, _ in choices.task_kinds])
        notebook = _choice("Notebook", [name for name, _ in choices.notebooks if name in titles], titles)
        days = st.selectbox(
            "When",
            list(_DAYS),
            format_func=lambda days: _DAYS[days],
            key="live_days",
            persist_state="session",
            width=170,
        )
    since = (
        datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0) - timedelta(days=days) if days else None
    )
    return Which(team=team, model=model, task_kind=kind, notebook_id=notebook, since=since)


def _choice(label: str, options: Sequence[str], names: dict[str, str] | None = None) -> str:
    chosen = st.selectbox(
        label,
        [_ANY, *options],
        format_func=lambda value: "Any" if value == _ANY else (names or {}).get(value, value),
        key=f"live_{label.lower().replace(' ', '_')}",
        persist_state="session",
        width=170,
    )
    return chosen or _ANY


def _draw_empty(*, filtered: bool) -> None:
    if filtered:
        st.info("No run fits these filters.")
        return
    st.info(
        "No runs yet. Here you see how your daily work goes over time, what each lesson adds by the runs from which it "
        "was left out on purpose, and a word when something turned for the worse."
    )
    st.page_link("../pages/notebook.py", label="Run a first task in a notebook", icon=":material/edit_note:")


def _draw_alarm(alarm: Alarm) -> None:
    with st.container(key=f"live_alarm_{alarm.run}_{alarm.worse}", gap="xsmall"):
        look = "pa-bad" if alarm.worse else "pa-good"
        st.html(
            f'<p><span class="pa-tag {look}">{"worse" if alarm.worse else "better"}</span> '
            f'<span class="pa-soft">{words.moment(alarm.at)}</span></p>'
            f'<p class="pa-sentence" role="status">{safe(alarm.sentence)} {safe(alarm.fix)}</p>'
        )
        if alarm.card_id:
            st.page_link(
                "../pages/review.py", label="Look at this lesson", icon=":material/rate_review:",
                query_params={"lesson": alarm.card_id},
            )  # fmt: skip


def _draw_sentence(found: LiveFindings) -> None:
    verdict = found.overall
    told = (
        "No lesson has been left out by chance yet, so nothing can be said of what the memory adds. It begins once "
        "lessons in use have been tried once: now and then one is left out on purpose. A study tells sooner."
        if not verdict.runs
        else verdict.sentence
    )
    st.html(
        f'<p class="pa-verdict" role="status" data-word="{safe(verdict.word)}">{safe(told)}</p>'
        '<p class="pa-soft">Runs from which one lesson was left out by chance, against those with all of them: the '
        "only fair comparison in daily work. A rising curve alone shows nothing, for the tasks change, too. "
        f"{found.judged:,} of {words.count(found.runs, 'run')} were judged by somebody other than the model.</p>"
    )


def _draw_curve(found: LiveFindings) -> None:
    kinds = {name: told for name, told in _FIGURES.items() if any(_value(one, name) for one in found.stretches)}
    if not kinds:
        st.info(
            "None of these runs was judged by somebody other than the model. Give tasks tests, or score runs yourself."
        )
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


def _told(one: Stretch, figure: Figure, name: str, axis: Axis) -> str:
    value = _value(one, figure)
    shown = "–" if value is None else f"{axis.prefix}{value:,.3g}{axis.suffix}"
    lines = [
        f"runs {one.first:,} to {one.last:,} (n = {one.runs}, {one.judged} judged)",
        f"{safe(name)}: {safe(shown)}",
    ]
    if one.solved is not None:
        lines.append(f"solved likely between {100 * one.solved.low:.0f} and {100 * one.solved.high:.0f} %")
    return "<br>".join([*lines, f"from {words.moment(one.began)}"])


def _alternative(found: LiveFindings, figure: Figure, name: str, axis: Axis) -> str:
    first, last = found.stretches[0], found.stretches[-1]
    ends = [_value(one, figure) for one in (first, last)]
    told = ["nothing known" if end is None else f"{axis.prefix}{end:,.3g}{axis.suffix}" for end in ends]
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


def _draw_lessons(lessons: Sequence[LessonEffect]) -> None:
    if not lessons:
        return
    st.subheader("What each lesson adds", anchor=False)
    st.html(
        '<p class="pa-soft">Where its effect likely lies, by the runs from which chance left it out; the dotted line '
        "is no effect. With so few runs without it, the bands stay wide for long: a study that leaves it out tells "
        "sooner.</p>"
    )
    shown = lessons[:_FOREST]
    st.plotly_chart(
        forest([_effect(lesson) for lesson in shown], unit="points of tasks solved", better="the lesson helps"),
        key="live_forest",
        config={"displaylogo": False, "modeBarButtons": [["toImage"]], "toImageButtonOptions": {"format": "svg"}},
        alt="; ".join(f"{lesson.text}: {lesson.verdict.sentence}" for lesson in shown),
    )
    box = st.expander("One by one, in words", type="compact", key="live_lessons", on_change="rerun")
    if not box.open:
        return
    with box:
        if len(lessons) == MOST_LESSONS:
            st.html(f'<p class="pa-soft">The {MOST_LESSONS} lessons that were in the most runs.</p>')
        for lesson in lessons:
            with st.container(key=f"live_lesson_{lesson.card_id}_{lesson.shown}", gap="xsmall"):
                st.page_link(
                    "../pages/review.py",
                    label=words.one_line(lesson.text, 100),
                    query_params={"lesson": lesson.card_id},
                )
                st.html(f'<p class="pa-soft">{safe(_lesson_words(lesson))}</p>')


def _effect(lesson: LessonEffect) -> Effect:
    return Effect(
        name=lesson.text,
        where=lesson.effect,
        n=f"{lesson.left_out:,} times out",
        clear=lesson.confirmed,
        told=lesson.text,
    )


def _lesson_words(lesson: LessonEffect) -> str:
    told = [lesson.verdict.sentence, f"In {lesson.shown:,} runs, left out of {lesson.left_out:,}."]
    if lesson.drawn is not None:
        low, most, high = lesson.drawn.low, lesson.drawn.estimate, lesson.drawn.high
        told.append(f"Seen beside the others: {most:+.0f} points (likely between {low:+.0f} and {high:+.0f}).")
    if lesson.verdict.word in ("better", "worse") and not lesson.confirmed:
        told.append("Among so many lessons looked at, this may still be luck.")
    if not lesson.in_use:
        told.append("It is not in use now.")
    return " ".join(told)


def _draw_spent(found: LiveFindings) -> None:
    with st.expander("What it took", type="compact", key="live_spent"):
        rows = "".join(
            f'<tr><th scope="row">{name}</th>{_cells(spent)}</tr>'
            for name, spent in (("your runs", found.working), ("trying lessons, and studies", found.learning))
        )
        st.html(
            '<table class="pa-table"><caption>What lessons save cannot be told from daily work alone: a study holds it '
            "against what they cost.</caption><thead><tr><th></th>"
            '<th scope="col">Runs</th><th scope="col">Time</th><th scope="col">Tokens</th><th scope="col">Cost</th>'
            f"</tr></thead><tbody>{rows}</tbody></table>"
        )


def _cells(spent: Spent) -> str:
    cells = (
        ("Runs", f"{spent.runs:,}"),
        ("Time", words.seconds(spent.seconds)),
        ("Tokens", f"{spent.tokens:,}"),
        ("Cost", f"${spent.cost_usd:.2f}"),
    )
    return "".join(f'<td data-label="{name}">{safe(told)}</td>' for name, told in cells)
