"""A study as one HTML page: no script, no request, everything escaped; printed by a browser it is a PDF."""

import re
from functools import cache

from jinja2 import Environment, Template
from markupsafe import Markup

from purpose_agent.evaluation.reports.figures import INK, Picture, pictures, svg
from purpose_agent.evaluation.studies import words
from purpose_agent.evaluation.studies.findings import Findings
from purpose_agent.evaluation.studies.plan import StudyPlan
from purpose_agent.standalone_page import standalone_page

_STYLE = """h2 { font-size: 1.2rem; margin: 2.2rem 0 .5rem; }
.verdict { font-size: 1.3rem; line-height: 1.45; font-weight: 500; border-left: 3px solid var(--accent);
  padding-left: .9rem; margin: 1rem 0; }
.soft, figcaption, caption { color: var(--soft); font-size: .9rem; }
caption { text-align: left; padding-bottom: .4rem; }
figure { margin: 1rem 0 1.5rem; color: var(--soft); } figure svg { width: 100%; height: auto; display: block; }
.table { overflow-x: auto; } .table table { width: 100%; font-size: .9rem; }
th, td { text-align: left; vertical-align: top; font-weight: 400; padding: .4rem .75rem .4rem 0;
  border-bottom: 1px solid var(--line); }
thead th { color: var(--soft); } tr.decides > * { font-weight: 600; }
"""
_BODY = """<p class="soft">{{ amount }}{% if not is_whole %}: it is not finished{% endif %}
{% if models %} · {{ models }}{% endif %}</p>
<p class="verdict">{{ found.sentence }}</p>
{% if about %}<p class="soft">{{ about }} {{ words.task_by_task(found.headline) }}</p>{% endif %}
{% for picture, drawn in figures %}
<figure role="img" aria-label="{{ picture.told }}"><div aria-hidden="true">{{ drawn }}</div>
<figcaption>{{ picture.title }}. {% if loop.first %}The bands are where the shares of the two arms that decide likely
lie (95 %); strokes at the foot are lessons put in use.{% endif %}</figcaption></figure>
{% endfor %}
{% if comparisons %}
<h2>All comparisons</h2>
<div class="table"><table><caption>{{ about_comparisons }}</caption><thead><tr><th scope="col">Tasks</th>
<th scope="col">Compared</th><th scope="col">By</th><th scope="col">What it shows</th></tr></thead><tbody>
{% for one in comparisons %}<tr{% if one.decides %} class="decides"{% endif %}>
<th scope="row">{{ words.PARTS[one.part] }}</th>
<td>{{ words.arms_of(one, plan) }}</td><td>{{ words.scale_words(one.scale, found.measured_as) }}</td>
<td>{{ one.verdict.sentence }} {{ words.among_all(one) }} {{ words.totals_words(one, found.measured_as) }}</td></tr>
{% endfor %}</tbody></table></div>
{% endif %}
<h2>What it took</h2>
<p>{{ words.net_benefit(plan, found) }}</p>
<div class="table"><table><thead><tr><th scope="col">Arm</th><th scope="col">Runs</th><th scope="col">Solved</th>
<th scope="col">Seconds</th><th scope="col">Steps</th><th scope="col">Programs tried</th><th scope="col">Tokens</th>
<th scope="col">Cost</th></tr></thead><tbody>
{% for arm in plan.arms %}{% set row = found.spent[arm.name] %}<tr>
<th scope="row">{{ words.arm_words(arm.name, plan) }}</th><td>{{ "{:,}".format(row.runs) }}</td>
<td>{% if row.judged %}{{ "{:,}".format(row.solved) }} of {{ "{:,}".format(row.judged) }}{% else %}not judged{% endif %}
</td><td>{{ "{:,.1f}".format(row.seconds) }}</td><td>{{ "{:,}".format(row.steps) }}</td>
<td>{{ "{:,}".format(row.attempts) }}</td><td>{{ "{:,}".format(row.tokens) }}</td>
<td>{{ "${:,.2f}".format(row.cost_usd) }}</td></tr>
{% endfor %}</tbody></table></div>
<p class="soft">{{ words.counted(plan) }}</p>
<h2>What it rests on</h2>
<div class="table"><table><tbody>
{% for name, told in words.facts(plan) %}<tr><th scope="row">{{ name }}</th><td>{{ told }}</td></tr>
{% endfor %}</tbody></table></div>
<h2>How to check it</h2>
<p>Every figure follows from <code>plan.json</code> and <code>outcomes.csv</code> (or <code>outcomes.parquet</code>),
which come with this page. <code>python recompute.py</code> works them out anew and compares them with
<code>figures.json</code> to the last digit. It needs Python with purpose-agent installed, and no network.</p>
"""
_NAMES = re.compile(r'(\bid="|url\(#|href="#)')


def page(plan: StudyPlan, found: Findings, *, is_whole: bool) -> str:
    """`is_whole`: the study came to its end, by the plan or because nothing was in doubt any more."""
    body = _template().render(
        plan=plan,
        found=found,
        is_whole=is_whole,
        amount=words.amount(plan, found, is_whole=is_whole),
        models=", ".join(found.models) or ("" if plan.is_imported else "no model yet"),
        about=words.about(plan, found.headline) if found.has_control else "",
        about_comparisons=words.about_comparisons(plan, found),
        figures=[(picture, _inline(picture)) for picture in pictures(plan, found)],
        comparisons=[one for one in found.comparisons if one.verdict.tasks or one.decides],
        words=words,
    )
    return standalone_page(plan.title, Markup(body), _STYLE)


def _inline(picture: Picture) -> Markup:
    """Its ink becomes that of the page, which is another one on dark paper; its names are its own on the page.

    What text it holds was escaped by matplotlib.
    """
    drawn = svg(picture).replace(INK, "currentColor")
    return Markup(_NAMES.sub(rf"\1{picture.name}-", drawn))


@cache
def _template() -> Template:
    return Environment(autoescape=True, trim_blocks=True).from_string(_BODY)
