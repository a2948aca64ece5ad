"""The steps of a run: as short lines under a cell, and one by one with everything in it."""

from collections.abc import Mapping, Sequence
from html import escape as safe

import streamlit as st

from app.charts import meter
from app.components.answer import draw_answer
from app.wiring import escape
from purpose_agent.notebooks import words
from purpose_agent.notebooks.run_view import PromptView, RunView, StepView, ToolView

_LINES = 60


def draw_step_lines(view: RunView) -> None:
    """One line a step: who, what it did, and the score after it."""
    rows = []
    for step in view.steps[:_LINES]:
        score = words.phi(step.score.phi) if step.score is not None and step.score.phi is not None else ""
        rows.append(
            f"<tr><th>{step.index + 1} · {safe(step.agent or 'team')}</th><td>{safe(headline(step))}</td>"
            f'<td style="width:4rem">{f"Φ {score}" if score else ""}</td></tr>'
        )
    more = len(view.steps) - _LINES
    st.html(f'<table class="pa-facts"><tbody>{"".join(rows)}</tbody></table>')
    if more > 0:
        st.caption(f"And {words.count(more, 'more step')}, on the run's own page.")


def headline(step: StepView) -> str:
    """What a step did, in a few words."""
    if step.tools:
        return "used " + ", ".join(dict.fromkeys(tool.tool.replace("_", " ") for tool in step.tools))
    if step.action.answer is not None:
        done = "answered" if step.action.done else "put forward a draft"
        return f"{done} by {step.action.method}" if step.action.method else done
    if step.action.done:
        return "was done"
    return step.notes[-1] if step.notes else "thought about it"


def draw_step(step: StepView, prompts: Sequence[PromptView], *, lesson_texts: Mapping[str, str]) -> None:
    """Everything of one step."""
    if step.score is not None:
        _draw_score(step)
    for note in step.notes:
        st.caption(escape(note))
    if step.action.answer is not None:
        st.markdown("**Draft**" if not step.action.done else "**Answer**")
        draw_answer(step.action.answer)
    for tool in step.tools:
        _draw_tool(tool)
    st.markdown("**What it changed**")
    st.html(facts_table(step))
    for prompt in prompts:
        _draw_prompt(prompt, lesson_texts)


def _draw_score(step: StepView) -> None:
    score = step.score
    if score is None:
        return
    st.html(f'<div class="pa-meter">{meter(score.phi, score.tier, passed=score.passed, total=score.total)}</div>')
    told = [score.evidence] if score.evidence else []
    if step.scored_by:
        told.append(f"judged by {step.scored_by}")
    if score.flags:
        told.append("noted: " + ", ".join(flag.replace("_", " ") for flag in score.flags))
    if told:
        st.caption(escape(" · ".join(told)))


def _draw_tool(tool: ToolView) -> None:
    st.markdown(f"**Tool: {escape(tool.tool.replace('_', ' '))}**")
    for name, value in tool.args.items():
        st.caption(escape(name))
        st.code(words.readable(value), language="python" if name == "code" else None, wrap_lines=True)
    if tool.failed:
        st.warning(escape(tool.failed), icon=":material/warning:")
    elif tool.text:
        note = " (cut)" if tool.truncated else ""
        replayed = ", taken from before the interruption, not done again" if tool.replayed else ""
        st.caption(f"It answered{note}{replayed}")
        st.code(tool.text, language=None, wrap_lines=True)


def _draw_prompt(prompt: PromptView, lesson_texts: Mapping[str, str]) -> None:
    with st.expander(f"What was sent for {words.SENT_FOR.get(prompt.purpose, prompt.purpose)}", type="compact"):
        if prompt.lessons:
            st.caption(f"{words.count(len(prompt.lessons), 'lesson')} in it, marked.")
        if prompt.cut:
            st.caption("Left out to keep within the model's window: " + escape(", ".join(prompt.cut)))
        st.html(f'<div class="pa-prompt" tabindex="0">{marked(prompt, lesson_texts)}</div>')
        st.caption(f"Fingerprint {prompt.sha256[:16]}: two prompts with the same one are the same, letter for letter.")
        if prompt.reply:
            st.caption("What came back")
            st.html(f'<div class="pa-prompt" tabindex="0">{safe(words.reply_lines(prompt.reply))}</div>')


def marked(prompt: PromptView, lesson_texts: Mapping[str, str]) -> str:
    """The prompt as HTML with the lessons in it marked."""
    html = safe(prompt.prompt)
    for card_id in prompt.lessons:
        text = safe(lesson_texts.get(card_id, ""))
        if text:
            html = html.replace(text, f"<mark>{text}</mark>", 1)
    return html


def facts_table(step: StepView) -> str:
    """Before and after, what changed marked; facts that stayed the same are folded away."""
    changed = [*step.changed, *step.removed]
    if not changed:
        return '<p class="pa-soft">Nothing: the state after this step is the state before it.</p>'
    rows = []
    for name in changed:
        before = words.readable(step.before[name]) if name in step.before else "–"
        after = "gone" if name in step.removed else words.readable(step.changed[name])
        label = safe(name.replace("_", " "))
        rows.append(f"<tr><th>{label}</th><td>{safe(before)}</td><td><mark>{safe(after)}</mark></td></tr>")
    head = "<thead><tr><th>Fact</th><th>Before</th><th>After</th></tr></thead>"
    return f'<table class="pa-facts">{head}<tbody>{"".join(rows)}</tbody></table>{_unchanged(step, changed)}'


def _unchanged(step: StepView, changed: Sequence[str]) -> str:
    same = [name for name in step.after if name not in changed]
    if not same:
        return ""
    rows = "".join(
        f"<tr><th>{safe(name.replace('_', ' '))}</th><td>{safe(words.readable(step.after[name]))}</td></tr>"
        for name in same
    )
    told = f"{words.count(len(same), 'other fact')} stayed the same"
    table = f'<table class="pa-facts"><tbody>{rows}</tbody></table>'
    return f'<details class="pa-soft"><summary>{told}</summary>{table}</details>'
