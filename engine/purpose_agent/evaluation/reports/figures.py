"""The pictures of a report, drawn by matplotlib. The same study gives the same bytes, on every day."""

import io
import textwrap
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from purpose_agent.evaluation.studies.curves import CurvePoint
from purpose_agent.evaluation.studies.findings import PART_ORDER, Findings
from purpose_agent.evaluation.studies.looks import GAIN, LOSS, UNCLEAR, look_of
from purpose_agent.evaluation.studies.plan import Part, StudyPlan
from purpose_agent.evaluation.studies.words import PARTS, arm_words, lesson_words, short_arm

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

INK = "#5a686b"
"""Of text and axes; in a page it is replaced by the colour of the page's own text."""

_STYLE: dict[Any, Any] = {
    "svg.hashsalt": "purpose-agent", "svg.fonttype": "none", "font.family": "sans-serif", "font.size": 10,
    "text.color": INK, "axes.labelcolor": INK, "axes.edgecolor": INK, "xtick.color": INK, "ytick.color": INK,
    "axes.spines.top": False, "axes.spines.right": False, "axes.grid": True, "axes.grid.axis": "y",
    "grid.color": INK, "grid.alpha": 0.18, "figure.facecolor": "none", "axes.facecolor": "none",
    "text.parse_math": False,
}  # fmt: skip
_DASHES: Mapping[str, object] = {
    "solid": "-", "dash": (0, (5, 3)), "dot": (0, (1, 2)), "dashdot": (0, (6, 2, 1, 2)), "longdash": (0, (9, 3)),
    "longdashdot": (0, (9, 3, 1, 3)),
}  # fmt: skip
_MARKERS: Mapping[str, str] = {
    "circle": "o", "circle-open": "o", "diamond": "D", "square": "s", "x-thin-open": "x", "triangle-up": "^"
}  # fmt: skip
_SHOWN_MARKERS = 12
_LESSON_LINE = 34  # characters
_NAME_APART = 0.06  # of the height of the picture, between two names at the ends of lines


class Picture(NamedTuple):
    """`told` is the picture for those who hear it. draw: makes it anew each time, so that nothing is kept open."""

    name: str
    title: str
    told: str
    draw: "Callable[[], Figure]"


def pictures(plan: StudyPlan, found: Findings) -> list[Picture]:
    """Those for which there is anything to draw: a curve for each part, the effort, what each lesson is worth."""
    shares = {part: _lines(plan, found, part, _share) for part in PART_ORDER}
    made = [_curve(plan, part, lines) for part, lines in shares.items() if lines]
    if efforts := _lines(plan, found, "transfer", lambda point: float(point.effort)):
        title = f"{found.measured_as.capitalize()} up to each task"
        told = f"{title}: {_ends(plan, efforts, '')}"
        label = f"{found.measured_as}, all together"
        made.append(Picture("effort", title, told, lambda: _draw(plan, efforts, label, reach=None)))
    if worth := _worth(plan, found):
        told = "; ".join(f"{name}: {low:+.0f} to {high:+.0f} points" for name, _, low, high, _ in worth)
        made.append(Picture("lessons", "What each lesson is worth", told, lambda: _draw_worth(worth)))
    return made


def svg(picture: Picture) -> str:
    """Text stays text. Without the declaration of XML, so that it may stand within a page."""
    written = io.BytesIO()
    _save(picture, written, "svg")
    return "<svg" + written.getvalue().decode().partition("<svg")[2]


def png(picture: Picture) -> bytes:
    written = io.BytesIO()
    _save(picture, written, "png")
    return written.getvalue()


class _Line(NamedTuple):
    arm: str
    points: tuple[CurvePoint, ...]
    values: tuple[float, ...]
    has_band: bool


def _share(point: CurvePoint) -> float | None:
    return None if point.solved is None else 100 * point.solved.estimate


def _lines(plan: StudyPlan, found: Findings, part: Part, value: Callable[[CurvePoint], float | None]) -> list[_Line]:
    decide = plan.compared[0] if plan.compared else ()
    made = []
    for arm in plan.arms:
        known = [(point, told) for point in found.curve(arm.name, part) if (told := value(point)) is not None]
        if any(told for _, told in known):
            points, values = zip(*known, strict=True)
            made.append(_Line(arm.name, points, values, has_band=value is _share and arm.name in decide))
    return made


def _curve(plan: StudyPlan, part: Part, lines: Sequence[_Line]) -> Picture:
    title = f"Share of tasks solved: {PARTS[part].lower()}"
    return Picture(
        part,
        title,
        f"{title}. {_ends(plan, lines, ' %')}",
        lambda: _draw(plan, lines, "solved (%)", reach=(0.0, 100.0)),
    )


def _ends(plan: StudyPlan, lines: Sequence[_Line], unit: str) -> str:
    return "; ".join(
        f"{arm_words(line.arm, plan)} {line.values[-1]:,.0f}{unit} after {line.points[-1].n:,} tasks" for line in lines
    )


def _draw(plan: StudyPlan, lines: Sequence[_Line], label: str, *, reach: tuple[float, float] | None) -> "Figure":
    figure, axes = _figure(7.6, 3.6)
    for line in lines:
        look = look_of(line.arm)
        x = [point.n for point in line.points]
        if line.has_band:
            bands = [point.solved for point in line.points if point.solved is not None]
            low, high = [100 * band.low for band in bands], [100 * band.high for band in bands]
            axes.fill_between(x, low, high, color=look.colour, alpha=0.14, linewidth=0)
        axes.plot(
            x, line.values, color=look.colour, linestyle=_DASHES[look.dash], linewidth=2, marker=_MARKERS[look.symbol],
            markersize=5, markerfacecolor="none" if look.symbol.endswith("open") else look.colour,
            markevery=max(1, len(x) // _SHOWN_MARKERS), clip_on=False,
        )  # fmt: skip
        born = [point.n for point in line.points if point.born]
        axes.plot(born, [0.012] * len(born), "|", color=look.colour, transform=axes.get_xaxis_transform(), markersize=6)
    most = max(line.points[-1].n for line in lines)
    axes.set_xlim(0, most * 1.01)
    axes.set_ylim(*(reach or (0.0, max(max(line.values) for line in lines) * 1.05)))
    axes.set_xlabel(f"tasks done (n = {most:,} for each arm)")
    axes.set_ylabel(label)
    axes.yaxis.set_major_formatter("{x:,.0f}")
    _name(plan, axes, lines)
    return figure


def _name(plan: StudyPlan, axes: "Axes", lines: Sequence[_Line]) -> None:
    """Names at the ends of the lines, apart from one another."""
    low, high = axes.get_ylim()
    placed = -1.0
    ends = sorted(lines, key=lambda line: line.values[-1])
    heights = []
    for line in ends:
        placed = max((line.values[-1] - low) / (high - low), placed + _NAME_APART)
        heights.append(placed)
    ceiling = 1.0
    for place in reversed(range(len(heights))):
        heights[place] = min(heights[place], ceiling)
        ceiling = heights[place] - _NAME_APART
    for line, height in zip(ends, heights, strict=True):
        axes.annotate(
            short_arm(line.arm, plan),
            (1.01, height),
            xycoords="axes fraction",
            va="center",
            color=look_of(line.arm).colour,
        )


_Worth = tuple[str, float, float, float, bool]
"""What the lesson says, estimate, low and high in points, and whether it can be told from nothing."""


def _worth(plan: StudyPlan, found: Findings) -> list[_Worth]:
    made = []
    for comparison in found.worth:
        told = comparison.verdict
        if told.estimate is None or told.low is None or told.high is None:
            continue
        is_clear = told.word in ("better", "worse")
        made.append(
            (lesson_words(comparison.control, plan), 100 * told.estimate, 100 * told.low, 100 * told.high, is_clear)
        )
    return made


def _draw_worth(worth: Sequence[_Worth]) -> "Figure":
    figure, axes = _figure(7.6, 0.8 + 0.45 * len(worth))
    for place, (_, estimate, low, high, is_clear) in enumerate(reversed(worth)):
        colour = GAIN if is_clear and estimate > 0 else LOSS if is_clear else UNCLEAR
        axes.plot([low, high], [place, place], color=colour, linestyle="-" if is_clear else (0, (4, 3)), linewidth=2)
        axes.plot([estimate], [place], "D", color=colour, markerfacecolor=colour if is_clear else "none", markersize=7)
    axes.axvline(0, color=INK, linestyle=(0, (1, 2)), linewidth=1)
    axes.set_yticks(range(len(worth)), [textwrap.fill(name, _LESSON_LINE) for name, *_ in reversed(worth)])
    axes.set_ylim(-0.6, len(worth) - 0.4)
    axes.set_xlabel("points of tasks solved; to the right the lesson helps")
    axes.grid(visible=False)
    return figure


def _figure(width: float, height: float) -> "tuple[Figure, Axes]":
    """Inches. Without pyplot, which would keep every figure open."""
    import matplotlib as mpl
    from matplotlib.figure import Figure

    with mpl.rc_context(_STYLE):
        figure = Figure(figsize=(width, height), layout="constrained")
        return figure, figure.add_subplot()


def _save(picture: Picture, into: io.BytesIO, form: str) -> None:
    import matplotlib as mpl

    with mpl.rc_context(_STYLE):
        figure = picture.draw()
        if form == "svg":
            figure.savefig(into, format="svg", metadata=dict.fromkeys(("Date", "Creator", "Format", "Type")))
        else:
            figure.savefig(into, format="png", dpi=200, facecolor="white", metadata={"Software": None})
