"""Upload boxes that are empty again once their file was taken, and popovers that close once their work is done.

Streamlit keeps a file, and whether a popover is open, under the key, so the key moves on.
"""

from typing import Protocol

import streamlit as st


class Given(Protocol):
    """A file as the browser gave it. Its name is a label from elsewhere, never a path."""

    name: str

    def getvalue(self) -> bytes: ...


def upload_key(name: str) -> str:
    return f"{name}_{st.session_state.get(f'{name}_turn', 0)}"


def renew_upload(name: str) -> None:
    """The next run of the page shows the box empty, or the popover closed."""
    st.session_state[f"{name}_turn"] = st.session_state.get(f"{name}_turn", 0) + 1
