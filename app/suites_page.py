"""What the suites of the Learning page keep while somebody sits at them, and what they look up about a suite."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from html import escape as safe
from typing import NamedTuple

import streamlit as st

from app.learning_page import go
from app.wiring import engine
from purpose_agent.evaluation.splits import SplitImpossible, split
from purpose_agent.evaluation.suite_records import SHORT_VERSION, Suite, SuiteMissing
from purpose_agent.evaluation.suite_shelf import Deleted, KeptSuite
from purpose_agent.evaluation.suites import shipped_names
from purpose_agent.teams.suite_remarks import Here, here, remarks_here

VIEW = "suites"
"""What the address of the Learning page calls them."""

_DESK = "suites_desk"
SPLIT_AT_ONCE = 2_000
"""Parting more tasks takes seconds, so it waits until somebody opens the suite."""


@dataclass(slots=True)
class Draft:
    """A suite that was read and is looked at before it is kept.

    form  what it was read as; file, raw: the upload that it came from; exact: see `suite_formats/squad.py`.
    """

    suite: Suite
    form: str = ""
    notices: tuple[str, ...] = ()
    file: str = ""
    raw: bytes = b""
    exact: bool = False


@dataclass(slots=True)
class SuitesDesk:
    """asking  the suite that is to be deleted, once confirmed; deleted: the last one that was, for undo.

    drafts  by the way of making (file, vault) what is looked at.
    moves, focused  how often a decision moved on to the next answer, and which of these moves the keyboard followed.
    """

    asking: str = ""
    deleted: tuple[Deleted, ...] = ()
    drafts: dict[str, Draft] = field(default_factory=dict)
    moves: int = 0
    focused: int = 0


class Parts(NamedTuple):
    """Sizes of train, validation and eval; without them `why` says what stands in the way. `notices`: what to know."""

    sizes: tuple[int, ...] = ()
    why: str = ""
    notices: tuple[str, ...] = ()


def suites_desk() -> SuitesDesk:
    found: SuitesDesk = st.session_state.setdefault(_DESK, SuitesDesk())
    return found


def draw_back() -> None:
    st.page_link("../pages/learning.py", label="All suites", icon=":material/arrow_back:", query_params={"view": VIEW})


def measure_with(ref: str) -> None:
    """On to a new study, with this suite chosen."""
    st.session_state["learning_new_suite"] = ref
    go(new="study")


@st.cache_resource(show_spinner=False, max_entries=64)
def loaded(home: str, ref: str, version: str) -> Suite:
    """A suite by name and version, which never changes."""
    return engine().suites.load(ref)


def suite_named(ref: str) -> tuple[Suite, KeptSuite | None]:
    """Kept or shipped; what the shelf knows of it when it is kept. Raises SuiteError."""
    about = engine().suites.about(ref)
    if about is None and ref not in shipped_names():  # an address may name no file of this computer
        raise SuiteMissing(f"There is no suite called “{ref}”.", "Choose one from the list of all suites.")
    home = str(engine().workspace.home)
    if about is None:
        return loaded(home, ref, ""), None
    return loaded(home, about.ref_in_full, about.version), about


@st.cache_resource(show_spinner=False, max_entries=256)
def parts_of(version: str, _suite: Suite) -> Parts:
    """What a split that parts no family gives."""
    try:
        found = split(_suite)
    except SplitImpossible as problem:
        return Parts(why=f"{problem.what} {problem.fix}")
    return Parts(sizes=tuple(len(part.tasks) for part in found.parts), notices=found.notices)


def parts_words(parts: Parts) -> str:
    """`train 32 · validation 11 · eval 11`; "" where it cannot be parted."""
    return " · ".join(f"{name} {n:,}" for name, n in zip(("train", "validation", "eval"), parts.sizes, strict=False))


def short(version: str) -> str:
    return version[:SHORT_VERSION]


def remarks_on(suite: Suite) -> tuple[str, ...]:
    return _remarks(suite.version, here(engine(), suite), suite)


@st.cache_resource(show_spinner=False, max_entries=64)
def _remarks(version: str, known: Here, _suite: Suite) -> tuple[str, ...]:
    return remarks_here(_suite, known)


def draw_remarks(lines: Sequence[str]) -> None:
    """Nothing for none."""
    if lines:
        st.html(f'<ul class="pa-findings">{"".join(f"<li>{safe(line)}</li>" for line in lines)}</ul>')
