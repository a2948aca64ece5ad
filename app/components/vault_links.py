"""Addresses of vaults, documents and places in them, as links on any page.

They are relative, so they work from every page of the app, and hold all that is needed to show the place again.
"""

from html import escape as safe
from urllib.parse import urlencode

from purpose_agent.types import Source


def vault_address(vault_id: str, **params: str) -> str:
    return "vault?" + urlencode({"vault": vault_id, **{name: value for name, value in params.items() if value}})


def place_address(
    vault_id: str,
    doc_id: str,
    *,
    start: int = 0,
    end: int = 0,
    page: int = 0,
    version: int = 0,
    back: str = "",
    find: str = "",
) -> str:
    """A document, opened at a place of it. What led there: `back` is the run of an answer, `find` words sought."""
    numbers = {"page": page, "version": version}
    if end > start:
        numbers |= {"start": start, "end": end}
    told = {name: str(number) for name, number in numbers.items() if number or name == "start"}
    return vault_address(vault_id, doc=doc_id, run=back, find=find, **told)


def source_address(source: Source, *, start: int = 0, end: int = 0, back: str = "") -> str:
    """Where a source stands; `start` and `end` narrow it to a sentence."""
    start, end = (start, end) if end > start else (source.start, source.end)
    return place_address(
        source.vault, source.document, start=start, end=end, page=source.page, version=source.version, back=back
    )


def place_words(source: Source) -> str:
    """The file and the place in it."""
    return f"{source.name}, {source.place}" if source.place else source.name


def link(address: str, label: str, *, told: str = "", name: str = "") -> str:
    """A link as HTML; `told` shows on hover, `name` is what a screen reader says instead of the label."""
    title = f' title="{safe(told)}"' if told else ""
    named = f' aria-label="{safe(name)}"' if name else ""
    return f'<a class="pa-link" href="{safe(address)}" target="_self"{title}{named}>{safe(label)}</a>'
