"""Which model decides by rubrics that name none, and what that choice means."""

from html import escape as safe

import streamlit as st

from app.told_once import tell, told_later
from app.wiring import active_jobs, engine, model_line
from purpose_agent.evaluation.checks.rubric import is_same_model
from purpose_agent.models.resolve import ModelInfo, known
from purpose_agent.notebooks import words

_NOBODY = ""
_KEY = "suites_judge"


def draw_judge() -> None:
    judge = engine().judge_model
    box = st.expander(
        "Who judges by rubrics", type="compact", icon=":material/balance:", key="suites_judge_box", on_change="rerun"
    )
    if not box.open:  # which models are here is asked only when somebody looks
        return
    with box:
        st.html(
            '<p class="pa-soft">Where a rubric decides, a model reads the task, the rubric and the answer, and has to '
            "quote the words that its verdict rests on. A judge that is the same model as the one that answered is no "
            "independent judge: it is not asked, and the answer waits for you. Without a judge all such answers wait "
            "for you.</p>"
        )
        _draw_choice(judge)
        _draw_remarks(judge)
        if judge:
            _draw_asking(judge)


def _draw_asking(judge: str) -> None:
    """Nothing when no answer waits that a judge could decide on."""
    waiting = engine().judging.for_judge()
    n = sum(len(one.run_ids) for one in waiting)
    if not n:
        return
    is_asked = any(job.kind == "judge" for job in active_jobs())
    told = f"{words.count(n, 'answer')} to rubrics {'waits' if n == 1 else 'wait'}: it is asked once for each."
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key="suites_judging"):
        st.button(
            "Ask it about them", key="suites_ask_judge", icon=":material/balance:", on_click=_ask, disabled=is_asked
        )
        st.html(f'<p class="pa-soft" role="status">{told}</p>', width="content")


def _ask() -> None:
    with told_later():
        engine().submit_judging()
        tell(f"{words.model(engine().judge_model)} is being asked. What it cannot decide goes on waiting.")


def _draw_choice(judge: str) -> None:
    models = models_here(str(engine().workspace.home))
    can = {info.spec: info for info in models if info.available}
    options = [_NOBODY, *can, *([judge] if judge and judge not in can else [])]
    st.selectbox(
        "Judge",
        options,
        index=options.index(judge),
        format_func=lambda spec: _label(spec, can),
        key=_KEY,
        accept_new_options=True,
        on_change=_choose,
        help="Choose one that is here, or write a name such as ollama:qwen3:4b or openai:gpt-5-mini.",
    )
    st.html(
        '<p class="pa-soft">Another judge may be milder or stricter. What it decided is not comparable with what the '
        "one before decided, so in curves a new line begins with it, and answers that are decided stay as they are.</p>"
    )
    if not can:
        st.html(
            '<p class="pa-soft">No language model is here that could judge. Start Ollama with a model, or set the key '
            "of a provider.</p>"
        )


def _draw_remarks(judge: str) -> None:
    if not judge:
        return
    in_use, _ = model_line()
    if is_same_model(judge, in_use):
        st.html(
            f'<ul class="pa-findings"><li>{safe(words.model(judge))} is also the model in use. It does not judge what '
            "it wrote itself; those answers wait for you.</li></ul>"
        )
    here = next((info for info in models_here(str(engine().workspace.home)) if info.spec == judge), None)
    if here is not None and not here.available:
        st.html(f'<ul class="pa-findings"><li>It cannot be asked now. {safe(here.why_not)}</li></ul>')
    elif here is not None and not here.local:
        told = f"Tasks, rubrics and answers are {here.where}."
        st.html(f'<p class="pa-soft">{safe(told)}</p>')


def _label(spec: str, here: dict[str, ModelInfo]) -> str:
    if not spec:
        return "Nobody: such answers wait for me"
    return f"{here[spec].title} · {here[spec].where}" if spec in here else words.model(spec)


def _choose() -> None:
    name = str(st.session_state.get(_KEY) or "").strip()
    if name == engine().judge_model:
        return
    with told_later():
        engine().choose_judge(name)
        tell(f"{words.model(name)} judges from now on." if name else "Nobody judges from now on.")
    st.session_state[_KEY] = engine().judge_model  # what was refused is not left standing


@st.cache_data(ttl=20, show_spinner=False)
def models_here(home: str) -> list[ModelInfo]:
    """Language models that could be asked; the built-in search is none."""
    return [info for info in known() if not info.spec.startswith("builtin")]
