"""Where the keyboard goes on after a press took its button off the page, and the focus with it."""

import streamlit as st

_FOCUS = """<span class="pa-keys" data-moves="{moves}"></span><script>
(() => {{
  let tries = 0;
  const look = () => {{
    const running = document.querySelector('[data-testid="stApp"]')?.dataset.testScriptState !== "notRunning";
    const place = document.querySelector("{place}");
    if (place && !running) place.focus();
    else if (++tries < 100) setTimeout(look, 50);
  }};
  look();
}})();
</script>"""


def move_focus(place: str, moves: int) -> None:
    """Once the page rests, the focus is on what this CSS selector finds. `moves`: another number for another move."""
    st.html(_FOCUS.format(moves=moves, place=place), unsafe_allow_javascript=True)
