"""A notebook as one HTML page: no script, no request, everything escaped."""

from functools import cache

from jinja2 import Environment, Template
from markdown_it import MarkdownIt
from markupsafe import Markup

from purpose_agent.notebooks import words
from purpose_agent.notebooks.answers import read_answer
from purpose_agent.notebooks.export import under_answer
from purpose_agent.notebooks.model import Document

_PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<meta name="referrer" content="no-referrer">
<title>{{ notebook.title }}</title>
<style>
:root { color-scheme: light dark; --ink: #1f2a2c; --soft: #5a686b; --line: #dfe5e5; --accent: #0f6b6b;
  --paper: #fff; --code: #f5f7f7; }
@media (prefers-color-scheme: dark) { :root { --ink: #e6ecec; --soft: #9caaac; --line: #313b3d; --accent: #5cc2bd;
  --paper: #14191a; --code: #1c2324; } }
body { margin: 0 auto; padding: 2.5rem 1.25rem; max-width: 760px; color: var(--ink); background: var(--paper);
  font: 16px/1.6 system-ui, sans-serif; overflow-wrap: break-word; }
h1 { font-size: 1.7rem; line-height: 1.25; margin: 0 0 .5rem; } a { color: var(--accent); }
.about, .under, .kind { color: var(--soft); } .under, .kind { font-size: .875rem; }
section { border-top: 1px solid var(--line); padding: 1.1rem 0; }
.kind { margin: 0; } .answer { border-left: 3px solid var(--accent); padding-left: 1rem; }
pre { background: var(--code); padding: .8rem 1rem; overflow-x: auto; border-radius: 6px; font-size: .9rem; }
code { font-family: ui-monospace, monospace; } table { border-collapse: collapse; }
th, td { border: 1px solid var(--line); padding: .3rem .6rem; } ul { padding-left: 1.25rem; }
</style>
</head>
<body>
<h1>{{ notebook.title }}</h1>
{% if notebook.team.purpose != notebook.title %}<p class="about">{{ notebook.team.purpose }}</p>{% endif %}
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
</body>
</html>
"""


def to_html(document: Document) -> str:
    """The whole page as text."""
    return _template().render(
        notebook=document.notebook,
        cells=document.cells,
        kinds=words.KIND,
        read_answer=read_answer,
        under_answer=under_answer,
    )


@cache
def _template() -> Template:
    environment = Environment(autoescape=True, trim_blocks=True)
    # html=False escapes raw tags; images are off, since a picture by URL would be a request to somebody else's server
    markdown = MarkdownIt("commonmark", {"html": False}).enable("table").disable("image")
    environment.filters["markdown"] = lambda text: Markup(markdown.render(text))
    return environment.from_string(_PAGE)
