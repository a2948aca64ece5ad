"""What keeps a run inside its limits: checks before it starts, retries of model calls, and budgets.

Nothing here decides what to do next; it says "too long", "try again in 2 s" or "stop, this was the last step".
"""

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Literal, TypeVar

import msgspec
from tenacity import AsyncRetrying, RetryCallState, retry_if_exception, stop_after_attempt

from purpose_agent.core.ports import Cancel
from purpose_agent.core.spec import RunSpec
from purpose_agent.errors import PurposeError
from purpose_agent.models.errors import ModelError, RateLimited
from purpose_agent.types import Budget, Usage

MAX_PURPOSE_CHARS = 4_000
MAX_TASK_CHARS = 20_000
MAX_ATTEMPTS = 3
FIRST_WAIT_S = 0.5
LONGEST_WAIT_S = 60.0

Sleep = Callable[[float], Awaitable[None]]
OnRetry = Callable[[str], None]
Answer = TypeVar("Answer")


class SpecRefused(PurposeError):
    """The run was not started, because what was asked cannot go into a prompt."""


def validate_spec(spec: RunSpec) -> None:
    """Raises SpecRefused in words for the person; a team that no caller should build is a ValueError."""
    validate_words(spec.purpose, spec.task.text)
    validate_budget(spec.budget)
    if not spec.run_id:
        raise ValueError("a run needs an id")
    if spec.is_replay and spec.mode != "validation":
        raise SpecRefused(
            "Lessons that wait are tried in replays of past tasks, not in a run like this.", "Approve them first."
        )
    if sum(agent.answers for agent in spec.agents) != 1:
        raise ValueError(f"exactly one agent of a team answers: {[agent.role for agent in spec.agents]}")


def validate_words(purpose: str, task: str) -> None:
    """Raises SpecRefused when one of them is no text, empty, or too long for a prompt."""
    _refuse_empty_or_long("purpose", purpose, MAX_PURPOSE_CHARS, "Say in a sentence what the team is for.")
    _refuse_empty_or_long("task", task, MAX_TASK_CHARS, "Say in a few words what is to be done.")


def validate_budget(budget: Budget) -> None:
    """Raises SpecRefused for a limit that no run could keep to: not a number, zero, or less."""
    if not isinstance(budget, Budget):
        raise SpecRefused("The budget is not a Budget.", "Give one such as budget=pa.Budget(steps=5, seconds=60).")
    for name, limit in msgspec.structs.asdict(budget).items():
        if limit is None and name != "steps":
            continue
        is_number = isinstance(limit, int if name in ("steps", "tokens") else int | float)
        if not is_number or not limit > 0:  # NaN is not more than 0 either
            raise SpecRefused(
                f"The budget's limit of {name} is {limit}; it has to be more than 0.", "Give it a positive number."
            )


def _refuse_empty_or_long(name: str, text: str, limit: int, say: str) -> None:
    if not isinstance(text, str):
        raise SpecRefused(f"The {name} is not a text.", say)
    if not text.strip():
        raise SpecRefused(f"The {name} is empty.", say)
    if len(text) > limit:
        raise SpecRefused(
            f"The {name} has {len(text):,} characters; at most {limit:,} fit into a prompt.",
            "Say it shorter, and attach long material as knowledge files.",
        )


async def call_with_retry(
    call: Callable[[], Awaitable[Answer]], *, on_retry: OnRetry, sleep: Sleep = asyncio.sleep
) -> Answer:
    """The call's answer; a retryable ModelError is tried again, at most three times in all, later each time.

    The first attempt is made without tenacity: it costs some 20 µs, which is a fifth of a whole step.
    """
    try:
        return await call()
    except ModelError as error:
        if not error.retryable:
            raise
        first = error

    async def again(seconds: float) -> None:
        await sleep(seconds)

    def told(state: RetryCallState) -> None:
        failure = state.outcome.exception() if state.outcome else None
        if isinstance(failure, ModelError):
            on_retry(_retry_words(failure, _wait_s(failure, state.attempt_number), state.attempt_number + 1))

    retrying = AsyncRetrying(
        stop=stop_after_attempt(MAX_ATTEMPTS),
        wait=lambda state: _wait_s(state.outcome.exception() if state.outcome else None, state.attempt_number),
        retry=retry_if_exception(lambda error: isinstance(error, ModelError) and error.retryable),
        before_sleep=told,
        sleep=again,
        reraise=True,
    )
    async for attempt in retrying:
        with attempt:
            if attempt.retry_state.attempt_number == 1:
                raise first
            return await call()
    raise first


def _wait_s(error: BaseException | None, attempt: int) -> float:
    """What the provider asked for, else 0.5 s, 1 s, …"""
    if isinstance(error, RateLimited) and error.retry_after_s is not None:
        return min(max(error.retry_after_s, 0.0), LONGEST_WAIT_S)
    return float(min(FIRST_WAIT_S * 2 ** (attempt - 1), LONGEST_WAIT_S))


def _retry_words(error: ModelError, wait_s: float, attempt: int) -> str:
    return f"{error.what} Trying again in {wait_s:g} s (attempt {attempt} of {MAX_ATTEMPTS})."


class BudgetMeter:
    """What a run has used, against what it may. Time that passed before a resume counts."""

    def __init__(
        self,
        budget: Budget,
        *,
        used: Usage = Usage(),
        seconds: float = 0.0,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.used = used
        self._budget = budget
        self._clock = clock
        self._started = clock() - seconds

    @property
    def seconds(self) -> float:
        return self._clock() - self._started

    @property
    def seconds_left(self) -> float | None:
        limit = self._budget.seconds
        return None if limit is None else max(limit - self.seconds, 0.0)

    def spend(self, usage: Usage) -> None:
        self.used = self.used + usage

    def limit_hit(self, steps: int) -> str:
        """Why the run has to stop before its next step, in words; empty when it may go on."""
        budget, used = self._budget, self.used
        if steps >= budget.steps:
            return f"stopped at its limit of {budget.steps} step{'' if budget.steps == 1 else 's'}"
        if budget.tokens is not None and used.prompt_tokens + used.completion_tokens >= budget.tokens:
            return f"stopped at its limit of {budget.tokens:,} tokens"
        if budget.cost_usd is not None and used.cost_usd >= budget.cost_usd > 0:
            return f"stopped at its limit of {budget.cost_usd:g} US dollars"
        if budget.seconds is not None and self.seconds >= budget.seconds:
            return self.time_words
        return ""

    @property
    def time_words(self) -> str:
        return f"stopped at its limit of {self._budget.seconds:g} s"


class Guard:
    """Interrupts the task that entered it when the person cancels or the time is up, whatever it waits for.

    `why` tells which of the two it was; empty when the task was cancelled by somebody else.
    """

    def __init__(self, cancel: Cancel | None, seconds_left: float | None) -> None:
        self.why: Literal["", "cancelled", "time"] = ""
        self._cancel = cancel
        self._seconds_left = seconds_left
        self._watcher: asyncio.Task[None] | None = None

    async def __aenter__(self) -> "Guard":
        task = asyncio.current_task()
        if task is not None and (self._cancel is not None or self._seconds_left is not None):
            self._watcher = asyncio.create_task(self._watch(task))
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._watcher is not None:
            self._watcher.cancel()

    def took_over(self) -> bool:
        """Whether a CancelledError is this guard's own; then the task is free to go on."""
        task = asyncio.current_task()
        return bool(self.why) and task is not None and task.uncancel() == 0

    async def _watch(self, task: "asyncio.Task[object]") -> None:
        wish = self._cancel.wait() if self._cancel is not None else asyncio.Event().wait()
        try:
            await asyncio.wait_for(wish, self._seconds_left)
            self.why = "cancelled"
        except TimeoutError:
            self.why = "time"
        task.cancel()
