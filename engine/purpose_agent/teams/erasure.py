"""Delete and prove: a person's data goes out of everything that a workspace holds, and a report shows that it is gone.

A plan says first what would go; nothing is touched by it. After the erasure every file is read byte by byte, and every
text of both databases is looked through once more. What was exported or copied elsewhere is out of reach, and the
report says so. The report itself keeps no word: each term only as a salted hash, so that who knows it can recognise it.
"""

import hashlib
import os
import secrets
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from purpose_agent.errors import PurposeError
from purpose_agent.memory.memory import Memory
from purpose_agent.runtime.events import AgentProgress, now
from purpose_agent.storage import erasing
from purpose_agent.storage.erasing import Holdings
from purpose_agent.storage.terms import Terms, files_of
from purpose_agent.storage.workspace import Workspace
from purpose_agent.types import Record

if TYPE_CHECKING:
    from purpose_agent.vault.shelf import Shelf

NOT_REACHED = (
    "Exports and copies outside of the workspace, what was sent to a model's provider, and pages still open in a "
    "browser are not reached."
)
_ALIVE = ("queued", "running")


class ErasurePlan(Record, frozen=True, kw_only=True):
    """What holds the terms now, and would go. `running`: titles of jobs that have to end or be stopped first."""

    terms: tuple[str, ...]
    user: str = ""
    holdings: Holdings = Holdings()
    running: tuple[str, ...] = ()

    @property
    def is_empty(self) -> bool:
        return not self.holdings.counts

    def __str__(self) -> str:
        if self.is_empty:
            return "Nothing in this workspace holds these words."
        names = {
            "cards": "lessons (all their versions)", "runs": "runs, whole", "jobs": "kept orders of runs",
            "settings": "settings", "cells": "notebook cells", "notebooks": "titles of notebooks",
            "documents": "documents of vaults", "suites": "kept suites, whole", "studies": "studies, whole",
            "files": "uploaded or written files",
            "backups": "backups from before (all of them)",
        }  # fmt: skip
        return "\n".join(f"{count:5,}  {names[name]}" for name, count in self.holdings.counts.items())


class ErasureReport(Record, frozen=True, kw_only=True):
    """What was done, and the proof.

    found         things that held the terms, by place; rows: rows of the ledger that were blanked.
    files_read    files of the workspace that were read byte by byte afterwards.
    still_there   places in which a term was found again; empty is the proof.
    term_hashes   blake2b of salt + term.
    """

    at: datetime
    by: str
    reason: str
    found: dict[str, int]
    rows: int
    files_read: int
    still_there: tuple[str, ...] = ()
    salt: str = ""
    term_hashes: tuple[str, ...] = ()
    not_reached: str = NOT_REACHED

    @property
    def is_proven(self) -> bool:
        return not self.still_there


class Eraser:
    """Works on one workspace. Needs the trajectories, so the program that owns them has to do it."""

    def __init__(self, workspace: Workspace, memory: Memory, shelf: "Callable[[], Shelf]") -> None:
        self._workspace = workspace
        self._shelf = shelf
        self._memory = memory

    def plan(self, terms: Sequence[str], user: str = "") -> ErasurePlan:
        """Raises PurposeError when a term is too short, or another program owns the trajectories."""
        wanted = Terms(terms)
        if not wanted and not user:
            raise PurposeError("Nothing was named that should go.", "Give a name, an address or a number.")
        return self._plan(wanted, user)

    def erase(self, plan: ErasurePlan, *, by: str = "person", reason: str = "") -> ErasureReport:
        """Take everything of the plan out, and look again. Cannot be undone.

        What came in since the plan was made goes too. Raises PurposeError when runs are still at work.
        """
        terms, store = Terms(plan.terms), self._workspace.trajectories()
        plan = self._plan(terms, plan.user)
        if plan.running:
            raise PurposeError(
                f"{len(plan.running)} runs with these words are still at work.", "Stop them or wait, then erase again."
            )
        home, held = self._workspace.home, plan.holdings
        self._leave_a_mark()
        rows = self._memory.ledger.erase(held.cards, by=by) if held.cards else 0
        with self._workspace.journal.write() as db:
            erasing.take_out_of_journal(db, held)
        erasing.take_out_of_store(store, held)
        self._shelf().erase(held.documents)
        erasing.remove_files([home / name for name in (*held.suites, *held.files, *held.backups)], home)
        erasing.remove_studies(home, held.studies)
        erasing.remove_working_folders(home, held.runs)
        erasing.free_the_journal(self._workspace.journal)
        store.rewrite()
        report = self._report(plan, terms, rows=rows, by=by, reason=reason)
        self._keep(report)
        return report

    def _plan(self, terms: Terms, user: str) -> ErasurePlan:
        workspace, journal = self._workspace, self._workspace.journal
        store = workspace.trajectories()
        store.settle()
        places = erasing.places_in_store(store, terms)
        cards = erasing.cards_in_journal(journal, terms, user)
        streams = {f"memory:{card_id}" for card_id in cards}
        runs = erasing.runs_in_journal(journal, terms) | _ids(places, but=("cells", "notebooks"))
        files, backups = erasing.other_files(workspace.home, terms, _text_of)
        jobs = erasing.jobs_in_journal(journal, terms)
        alive = [
            str(title)
            for job_id, status, title in journal.query("SELECT job_id, status, body ->> 'title' FROM jobs")
            if job_id in jobs and status in _ALIVE
        ]
        holdings = Holdings(
            cards=_sorted(card_id for card_id in cards if not self._memory.ledger.card(card_id).is_erased),
            runs=_sorted(runs | {stream for stream in streams if journal.last_seq(stream) >= 0}),
            jobs=_sorted(jobs),
            settings=_sorted(erasing.settings_in_journal(journal, terms)),
            cells=_sorted(_ids(places, only="cells")),
            notebooks=_sorted(_ids(places, only="notebooks")),
            documents=_sorted(self._shelf().holding(terms)),
            suites=_sorted(erasing.suites_holding(workspace.home, terms)),
            studies=_sorted(erasing.studies_holding(workspace.home, terms)),
            files=_sorted(str(path.relative_to(workspace.home)) for path in files),
        )
        if holdings.counts:  # a backup is a whole copy from before; whether it holds the words cannot be told from it
            backed = _sorted(str(path.relative_to(workspace.home)) for path in backups)
            holdings = msgspec.structs.replace(holdings, backups=backed)
        return ErasurePlan(terms=terms.words, user=user, holdings=holdings, running=tuple(alive))

    def _leave_a_mark(self) -> None:
        """The journal's newest row must not go: SQLite would give its number away again. So one more tells this."""
        text = "Words were erased from this workspace at a person's request."
        stream = f"erasure:{secrets.token_hex(6)}"
        self._workspace.journal.append([AgentProgress(run_id=stream, seq=0, at=now(), agent="erasure", text=text)])

    def _report(self, plan: ErasurePlan, terms: Terms, *, rows: int, by: str, reason: str) -> ErasureReport:
        salt = os.urandom(16).hex()
        again = self._plan(terms, plan.user).holdings
        still = [f"{name}: {count}" for name, count in again.counts.items()]
        still += erasing.where_bytes_stand(self._workspace.home, terms)
        return ErasureReport(
            at=now(),
            by=by,
            reason="" if terms.stand_in(reason) else reason,
            found=plan.holdings.counts,
            rows=rows,
            files_read=sum(1 for _ in files_of(self._workspace.home)),
            still_there=tuple(still),
            salt=salt,
            term_hashes=tuple(_hash(salt + term) for term in terms.words),
        )

    def _keep(self, report: ErasureReport) -> None:
        folder = self._workspace.home / "erasures"
        folder.mkdir(exist_ok=True)
        path = folder / f"{report.at:%Y%m%dT%H%M%S%f}.json"
        path.write_bytes(msgspec.json.format(msgspec.json.encode(report), indent=2) + b"\n")


def _hash(text: str) -> str:
    return hashlib.blake2b(text.encode(), digest_size=16).hexdigest()


def _ids(places: "set[erasing.Place]", *, only: str = "", but: Sequence[str] = ()) -> set[str]:
    return {key for table, key in places if (not only or table == only) and table not in but}


def _sorted(ids: Iterable[str]) -> tuple[str, ...]:
    return tuple(sorted(ids))


def _text_of(path: Path) -> str:
    """The text of an uploaded document whose bytes are packed; empty for everything else."""
    from purpose_agent.vault.errors import Unreadable
    from purpose_agent.vault.reading import read
    from purpose_agent.vault.reading.kinds import PACKED_ENDINGS

    if path.suffix.lower() not in PACKED_ENDINGS:
        return ""
    try:
        return read(path.name, path.read_bytes(), recognise=False).text
    except Unreadable:
        return ""
