"""The entry script: page frame, navigation, sidebar."""

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
for folder in (ROOT, ROOT / "engine"):
    if folder.is_dir() and str(folder) not in sys.path:
        sys.path.insert(0, str(folder))

import streamlit as st  # noqa: E402

from app.components.notices import draw_notices  # noqa: E402
from app.components.sidebar import draw_sidebar  # noqa: E402
from app.style import add_style  # noqa: E402
from app.wiring import errors_on_page, waiting_count  # noqa: E402

STATIC = ROOT / "app" / "static"

st.set_page_config(page_title="Purpose Agent", page_icon=str(STATIC / "icon.png"), layout="centered")
st.logo(str(STATIC / "logo.svg"), size="large", icon_image=str(STATIC / "icon.png"))
add_style()
waiting = waiting_count()
review = f"Review ({waiting:,})" if waiting else "Review"
page = st.navigation(
    {
        "Work": [
            st.Page("../pages/notebook.py", title="Notebook", icon=":material/edit_note:", default=True),
            st.Page("../pages/vault.py", title="Vault", icon=":material/inventory_2:"),
        ],
        "Learn": [
            st.Page("../pages/review.py", title=review, icon=":material/rate_review:"),
            st.Page("../pages/learning.py", title="Learning", icon=":material/trending_up:"),
        ],
        "Look inside": [st.Page("../pages/runs.py", title="Runs", icon=":material/route:")],
    }
)
with errors_on_page():
    draw_sidebar()
    draw_notices()
    page.run()
