"""Bringing a vault up to date as a job: seen in the app, stopped within two seconds, taken up after a kill.

A job's spec names the vault alone; what there is to do follows from what stands in it.
"""

import asyncio
import threading
from collections.abc import Callable

from purpose_agent.errors import PurposeError
from purpose_agent.runtime.cancel import RunCancelled
from purpose_agent.runtime.jobs import ALIVE, Job, JobContext
from purpose_agent.runtime.run_manager import RunManager
from purpose_agent.types import JSON
from purpose_agent.vault.shelf import Shelf
from purpose_agent.vault.upkeep import Stopped
from purpose_agent.vault.vault import Vault

KIND = "vault"


class VaultJobs:
    """Does the work of vault jobs, and sees to it that one vault has one at a time."""

    def __init__(self, shelf: Shelf, jobs: Callable[[], RunManager]) -> None:
        self._shelf = shelf
        self._jobs = jobs
        self._lock = threading.Lock()

    def ensure(self, vault: Vault) -> None:
        """Have a job for the vault unless there is one that has not ended."""
        with self._lock:
            if self.job_of(vault.vault_id) is None:
                self._jobs().submit(KIND, f"Reading the documents of {vault.title}", {"vault_id": vault.vault_id})

    def job_of(self, vault_id: str) -> Job | None:
        """The job that is at work for a vault, or waits to be."""
        alive = [job for status in sorted(ALIVE) for job in self._jobs().list(status)]
        return next((job for job in alive if job.kind == KIND and job.spec.get("vault_id") == vault_id), None)

    def take_up(self) -> None:
        """After a start: go on with what a killed process left undone, and with what scripts have added meanwhile."""
        left = {str(job.spec["vault_id"]): job for job in self._jobs().list("interrupted") if job.kind == KIND}
        for vault_id in self._shelf.ids():
            try:
                vault = self._shelf.open(vault_id)
                if vault_id in left:
                    self._jobs().resume(left[vault_id].job_id)
                else:
                    vault.start_work()
            except PurposeError as problem:  # one vault must not keep the others from their work
                self._shelf.notices.append(str(problem))

    async def run(self, context: JobContext) -> JSON:
        vault = self._shelf.open(str(context.job.spec["vault_id"]))

        def pace() -> None:
            if context.cancel.is_set or vault.is_closed:
                raise Stopped

        def work() -> None:
            try:
                while vault.has_work:
                    vault.catch_up(context.report, pace)
            except PurposeError:
                pace()  # it was deleted in the middle of its work
                raise

        try:
            await asyncio.to_thread(work)
        except Stopped as stopped:
            raise RunCancelled from stopped
        return {"vault_id": vault.vault_id}
