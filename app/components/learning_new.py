"""A new study: what is compared on which tasks, then what it takes and what it could show, then the person agrees."""

from collections.abc import Sequence
from html import escape as safe
from typing import get_args

import streamlit as st

from app.components.learning_tasks import choose_tasks, suites_by_name
from app.learning_page import go
from app.told_once import draw_told
from app.wiring import engine, errors_on_page, model_line, show_error
from purpose_agent.errors import PurposeError
from purpose_agent.evaluation.studies.plan import ARM_KINDS, ArmKind, Limits, Measure, StudyPlan
from purpose_agent.evaluation.studies.words import ARMS, measure_words
from purpose_agent.evaluation.suite_records import Suite
from purpose_agent.evaluation.suites import FIRST_PURPOSE, FIRST_SUITE, FIRST_UNRELATED, shipped_names
from purpose_agent.notebooks import words

_NONE = ""
_MEASURES: tuple[Measure, ...] = get_args(Measure)
_OPTIONAL: tuple[ArmKind, ...] = ("none", "episodes")
_MOST_LEFT_OUT = 8


def draw_new_study() -> None:
    st.page_link("../pages/learning.py", label="All studies", icon=":material/arrow_back:")
    draw_told()
    st.title("A new study", anchor=False)
    st.html(
        '<p class="pa-lead">The same tasks, with and without what was learned, in turn. You see what it takes and '
        "how small a difference it could show before anything is spent.</p>"
    )
    suite, unrelated = _draw_tasks()
    if suite is None:
        return
    learns, arms, leave_out = _draw_arms()
    settings = _draw_settings(suite)
    try:
        plan = engine().studies.plan(
            suite,
            unrelated=unrelated,
            learns=learns,
            arms=arms,
            leave_out=leave_out,
            **settings,  # type: ignore[arg-type]
        )
    except PurposeError as problem:
        show_error(problem.what, problem.fix, problem.details)
        return
    _draw_agreement(plan)


def _draw_tasks() -> tuple[Suite | None, Suite | None]:
    told = suites_by_name()
    names = list(told)
    has_own = bool(names) and names[0] not in shipped_names()
    chosen = choose_tasks("Tasks", names, told, "learning_new_suite", usual="" if has_own else FIRST_SUITE)
    other = choose_tasks(
        "Unrelated tasks, to see that nothing falls there",
        [_NONE, *(name for name in names if name != chosen)],
        {_NONE: "none", **told},
        "learning_new_unrelated",
        usual=FIRST_UNRELATED,
    )
    shelf = engine().suites
    with errors_on_page():
        return (shelf.load(chosen) if chosen else None, shelf.load(other) if other else None)


def _draw_arms() -> tuple[bool, Sequence[ArmKind], Sequence[str]]:
    lessons = engine().memory.ledger.promoted()
    anew, mine = "It begins with nothing and learns on the way", "My approved lessons, as they stand now"
    told = {anew: "Your own memory is neither read nor written."}
    if lessons:
        told[mine] = words.count(len(lessons), "lesson")
    which = st.radio(
        "What is put to the test",
        list(told),
        captions=list(told.values()),
        key="learning_new_which",
        persist_state="session",
    )
    taken = st.multiselect(
        "Besides an empty memory, compare with",
        _OPTIONAL,
        default=_OPTIONAL,
        format_func=lambda kind: ARMS[kind],
        key="learning_new_arms",
    )
    arms = tuple(kind for kind in ARM_KINDS if kind in ("empty", "lessons") or kind in taken)
    if which == anew:
        return True, arms, ()
    texts = {lesson.card_id: lesson.text for lesson in lessons}
    left_out = st.multiselect(
        "Leave out one by one, to see what each is worth",
        list(texts),
        format_func=lambda card_id: words.one_line(texts[card_id], 80),
        max_selections=_MOST_LEFT_OUT,
        key="learning_new_left_out",
        help="Each adds an arm in which all lessons but this one are used.",
    )
    return False, arms, tuple(left_out)


def _draw_settings(suite: Suite) -> dict[str, object]:
    purpose = st.text_input("What the team is for", FIRST_PURPOSE, key="learning_new_purpose", persist_state="session")
    model = st.text_input(
        "Model",
        key="learning_new_model",
        placeholder=model_line()[0],
        help="Empty: the model in use. For example builtin, qwen3:1.7b or openai:gpt-5-mini.",
        persist_state="session",
    )
    with st.expander("More", type="compact", key="learning_new_more"):
        left, right = st.columns(2, gap="medium")
        repeats = left.number_input(
            "How often all of it is done", 0, 100, key="learning_new_repeats",
            help="0: as suits the model. Once for the built-in search, which always does the same; else three times.",
        )  # fmt: skip
        passes = right.number_input(
            "How often the same tasks come round", 1, 20, key="learning_new_passes",
            help="From the second time on it is the curve of “the same again”.",
        )  # fmt: skip
        measure = left.selectbox("What decides", _MEASURES, format_func=measure_words, key="learning_new_measure")
        stops = right.checkbox(
            "End once nothing is in doubt", value=True, key="learning_new_stops",
            help="Where the same tasks come round again, all of it is done.",
        )  # fmt: skip
        minutes = left.number_input("Minutes at most", 0, 100_000, key="learning_new_minutes", help="0: no limit")
        matters = left.number_input(
            "Smallest difference that matters to you", 0.0, 100.0, key="learning_new_matters",
            help="In points of tasks solved (Φ, or per cent of the work, where that decides). 0: you name none.",
        )  # fmt: skip
        dollars = right.number_input("Dollars at most", 0.0, 100_000.0, key="learning_new_dollars", help="0: no limit")
    return {
        "purpose": purpose.strip() or "Help me",
        "model": model.strip() or None,
        "repeats": int(repeats) or None,
        "smallest_effect": (matters if measure == "phi" else matters / 100) or None,
        "passes": int(passes),
        "measure": measure,
        "stops_early": stops,
        "limits": Limits(seconds=60.0 * minutes or None, cost_usd=dollars or None),
        "title": suite.title,
    }


def _draw_agreement(plan: StudyPlan) -> None:
    st.subheader("Before it starts", anchor=False)
    with errors_on_page():
        foreseen = str(engine().studies.foresee(plan))
    st.html(f'<p class="pa-sentence" role="status">{safe(foreseen)}</p>')
    if st.button("Agree and start", key="learning_new_start", type="primary", icon=":material/play_arrow:"):
        with errors_on_page():
            engine().studies.submit(plan)
        go(study=plan.study_id)
