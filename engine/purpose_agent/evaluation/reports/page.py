"""A study as one HTML page: no script, no request, everything escaped; printed by a browser it is a PDF."""

import re
from functools import cache

from jinja2 import Environment, Template
from markupsafe import Markup

from purpose_agent.evaluation.reports.figures import INK, Picture, pictures, svg
from purpose_agent.evaluation.studies.findings import Comparison, Findings
from purpose_agent.evaluation.studies.outcomes import Outcome
from purpose_agent.evaluation.studies.plan import StudyPlan
from purpose_agent.evaluation.studies.words import PARTS, arm_words, arms_of

_PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<meta name="referrer" content="no-referrer">
<title>{{ plan.title }}</title>
<style>
:root { color-scheme: light dark; --ink: #1f2a2c; --soft: #5a686b; --line: #dfe5e5; --accent: #0f6b6b; --paper: #fff; }
@media (prefers-color-scheme: dark) { :root { --ink: #e6ecec; --soft: #a3b0b2; --line: #313b3d; --accent: #5cc2bd;
  --paper: #14191a; } }
@media print { :root { --ink: #1f2a2c; --soft: #5a686b; --line: #dfe5e5; --accent: #0f6b6b; --paper: #fff; }
  figure, tr { break-inside: avoid; } h2 { break-after: avoid; } }
body { margin: 0 auto; padding: 2.5rem 1.25rem; max-width: 760px; color: var(--ink); background: var(--paper);
  font: 16px/1.6 system-ui, sans-serif; overflow-wrap: break-word; }
h1 { font-size: 1.7rem; line-height: 1.25; margin: 0 0 .5rem; } h2 { font-size: 1.2rem; margin: 2.2rem 0 .5rem; }
.verdict { font-size: 1.3rem; line-height: 1.45; font-weight: 500; border-left: 3px solid var(--accent);
  padding-left: .9rem; margin: 1rem 0; }
.soft, figcaption, caption { color: var(--soft); font-size: .9rem; }
caption { text-align: left; padding-bottom: .4rem; }
figure { margin: 1rem 0 1.5rem; color: var(--soft); } figure svg { width: 100%; height: auto; display: block; }
.table { overflow-x: auto; } table { border-collapse: collapse; width: 100%; font-size: .9rem; }
th, td { text-align: left; vertical-align: top; font-weight: 400; padding: .4rem .75rem .4rem 0;
  border-bottom: 1px solid var(--line); }
thead th { color: var(--soft); } tr.decides > * { font-weight: 600; }
code { font-family: ui-monospace, monospace; }
</style>
</head>
<body>
<h1>{{ plan.title }}</h1>
<p class="soft">{{ found.done }} of {{ found.size }} runs{% if not is_whole %}: it is not finished{% endif %} ·
{{ models }}</p>
<p class="verdict">{{ sentence }}</p>
{% if about %}<p class="soft">{{ about }}</p>{% endif %}
{% for picture, drawn in figures %}
<figure role="img" aria-label="{{ picture.told }}"><div aria-hidden="true">{{ drawn }}</div>
<figcaption>{{ picture.title }}. {% if loop.first %}The bands are where the shares of the two arms that decide likely
lie (95 %); strokes at the foot are lessons put in use.{% endif %}</figcaption></figure>
{% endfor %}
{% if comparisons %}
<h2>All comparisons</h2>
<div class="table"><table><caption>The one in bold was agreed to decide. The more one looks at, the more is there by
chance: take the others as hints.</caption><thead><tr><th scope="col">Tasks</th><th scope="col">Compared</th>
<th scope="col">By</th><th scope="col">What it shows</th></tr></thead><tbody>
{% for one in comparisons %}<tr{% if one.decides %} class="decides"{% endif %}>
<th scope="row">{{ parts[one.part] }}</th>
<td>{{ arms_of(one) }}</td><td>{{ scales.get(one.scale, found.measured_as) }}</td><td>{{ one.verdict.sentence }}
{% if one.totals %}All tasks together: {{ "%.0f" | format(100 * one.totals.estimate) }} % of the control's
{{ found.measured_as }} (likely between {{ "%.0f" | format(100 * one.totals.low) }} and
{{ "%.0f" | format(100 * one.totals.high) }} %).{% endif %}</td></tr>
{% endfor %}</tbody></table></div>
{% endif %}
<h2>What it took</h2>
<div class="table"><table><thead><tr><th scope="col">Arm</th><th scope="col">Runs</th><th scope="col">Solved</th>
<th scope="col">Seconds</th><th scope="col">Steps</th><th scope="col">Programs tried</th><th scope="col">Tokens</th>
<th scope="col">Cost</th></tr></thead><tbody>
{% for row in spent %}<tr><th scope="row">{{ row.arm }}</th><td>{{ "{:,}".format(row.runs) }}</td>
<td>{{ row.solved }}</td><td>{{ "{:,.1f}".format(row.seconds) }}</td><td>{{ "{:,}".format(row.steps) }}</td>
<td>{{ "{:,}".format(row.attempts) }}</td><td>{{ "{:,}".format(row.tokens) }}</td>
<td>{{ "${:,.2f}".format(row.cost) }}</td></tr>
{% endfor %}</tbody></table></div>
<p class="soft">What writing the lessons took inside of the runs is counted. What trying them on past tasks took before
is not.</p>
<h2>What it rests on</h2>
<div class="table"><table><tbody>
{% for name, told in facts %}<tr><th scope="row">{{ name }}</th><td>{{ told }}</td></tr>
{% endfor %}</tbody></table></div>
<h2>How to check it</h2>
<p>Every figure follows from <code>plan.json</code> and <code>outcomes.csv</code> (or <code>outcomes.parquet</code>),
which come with this page. <code>python recompute.py</code> works them out anew and compares them with
<code>figures.json</code> to the last digit. It needs Python with purpose-agent installed, and no network.</p>
</body>
</html>
"""
_NAMES = re.compile(r'(\bid="|url\(#|href="#)')
_SCALES = {"solved": "share solved", "phi": "score Φ"}


def page(plan: StudyPlan, outcomes: "list[Outcome]", found: Findings, *, is_whole: bool) -> str:
    """`is_whole`: the study came to its end, by the plan or because nothing was in doubt any more."""
    headline = next((comparison for comparison in found.comparisons if comparison.decides), None)
    return _template().render(
        plan=plan,
        found=found,
        is_whole=is_whole,
        models=", ".join(found.models) or "no model yet",
        sentence=found.proof.sentence
        if found.proof
        else headline.verdict.sentence
        if headline
        else _without_control(found),
        about=_about(headline) if headline else "",
        figures=[(picture, _inline(picture)) for picture in pictures(plan, found)],
        comparisons=[one for one in found.comparisons if one.verdict.tasks or one.decides],
        parts=PARTS,
        arms_of=arms_of,
        scales=_SCALES,
        spent=[_spent(plan, outcomes, found, arm.name) for arm in plan.arms],
        facts=_facts(plan),
    )


def _about(headline: Comparison) -> str:
    told = arms_of(headline)
    return f"{told[:1].upper()}{told[1:]}. This comparison was agreed before the start."


def _without_control(found: Findings) -> str:
    return (
        "There is no control here, so nothing can be said about learning. "
        f"{found.done:,} runs are told of as they were."
    )


def _inline(picture: Picture) -> Markup:
    """Its ink becomes that of the page, which is another one on dark paper; its names are its own on the page.

    What text it holds was escaped by matplotlib.
    """
    drawn = svg(picture).replace(INK, "currentColor")
    return Markup(_NAMES.sub(rf"\1{picture.name}-", drawn))


def _spent(plan: StudyPlan, outcomes: "list[Outcome]", found: Findings, arm: str) -> dict[str, object]:
    rows = [outcome for outcome in outcomes if outcome.arm == arm]
    judged = [outcome for outcome in rows if outcome.right is not None]
    spent = found.spent[arm]
    return {
        "arm": arm_words(arm),
        "runs": spent.runs,
        "solved": f"{sum(bool(outcome.right) for outcome in judged):,} of {len(judged):,}" if judged else "not judged",
        "seconds": spent.seconds,
        "steps": sum(outcome.steps for outcome in rows),
        "attempts": sum(outcome.attempts for outcome in rows),
        "tokens": spent.tokens,
        "cost": spent.cost_usd,
    }


def _facts(plan: StudyPlan) -> list[tuple[str, str]]:
    memory = (
        "every arm began with nothing learned and learned on the way"
        if plan.learns
        else f"{len(plan.lessons)} lessons, as they stood at the start"
    )
    unrelated = f", and {len(plan.unrelated)} unrelated ones" if plan.unrelated else ""
    return [
        ("Purpose", plan.purpose),
        ("Tasks", f"{len(plan.related)} of {plan.suite}{unrelated}"),
        ("Arms", ", ".join(arm_words(arm.name) for arm in plan.arms)),
        ("Memory", memory),
        ("Repeats", f"{plan.repeats}, first seed {plan.seed}"),
        ("The same tasks", "once" if plan.passes == 1 else f"{plan.passes} times in each repeat"),
        ("Ends", "early, once nothing is in doubt" if plan.stops_early else "when all is done"),
    ]


@cache
def _template() -> Template:
    return Environment(autoescape=True, trim_blocks=True).from_string(_PAGE)
