"""What the Vault page keeps while somebody sits at it, and which vault it shows."""

import time
from collections.abc import Sequence
from dataclasses import dataclass, field

import streamlit as st

from app.wiring import engine
from purpose_agent.runtime.jobs import Job
from purpose_agent.vault.errors import VaultError
from purpose_agent.vault.records import VaultInfo
from purpose_agent.vault.self_test import Recall
from purpose_agent.vault.vault import Vault

NOTEBOOKS = "of-notebook-"
_DESK, _LAST = "vault_desk", "vault_last"
_LAGS_S = 5.0


@dataclass(slots=True)
class VaultDesk:
    """asking  what is to be confirmed: "vault", "documents" or "".
    proof   sentences about what was just removed, until the next thing is done.
    asked   the vault, run and time of the last question; no run once something else was done.
    tests   by vault what looking for its own sentences found, and the state of the vault it was made for.
    """

    asking: str = ""
    proof: list[str] = field(default_factory=list)
    asked: tuple[str, str, float] = ("", "", 0.0)
    tests: dict[str, tuple[tuple[int, int], Recall]] = field(default_factory=dict)


def desk() -> VaultDesk:
    found: VaultDesk = st.session_state.setdefault(_DESK, VaultDesk())
    return found


def choose(vaults: Sequence[VaultInfo], asked: str | None) -> VaultInfo | None:
    """The one asked for, else the one this browser had open, else the first; None when there is none."""
    known = {info.vault_id: info for info in vaults}
    for vault_id in (asked, st.session_state.get(_LAST)):
        if vault_id in known:
            return known[vault_id]
    return next(iter(vaults), None)


def damaged(vaults: Sequence[VaultInfo]) -> list[VaultError]:
    """Why vaults that are on the disk are not among these."""
    found = []
    for vault_id in sorted(set(engine().vaults.ids()) - {info.vault_id for info in vaults}):
        try:
            open_vault(vault_id)
        except VaultError as problem:
            found.append(problem)
    return found


def remember(vault_id: str) -> None:
    st.session_state[_LAST] = vault_id


def answer_in(vault_id: str, in_address: str) -> str:
    """The run whose answer is to be shown, "" for none.

    What draws itself anew in the browser may still send the address from before the question was asked, for an instant.
    """
    vault, run_id, at = desk().asked
    is_lost = not in_address and vault == vault_id and time.monotonic() - at < _LAGS_S
    return run_id if is_lost else in_address


def open_vault(vault_id: str) -> Vault:
    return engine().vaults.open(vault_id)


def job_of(vault_id: str) -> Job | None:
    """The job at work for a vault, or waiting to be."""
    return engine().vault_jobs.job_of(vault_id)


def last_job(vault_id: str) -> Job | None:
    """The latest one, also when it has ended."""
    return engine().jobs.latest("vault_id", vault_id)
