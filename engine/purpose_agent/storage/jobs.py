"""Jobs in the journal, where every process of the workspace sees them."""

from collections.abc import Collection
from typing import Any

import msgspec

from purpose_agent.runtime.jobs import About, Job, JobStatus
from purpose_agent.storage.journal import Journal
from purpose_agent.storage.stored_json import encoded

_decode = msgspec.json.Decoder(Job).decode


class JournalJobStore:
    """A `JobStore`; see there for what each method promises."""

    def __init__(self, journal: Journal) -> None:
        self._journal = journal

    def add(self, job: Job) -> None:
        with self._journal.write() as connection:
            connection.execute(
                "INSERT INTO jobs (job_id, status, created, body) VALUES (?, ?, ?, ?)",
                (job.job_id, job.status, "" if job.created is None else job.created.isoformat(), encoded(job).decode()),
            )

    def get(self, job_id: str) -> Job | None:
        for (body,) in self._journal.query("SELECT body FROM jobs WHERE job_id = ?", (job_id,)):
            return _decode(body)
        return None

    def list(self, status: JobStatus | None = None, limit: int = 100) -> list[Job]:
        if status is None:
            rows = self._journal.query("SELECT body FROM jobs ORDER BY created DESC, rowid DESC LIMIT ?", (limit,))
        else:
            rows = self._journal.query(
                "SELECT body FROM jobs WHERE status = ? ORDER BY created DESC, rowid DESC LIMIT ?", (status, limit)
            )
        return [_decode(body) for (body,) in rows]

    def latest(self, field: About, value: str) -> Job | None:
        where = f"json_extract(body, '$.spec.{field}') = ?"  # the words of an index, so that no other job is read
        rows = self._journal.query(
            f"SELECT body FROM jobs WHERE {where} ORDER BY created DESC, rowid DESC LIMIT 1", (value,)
        )
        return next((_decode(body) for (body,) in rows), None)

    def change(self, job_id: str, only_if: Collection[JobStatus], **fields: Any) -> Job | None:
        with self._journal.write() as connection:
            row = connection.execute("SELECT body FROM jobs WHERE job_id = ?", (job_id,)).fetchone()
            if row is None:
                return None
            job = _decode(row[0])
            if job.status not in only_if:
                return None
            job = msgspec.structs.replace(job, **fields)
            connection.execute(
                "UPDATE jobs SET status = :status, body = :body, cancel_requested ="
                " CASE :status WHEN 'queued' THEN 0 ELSE cancel_requested END WHERE job_id = :job_id",
                {"status": job.status, "body": encoded(job).decode(), "job_id": job_id},
            )
            return job

    def request_cancel(self, job_id: str) -> None:
        with self._journal.write() as connection:
            connection.execute("UPDATE jobs SET cancel_requested = 1 WHERE job_id = ?", (job_id,))

    def cancel_requested(self, job_ids: Collection[str]) -> set[str]:
        marks = ",".join("?" * len(job_ids))
        rows = self._journal.query(
            f"SELECT job_id FROM jobs WHERE cancel_requested = 1 AND job_id IN ({marks})", tuple(job_ids)
        )
        return {job_id for (job_id,) in rows}
