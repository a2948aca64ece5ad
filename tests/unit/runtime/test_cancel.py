import asyncio
import threading

import pytest

from purpose_agent.runtime.cancel import CancelToken, RunCancelled


def test_a_token_is_set_once_and_tells_whoever_asks() -> None:
    token = CancelToken()
    token.raise_if_cancelled()
    assert not token.is_set
    heard: list[str] = []
    token.on_cancel(lambda: heard.append("kept"))
    forget = token.on_cancel(lambda: heard.append("taken away"))
    forget()
    token.cancel()
    token.cancel()
    token.on_cancel(lambda: heard.append("late"))
    assert heard == ["kept", "late"]
    with pytest.raises(RunCancelled, match="stopped"):
        token.raise_if_cancelled()


def test_a_coroutine_waits_for_a_token_that_another_thread_sets() -> None:
    async def wait() -> bool:
        token = CancelToken()
        threading.Timer(0.05, token.cancel).start()
        await asyncio.wait_for(token.wait(), 10)
        await asyncio.wait_for(token.wait(), 10)  # set already
        return token.is_set

    assert asyncio.run(wait())


def test_who_stops_waiting_is_not_called_any_more() -> None:
    token = CancelToken()

    async def give_up() -> None:
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(token.wait(), 0.01)

    asyncio.run(give_up())
    token.cancel()
