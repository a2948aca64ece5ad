"""Save the notebook as a file. The file is made when its button is pressed, not at every run of the page."""

from collections.abc import Callable, Mapping

import streamlit as st

from purpose_agent.notebooks.export import file_name, to_ipynb, to_markdown
from purpose_agent.notebooks.html_export import to_html
from purpose_agent.notebooks.model import CellOutput, Document
from purpose_agent.notebooks.outputs import with_outputs

_FORMS: tuple[tuple[str, str, str, str, Callable[[Document], str]], ...] = (
    ("Jupyter notebook (.ipynb)", "ipynb", "application/x-ipynb+json", "book_2", to_ipynb),
    ("Markdown (.md)", "md", "text/markdown", "notes", to_markdown),
    ("One web page (.html)", "html", "text/html", "public", to_html),
)


def draw_exports(document: Document, outputs: Mapping[str, CellOutput]) -> None:
    """One button a form. The Jupyter form can be imported here again with nothing lost."""
    whole = with_outputs(document, outputs)
    for label, ending, mime, icon, make in _FORMS:
        st.download_button(
            label,
            data=_maker(make, whole),
            file_name=file_name(document.notebook.title, ending),
            mime=mime,
            key=f"notebook_export_{ending}",
            icon=f":material/{icon}:",
            on_click="ignore",
            type="tertiary",
            width="stretch",
        )


def _maker(make: Callable[[Document], str], document: Document) -> Callable[[], bytes]:
    return lambda: make(document).encode()
