"""Upload boxes that are empty again once their file was taken.

Streamlit keeps a file under the key of its box, so the key moves on.
"""

import streamlit as st


def upload_key(name: str) -> str:
    return f"{name}_{st.session_state.get(f'{name}_turn', 0)}"


def renew_upload(name: str) -> None:
    """The next run of the page shows the box empty."""
    st.session_state[f"{name}_turn"] = st.session_state.get(f"{name}_turn", 0) + 1
