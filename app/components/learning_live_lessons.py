"""What each lesson adds in daily work, by the runs from which chance left it out."""

from collections.abc import Sequence
from html import escape as safe

import streamlit as st

from app.learning_charts import Effect, forest
from purpose_agent.evaluation.live.lessons import MOST_LESSONS
from purpose_agent.evaluation.live.records import LessonEffect
from purpose_agent.notebooks import words

_FOREST = 15


def draw_lessons(lessons: Sequence[LessonEffect]) -> None:
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
