"""A notebook as one HTML page: no script, no request, everything escaped."""

from functools import cache

from jinja2 import Environment, Template
from markdown_it import MarkdownIt
from markupsafe import Markup

from purpose_agent.notebooks import words
from purpose_agent.notebooks.answers import read_answer
from purpose_agent.notebooks.export import under_answer
from purpose_agent.notebooks.model import Document
from purpose_agent.standalone_page import standalone_page

_STYLE = """.about, .under, .kind { color: var(--soft); } .under, .kind { font-size: .875rem; }
section { border-top: 1px solid var(--line); padding: 1.1rem 0; }
.kind { margin: 0; } .answer { border-left: 3px solid var(--accent); padding-left: 1rem; }
pre { background: var(--code); padding: .8rem 1rem; overflow-x: auto; border-radius: 6px; font-size: .9rem; }
th, td { border: 1px solid var(--line); padding: .3rem .6rem; } ul { padding-left: 1.25rem; }
"""
_BODY = """{% if notebook.team.purpose != notebook.title %}<p class="about">{{ notebook.team.purpose }}</p>{% endif %}
{% if notebook.settings.about %}<p class="about">{{ notebook.settings.about }}</p>{% endif %}
{% for cell in cells %}
<section>
{% if cell.kind != "note" %}<p class="kind">{{ kinds[cell.kind] }}{% if cell.run_count %} [{{ cell.run_count }}]\
{% endif %}</p>{% endif %}
{{ cell.source | markdown }}
{% if cell.settings.checks %}<pre><code>{{ cell.settings.checks | join("\n") }}</code></pre>{% endif %}
{% if cell.settings.output %}{% set answer = read_answer(cell.settings.output.answer) %}
<div class="answer">
{% if answer.form == "code" %}<pre><code>{{ answer.body }}</code></pre>{% else %}{{ answer.body | markdown }}{% endif %}
{% for source in cell.settings.output.sources %}<p class="under">{{ source }}</p>{% endfor %}
<p class="under">{{ under_answer(cell.settings.output) }}</p>
{% for text in cell.settings.output.lessons_used %}<p class="under">Used: {{ text }}</p>{% endfor %}
</div>{% endif %}
</section>
{% endfor %}
"""


def to_html(document: Document) -> str:
    """The whole page as text."""
    body = _template().render(
        notebook=document.notebook,
        cells=document.cells,
        kinds=words.KIND,
        read_answer=read_answer,
        under_answer=under_answer,
    )
    return standalone_page(document.notebook.title, Markup(body), _STYLE)


@cache
def _template() -> Template:
    environment = Environment(autoescape=True, trim_blocks=True)
    # html=False escapes raw tags; images are off, since a picture by URL would be a request to somebody else's server
    markdown = MarkdownIt("commonmark", {"html": False}).enable("table").disable("image")
    environment.filters["markdown"] = lambda text: Markup(markdown.render(text))
    return environment.from_string(_BODY)
