"""Pictures of scores: a sparkline and a meter as small HTML (cheap in a long notebook), Φ over steps as a figure."""

import math
from collections.abc import Sequence
from html import escape
from typing import TYPE_CHECKING

from purpose_agent.memory.lesson_words import Interval
from purpose_agent.notebooks import words
from purpose_agent.types import MAX_PHI, SUCCESS_PHI, EvidenceTier

if TYPE_CHECKING:
    from plotly.graph_objects import Figure

_TEAL = "#2a8c8a"  # 3:1 or more on both papers, so the figure needs no theme of its own
_SPARK_RUNS = 24
_MARKED_STEPS = 80


def sparkline(phis: Sequence[float | None]) -> str:
    """Bars of Φ over a cell's runs, oldest first; a run without a verdict is a dot at the foot. "" for fewer than 2."""
    shown = list(phis)[-_SPARK_RUNS:]
    if len(shown) < 2 or all(phi is None for phi in shown):
        return ""
    heights = [0.1 if phi is None else max(0.1, phi / MAX_PHI) for phi in shown]
    bars = "".join(f'<i style="height:{height:.0%}"></i>' for height in heights)
    told = f"Score of the last {len(shown)} runs: " + ", ".join(words.phi(phi) for phi in shown)
    return f'<span class="pa-spark" role="img" aria-label="{told}" title="{told}">{bars}</span>'


def tries_bars(tries: Sequence[int]) -> str:
    """One bar a task in order, its height the programs tried. The scale is by powers of ten: tries differ that much."""
    if not any(tries):
        return ""
    top = math.log10(max(tries) + 1)
    bars = "".join(
        f'<i style="height:{max(0.04, math.log10(n + 1) / top):.0%}" title="{n:,} tries"></i>' for n in tries
    )
    told = f"Tries of {len(tries)} tasks in order: " + ", ".join(f"{n:,}" for n in tries)
    return (
        f'<div class="pa-tries" role="img" aria-label="{told}">{bars}</div>'
        '<p class="pa-soft">Tries of each task, in order, on a scale by powers of ten; the tallest bar is '
        f"{max(tries):,}.</p>"
    )


def meter(phi: float | None, tier: EvidenceTier, *, passed: int = 0, total: int = 0) -> str:
    """Φ as a number and a bar with who says so. A score that nobody but the same model backs is paler."""
    told = escape(words.checked_by(tier, passed, total))
    if phi is None or tier == "none":
        return f'<span class="pa-pale">{escape(words.CHECKED_BY["none"])}</span>'
    pale = " pa-pale" if tier == "self" else ""
    return (
        f'<span class="pa-phi{pale}" title="Score from 0 to 10: how far the work is done, by the evidence beside it">'
        f"Φ {words.phi(phi)}</span>"
        f'<span class="pa-bar{pale}" aria-hidden="true"><span style="width:{phi / MAX_PHI:.0%}"></span></span>'
        f"<span>{told}</span>"
    )


def interval_picture(interval: Interval) -> str:
    """Where an effect likely lies, on a scale around "no change"; a band that reaches over it is hatched, not solid."""
    reach = max(10.0, 10.0 * math.ceil(max(abs(interval.low), abs(interval.high)) / 10.0))
    left, middle, right = (50.0 + 50.0 * value / reach for value in interval)
    low, most, high = (f"{value:+.0f}".replace("-", "−") for value in interval)
    told = f"Likely between {low} and {high} tasks in 100, most likely {most}. 0 is no change."
    clear = "" if interval.is_clear else " pa-unclear"
    return (
        f'<div class="pa-interval{clear}" role="img" aria-label="{told}" title="{told}">'
        f'<span class="pa-zero"></span><span class="pa-band" style="left:{left:.1f}%;width:{right - left:.1f}%"></span>'
        f'<i style="left:{middle:.1f}%"></i><b style="left:0">worse −{reach:.0f}</b>'
        f'<b style="left:50%">0</b><b style="left:100%">better +{reach:.0f}</b></div>'
    )


def effect_over_runs(intervals: Sequence[Interval], run_ids: Sequence[str] = ()) -> "Figure":
    """Where a lesson's effect likely lies after each run that used it, in tasks of 100; the line is its middle."""
    import plotly.graph_objects as go

    runs = list(range(1, len(intervals) + 1))
    band = [(one.low, one.high) for one in intervals]
    figure = go.Figure()
    figure.add_scatter(
        x=[*runs, *reversed(runs)],
        y=[*(high for _, high in band), *(low for low, _ in reversed(band))],
        fill="toself",
        fillcolor="rgba(42, 140, 138, 0.2)",
        line={"width": 0},
        hoverinfo="skip",
    )
    figure.add_scatter(
        x=runs,
        y=[one.middle for one in intervals],
        mode="lines+markers" if len(runs) <= _MARKED_STEPS else "lines",
        line={"color": _TEAL, "width": 2},
        marker={"size": 6},
        customdata=band,
        text=list(run_ids) or None,
        hovertemplate="run %{x}: %{y:+.0f} in 100, likely between %{customdata[0]:+.0f} and %{customdata[1]:+.0f}"
        "<br>%{text}<extra></extra>",
    )
    figure.add_hline(
        y=0, line_dash="dot", line_width=1, opacity=0.6, annotation_text="no change", annotation_position="right"
    )
    figure.update_layout(
        height=210,
        margin={"l": 48, "r": 72, "t": 8, "b": 32},
        showlegend=False,
        xaxis_title=f"runs with it (n = {len(runs)})",
    )
    figure.update_yaxes(fixedrange=True, ticksuffix=" in 100", nticks=5)
    figure.update_xaxes(fixedrange=True, dtick=max(1, len(runs) // 10))
    return figure


def phi_over_steps(steps: Sequence[int], phis: Sequence[float], *, names: Sequence[str] = ()) -> "Figure":
    """Φ after each step of one run, on the whole scale from 0 to 10; from the dotted line up it counts as solved."""
    import plotly.graph_objects as go

    figure = go.Figure(
        go.Scatter(
            x=list(steps),
            y=list(phis),
            mode="lines+markers" if len(phis) <= _MARKED_STEPS else "lines",
            line={"color": _TEAL, "width": 2},
            marker={"size": 7},
            text=list(names) or None,
            hovertemplate="step %{x}: Φ %{y:.1f}<br>%{text}<extra></extra>",
        )
    )
    figure.add_hline(
        y=SUCCESS_PHI, line_dash="dot", line_width=1, opacity=0.6, annotation_text="solved", annotation_position="right"
    )
    figure.update_layout(height=190, margin={"l": 44, "r": 56, "t": 8, "b": 32}, showlegend=False, xaxis_title="step")
    figure.update_yaxes(range=[-0.3, 10.4], tickvals=[0, 5, 10], tickprefix="Φ ", fixedrange=True)
    figure.update_xaxes(fixedrange=True, dtick=max(1, len(steps) // 10))
    return figure


def compare_phis(runs: Sequence[tuple[str, Sequence[int], Sequence[float]]]) -> "Figure":
    """Φ over the steps of two runs; each line is labelled at its end, told apart by dash as well as colour."""
    import plotly.graph_objects as go

    figure = go.Figure()
    looks = (("#6b7a7d", "dash", "circle-open"), (_TEAL, "solid", "circle"))
    for (name, steps, phis), (colour, dash, symbol) in zip(runs, looks, strict=False):
        labels = [""] * (len(phis) - 1) + [name] if phis else []
        figure.add_scatter(
            x=list(steps),
            y=list(phis),
            mode="lines+markers+text",
            text=labels,
            textposition="middle right",
            cliponaxis=False,
            line={"color": colour, "width": 2, "dash": dash},
            marker={"size": 7, "symbol": symbol},
            hovertemplate=f"{escape(name)}, step %{{x}}: Φ %{{y:.1f}}<extra></extra>",
        )
    figure.update_layout(height=210, margin={"l": 44, "r": 80, "t": 8, "b": 32}, showlegend=False, xaxis_title="step")
    figure.update_yaxes(range=[-0.3, 10.4], tickvals=[0, 5, 10], tickprefix="Φ ", fixedrange=True)
    figure.update_xaxes(fixedrange=True)
    return figure


def answer_picture(kind: str, across: str, up: str, x: Sequence[object], y: Sequence[object]) -> "Figure":
    """Two columns of an answer: "line", "bars" or "points"."""
    import plotly.graph_objects as go

    figure = go.Figure()
    if kind == "bars":
        figure.add_bar(x=list(x), y=list(y), marker_color=_TEAL)
    else:
        figure.add_scatter(
            x=list(x), y=list(y), mode="lines+markers" if kind == "line" else "markers",
            line={"color": _TEAL, "width": 2}, marker={"size": 7, "color": _TEAL},
        )  # fmt: skip
    figure.update_layout(
        height=320, margin={"l": 56, "r": 16, "t": 8, "b": 56}, showlegend=False, xaxis_title=escape(across)
    )
    figure.update_yaxes(title=escape(up), rangemode="tozero" if kind == "bars" else "normal")
    return figure
