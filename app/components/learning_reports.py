"""Take a study along: the page for reading and printing, its pictures, its data, and all of it in one archive.

Each file is made when its button is pressed, not at every run of the page.
"""

from collections.abc import Callable

import streamlit as st

from app.wiring import engine
from purpose_agent.notebooks.export import file_name


def draw_reports(study_id: str, title: str) -> None:
    with st.expander("Report and data", type="compact", key="learning_reports"):
        st.html(
            '<p class="pa-soft">The report is one page that needs no network; print it from the browser to have a PDF. '
            "The archive holds the same with every picture (SVG, PNG), the data (CSV, Parquet), and a script that "
            "works out every figure anew.</p>"
        )
        studies = engine().studies
        with st.container(horizontal=True, gap="small", key="learning_downloads"):
            _button("Report (.html)", title, "html", "text/html", lambda: studies.report(study_id).encode())
            _button("All of it (.zip)", title, "zip", "application/zip", lambda: studies.bundle(study_id))
            _button("Data (.csv)", title, "csv", "text/csv", lambda: studies.as_csv(study_id))
            _button(
                "Data (.parquet)", title, "parquet", "application/vnd.apache.parquet",
                lambda: studies.as_parquet(study_id),
            )  # fmt: skip


def _button(label: str, title: str, ending: str, mime: str, make: Callable[[], bytes]) -> None:
    st.download_button(
        label,
        data=make,
        file_name=file_name(title, ending),
        mime=mime,
        key=f"learning_download_{ending}",
        icon=":material/download:",
        on_click="ignore",
        type="tertiary",
    )
