"""What every page shares: the engine of this workspace, the notebook store, and errors in plain words.

The engine is one per process and workspace, whatever browser asks. Work never runs in a page: pages submit it and read
what happened.
"""

import os
import re
import threading
import traceback
from collections.abc import Iterator
from contextlib import contextmanager

import streamlit as st

from app.proposal_board import ProposalBoard
from purpose_agent.errors import PurposeError
from purpose_agent.memory.inbox import RECENT_RUNS, Inbox, Recent
from purpose_agent.models.resolve import Resolved
from purpose_agent.notebooks import words
from purpose_agent.notebooks.run_view import RunFold, RunView
from purpose_agent.notebooks.running import CellRunner
from purpose_agent.notebooks.store import NotebookStore
from purpose_agent.runtime.run_manager import Job
from purpose_agent.storage.trajectories import Trajectories
from purpose_agent.teams.service import Engine, engine_for

_CACHED_RUNS = 400
_CODE = re.compile(r"(?<!`)(`[^`\n]+`)(?!`)")
_ended_lock = threading.Lock()


def engine() -> Engine:
    """The engine of PURPOSE_AGENT_HOME, or of the usual workspace of this person."""
    return _engine_of(os.environ.get("PURPOSE_AGENT_HOME", ""))


@st.cache_resource(show_spinner=False)
def _engine_of(home: str) -> Engine:
    """Kept, since asking `engine_for` opens the folder each time and a page asks dozens of times."""
    return engine_for(home or None)


def trajectories() -> Trajectories:
    """All that is asked about many runs. Raises WorkspaceOwned when another process has the workspace."""
    return engine().workspace.trajectories()


def store() -> NotebookStore:
    return NotebookStore(trajectories())


def runner() -> CellRunner:
    return CellRunner(engine(), store())


def inbox() -> Inbox:
    """The waiting lessons, in the order in which they are worth a person's time."""
    return _inbox_of(str(engine().workspace.home))


@st.cache_resource(show_spinner=False)
def _inbox_of(home: str) -> Inbox:
    return Inbox(engine().memory.ledger)


def proposal_board() -> ProposalBoard:
    """What does not go together among the lessons, as far as it was found."""
    return _board_of(str(engine().workspace.home))


@st.cache_resource(show_spinner=False)
def _board_of(home: str) -> ProposalBoard:
    return ProposalBoard(engine().consolidation.proposals, engine().memory.ledger)


def recent_tasks() -> Recent:
    """Which kinds of task the latest runs were."""
    rows = trajectories().sql(
        "SELECT task_kind FROM runs WHERE parent_run = '' ORDER BY started_at DESC, run_id LIMIT ?", [RECENT_RUNS]
    )
    return Recent.of([row["task_kind"] for row in rows])


def waiting_count() -> int | None:
    """How many lessons wait for a decision; None when the record of lessons cannot be read."""
    try:
        return engine().memory.waiting
    except PurposeError:
        return None


def jobs() -> list[Job]:
    """The latest jobs, newest first."""
    return engine().jobs.list(limit=100)


def active_jobs() -> list[Job]:
    return [job for job in jobs() if job.status in ("queued", "running")]


@st.cache_data(ttl=20, show_spinner=False)
def model_in_use(model: str | None, home: str) -> tuple[str, str]:
    """Name of the model and the one sentence why. Asked again after 20 s: Ollama may have been started meanwhile."""
    from purpose_agent.models.resolve import resolve_backend

    resolved: Resolved = resolve_backend(model)
    return words.model(resolved.backend.name), resolved.why


def model_line(model: str | None = None) -> tuple[str, str]:
    """Like `model_in_use`; a model that is not there gives its name and what to do about it."""
    try:
        return model_in_use(model, str(engine().workspace.home))
    except PurposeError as error:
        return words.model(model or "no model"), str(error)


def run_view(run_id: str) -> RunView:
    """The run so far. A run that has ended is folded once and kept, until somebody says a word on its score."""
    ended = _ended_runs()
    kept = ended.get(run_id)
    if kept is not None and kept.last_seq == engine().workspace.journal.last_seq(run_id):
        return kept
    fold = RunFold(run_id)
    view = fold.feed(engine().events(run_id))
    if view.status in ("done", "failed"):  # one that was stopped may be taken up again
        with _ended_lock:
            while len(ended) >= _CACHED_RUNS:
                del ended[next(iter(ended))]
            ended[run_id] = view
    return view


@st.cache_resource(show_spinner=False)
def _ended_runs() -> dict[str, RunView]:
    return {}


@contextmanager
def errors_on_page(*, go_on: bool = False) -> Iterator[None]:
    """Show what happened and what to do, in place, then stop what follows on the page.

    go_on  the rest of the page does not depend on it, so it is drawn all the same.
    """
    try:
        yield
    except PurposeError as error:
        show_error(error.what, error.fix, error.details)
        if not go_on:
            st.stop()
    except Exception:  # noqa: BLE001, the outermost edge of a page: a person gets words, never a trace
        show_error(
            "Something went wrong on this page.",
            "Reload it. If it happens again, the details below tell where.",
            traceback.format_exc(),
        )
        st.stop()


def keep_in_address(**params: str | None) -> None:
    """Write what the page shows into the browser's address, so that a reload shows it again.

    A page link hands its parameters to the script but leaves the address as it was (Streamlit 1.67).
    """
    st.query_params.from_dict({name: value for name, value in params.items() if value})


def show_error(what: str, fix: str, details: str = "") -> None:
    """One box: what happened, what to do; details only for those who ask."""
    st.error(f"**{escape(what)}**  \n{escape(fix)}" if fix else f"**{escape(what)}**", icon=":material/error:")
    if details:
        with st.expander("Show details", type="compact"):
            st.code(details, language=None, wrap_lines=True)


def escape(text: str) -> str:
    """Plain text inside Markdown: nothing becomes formatting, a directive or a formula, but `code` stays code."""
    parts = _CODE.split(text)
    return "".join(part if n % 2 else _escape_plain(part) for n, part in enumerate(parts))


def _escape_plain(text: str) -> str:
    for char in "\\`*_{}[]()#+-.!|<>~$:":
        text = text.replace(char, "\\" + char)
    return text
