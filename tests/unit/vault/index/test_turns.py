"""Many work at once, one alone; nobody alone beside anybody, and nobody waits for ever."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from purpose_agent.vault.index.turns import Turns


def test_who_is_alone_meets_nobody() -> None:
    turns, there, seen = Turns(), set[int](), list[set[int]]()
    changing = threading.Lock()

    def work(number: int) -> None:
        for _ in range(50):
            with turns.alone() if number % 3 == 0 else turns.shared():
                with changing:
                    there.add(number)
                time.sleep(0)
                if number % 3 == 0:
                    seen.append(set(there))
                with changing:
                    there.discard(number)

    with ThreadPoolExecutor(6) as pool:
        list(pool.map(work, range(6)))
    assert len(seen) == 100
    assert all(len(met) == 1 for met in seen)


def test_many_share() -> None:
    turns, met = Turns(), threading.Barrier(3, timeout=10)

    def work(_: int) -> None:
        with turns.shared():
            met.wait()

    with ThreadPoolExecutor(3) as pool:
        list(pool.map(work, range(3)))


def test_an_error_lets_the_others_go_on() -> None:
    turns = Turns()
    with pytest.raises(ValueError, match="broken"), turns.alone():
        raise ValueError("broken")
    with pytest.raises(ValueError, match="broken"), turns.shared():
        raise ValueError("broken")
    with turns.alone():
        pass
