"""Pictures of learning: an arm's curve with its band, and effects as a forest plot."""

import math
from collections.abc import Sequence
from html import escape
from typing import TYPE_CHECKING, NamedTuple

from purpose_agent.evaluation.statistics.intervals import Interval
from purpose_agent.evaluation.studies.looks import GAIN, LOSS, UNCLEAR, look_of

if TYPE_CHECKING:
    from plotly.graph_objects import Figure

_HEIGHT = 340
_TOP, _BOTTOM, _LEFT, _RIGHT = 12, 46, 52, 112
_LABEL_PX = 15
_SHOWN_MARKERS = 12
_SPARE, _FOOT = 0.06, 1.6
_SPARE_SHARE = 1 + _SPARE + _FOOT * _SPARE
_MOST_STARS = 30
_ROW_PX, _LABEL_CHARS = 44, 26
_FAINT = 0.14


class Line(NamedTuple):
    """One arm's way. `values` holds None where nothing is known; bands are the same length, or empty.

    told    what the pointer is told about each point. ids: of the run behind each point.
    marked  places at which lessons were put in use: a star at the foot, or a stroke where there are many.
    marks   what choosing each star gives, in place of the run at its place.
    breaks  places from which on another model or judge was at work.
    """

    name: str
    look: str
    x: Sequence[float]
    values: Sequence[float | None]
    low: Sequence[float | None] = ()
    high: Sequence[float | None] = ()
    told: Sequence[str] = ()
    ids: Sequence[str] = ()
    marked: Sequence[int] = ()
    marks: Sequence[str] = ()
    breaks: Sequence[int] = ()


class Axis(NamedTuple):
    """`reach` is the whole scale where there is one, (0, 100) or (0, 10); None begins at 0 and ends where it must."""

    title: str
    reach: tuple[float, float] | None = None
    suffix: str = ""
    prefix: str = ""
    across: str = "tasks done"

    def shown(self, value: float | None) -> str:
        """A value in words: `62.5 %`, `$0.042`, `1,480,047`; a dash for what is not known."""
        if value is None:
            return "–"
        figure = f"{value:,.1f}".removesuffix(".0") if abs(value) >= 1 or value == 0 else f"{value:.2g}"
        return f"{self.prefix}{figure}{self.suffix}"


class Effect(NamedTuple):
    """A row of a forest plot, in the unit of the axis. `clear`: it can be told from nothing."""

    name: str
    where: Interval
    n: str
    clear: bool = False
    told: str = ""


def curves(lines: Sequence[Line], axis: Axis) -> "Figure":
    """A line for each arm with its band and its name at the end; a star where lessons were put in use."""
    import plotly.graph_objects as go

    figure = go.Figure()
    for line in lines:
        if line.low:
            _add_band(figure, line)
    for line in lines:
        _add_line(figure, line)
    low, high = axis.reach or (0.0, _top(lines))
    spare = _SPARE * (high - low)
    for line in lines:
        _add_stars(figure, line, low - spare)
    _name_lines(figure, lines, low, high)
    figure.update_layout(
        height=_HEIGHT,
        margin={"l": _LEFT, "r": _RIGHT, "t": _TOP, "b": _BOTTOM},
        showlegend=False,
        hovermode="closest",
        clickmode="event+select",
        dragmode=False,
    )
    figure.update_yaxes(
        range=[low - _FOOT * spare, high + spare],
        ticksuffix=axis.suffix,
        tickprefix=axis.prefix,
        nticks=6,
        fixedrange=True,
    )
    most = max((max(line.x) for line in lines if line.x), default=1)
    figure.update_xaxes(
        title=axis.across, range=[0, 1.02 * most], fixedrange=True, dtick=_step(most), tickangle=0, zeroline=False
    )
    return figure


def forest(effects: Sequence[Effect], *, unit: str, better: str = "better") -> "Figure":
    """Where each effect likely lies, the dotted line is no effect. What reaches over it is drawn hollow and dashed."""
    import plotly.graph_objects as go

    figure = go.Figure()
    places = list(range(len(effects)))[::-1]
    for place, effect in zip(places, effects, strict=True):
        colour = (GAIN if effect.where.estimate >= 0 else LOSS) if effect.clear else UNCLEAR
        figure.add_scatter(
            x=[effect.where.low, effect.where.high],
            y=[place, place],
            mode="lines",
            line={"color": colour, "width": 2, "dash": "solid" if effect.clear else "dash"},
            hoverinfo="skip",
        )
        figure.add_scatter(
            x=[effect.where.estimate],
            y=[place],
            mode="markers",
            marker={
                "size": 10,
                "symbol": "diamond" if effect.clear else "diamond-open",
                "color": colour,
                "line": {"width": 2},
            },
            hovertemplate=f"{escape(effect.told or effect.name)}<br>%{{x:+.1f}}, likely between "
            f"{effect.where.low:+.1f} and {effect.where.high:+.1f}<br>{escape(effect.n)}<extra></extra>",
        )
        figure.add_annotation(
            x=1, xref="paper", xanchor="left", y=place, text=escape(effect.n), showarrow=False, xshift=6,
            font={"size": 11},
        )  # fmt: skip
    figure.add_vline(x=0, line_dash="dot", line_width=1, opacity=0.7)
    reach = max((abs(bound) for effect in effects for bound in effect.where if math.isfinite(bound)), default=1.0)
    reach = max(reach * 1.08, 1e-9)
    figure.update_layout(
        height=_TOP + _BOTTOM + _ROW_PX * max(1, len(effects)),
        margin={"l": 8, "r": 92, "t": _TOP, "b": _BOTTOM},
        showlegend=False,
        dragmode=False,
    )
    figure.update_yaxes(
        tickvals=places, ticktext=[escape(_short(effect.name)) for effect in effects], fixedrange=True,
        range=[-0.6, len(effects) - 0.4], showgrid=False, zeroline=False, automargin=True,
    )  # fmt: skip
    figure.update_xaxes(title=f"{unit} · to the right {better}", range=[-reach, reach], fixedrange=True, nticks=5)
    return figure


def _add_band(figure: "Figure", line: Line) -> None:
    known = [
        (x, low, high) for x, low, high in zip(line.x, line.low, line.high, strict=True) if None not in (low, high)
    ]
    if not known:
        return
    xs, lows, highs = zip(*known, strict=True)
    figure.add_scatter(
        x=[*xs, *reversed(xs)],
        y=[*highs, *reversed(lows)],
        fill="toself",
        fillcolor=_faint(look_of(line.look).colour),
        line={"width": 0},
        hoverinfo="skip",
        mode="lines",
    )


def _add_line(figure: "Figure", line: Line) -> None:
    """It is cut where another model or judge begins: scores before and after do not compare."""
    look = look_of(line.look)
    values, x = list(line.values), list(line.x)
    told, ids = list(line.told) or [line.name] * len(x), list(line.ids) or [""] * len(x)
    for place in sorted(set(line.breaks), reverse=True):
        x.insert(place, x[place])
        values.insert(place, None)
        told.insert(place, "")
        ids.insert(place, "")
    figure.add_scatter(
        x=x,
        y=values,
        name=escape(line.name),
        mode="lines+markers",
        line={"color": look.colour, "width": 2.2, "dash": look.dash},
        marker={"size": 7, "symbol": look.symbol, "color": look.colour, "maxdisplayed": _SHOWN_MARKERS},
        customdata=ids,
        text=told,
        hovertemplate="%{text}<extra></extra>",
        connectgaps=False,
    )
    for place in line.breaks:
        figure.add_vline(x=line.x[place], line_dash="dot", line_width=1, opacity=0.5)


def _add_stars(figure: "Figure", line: Line, foot: float) -> None:
    """Along the foot of the picture, so that many of them do not hide the line."""
    if not line.marked:
        return
    few = len(line.marked) <= _MOST_STARS
    figure.add_scatter(
        x=[line.x[place] for place in line.marked],
        y=[foot] * len(line.marked),
        mode="markers",
        marker={
            "size": 8 if few else 5,
            "symbol": "star" if few else "line-ns-open",
            "color": look_of(line.look).colour,
        },
        text=[line.told[place] if line.told else line.name for place in line.marked],
        customdata=list(line.marks) or [line.ids[place] if line.ids else "" for place in line.marked],
        hovertemplate="%{text}<extra></extra>",
    )


def _name_lines(figure: "Figure", lines: Sequence[Line], low: float, high: float) -> None:
    """Each name at the end of its line, moved apart where lines end close together, and never out of the picture."""
    pixels = (_HEIGHT - _TOP - _BOTTOM) / (_SPARE_SHARE * (high - low) or 1.0)
    room = (1 + _SPARE) * (high - low) * pixels - _LABEL_PX / 2
    ends = []
    for line in lines:
        known = [(x, value) for x, value in zip(line.x, line.values, strict=True) if value is not None]
        if known:
            ends.append((*known[-1], line))
    ends.sort(key=lambda end: end[1])
    wanted = [(value - low) * pixels for _, value, _ in ends]
    for (x, value, line), height, at in zip(ends, wanted, _apart(wanted, room), strict=True):
        figure.add_annotation(
            x=x, y=value, yshift=at - height, xshift=10, xanchor="left", showarrow=False, align="left",
            text=escape(line.name), font={"color": look_of(line.look).colour, "size": 12},
        )  # fmt: skip


def _apart(heights: Sequence[float], room: float) -> list[float]:
    """The heights, lowest first, moved so that no two are closer than a line of text; the last stays within."""
    placed: list[float] = []
    for height in heights:
        placed.append(max(height, placed[-1] + _LABEL_PX if placed else height))
    ceiling = room
    for place in reversed(range(len(placed))):
        placed[place] = min(placed[place], ceiling)
        ceiling = placed[place] - _LABEL_PX
    return placed


def _top(lines: Sequence[Line]) -> float:
    known = [value for line in lines for value in (*line.values, *line.high) if value is not None]
    return max(known, default=0.0) * 1.02 or 1.0


def _step(most: float) -> int:
    """Whole tasks between two marks of the axis: 1, 2 or 5 times a power of ten, at most eight marks."""
    size = 1
    for power in range(12):
        for one in (1, 2, 5):
            size = one * int(10**power)
            if most / size <= 8:
                return size
    return size


def _faint(colour: str) -> str:
    red, green, blue = (int(colour[n : n + 2], 16) for n in (1, 3, 5))
    return f"rgba({red}, {green}, {blue}, {_FAINT})"


def _short(name: str) -> str:
    return name if len(name) <= _LABEL_CHARS else name[: _LABEL_CHARS - 1].rstrip() + "…"
