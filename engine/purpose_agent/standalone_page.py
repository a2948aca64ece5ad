"""The frame of a page that is handed on as one file: no script, no request, readable in light, dark and on paper."""

from functools import cache

from jinja2 import Environment, Template
from markupsafe import Markup

_FRAME = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<meta name="referrer" content="no-referrer">
<title>{{ title }}</title>
<style>
:root { color-scheme: light dark; --ink: #1f2a2c; --soft: #5a686b; --line: #dfe5e5; --accent: #0f6b6b;
  --paper: #fff; --code: #f5f7f7; }
@media (prefers-color-scheme: dark) { :root { --ink: #e6ecec; --soft: #a3b0b2; --line: #313b3d; --accent: #5cc2bd;
  --paper: #14191a; --code: #1c2324; } }
@media print { :root { --ink: #1f2a2c; --soft: #5a686b; --line: #dfe5e5; --accent: #0f6b6b; --paper: #fff;
  --code: #f5f7f7; } figure, tr { break-inside: avoid; } h2 { break-after: avoid; } }
body { margin: 0 auto; padding: 2.5rem 1.25rem; max-width: 760px; color: var(--ink); background: var(--paper);
  font: 16px/1.6 system-ui, sans-serif; overflow-wrap: break-word; }
h1 { font-size: 1.7rem; line-height: 1.25; margin: 0 0 .5rem; } a { color: var(--accent); }
code { font-family: ui-monospace, monospace; } table { border-collapse: collapse; }
{{ style }}</style>
</head>
<body>
<h1>{{ title }}</h1>
{{ body }}
</body>
</html>
"""


def standalone_page(title: str, body: Markup, style: str) -> str:
    """`body` comes escaped, below the title; `style` is CSS of the caller's own, never of somebody else's words."""
    return _frame().render(title=title, body=body, style=Markup(style))


@cache
def _frame() -> Template:
    return Environment(autoescape=True, trim_blocks=True).from_string(_FRAME)
