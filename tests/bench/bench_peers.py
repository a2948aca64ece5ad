"""Our step and our prompts beside those of agno and pydantic-ai, in one run on one machine.

    uv venv /tmp/peers && uv pip install --python /tmp/peers/bin/python -r pyproject.toml agno pydantic-ai-slim
    PYTHONPATH=engine:. /tmp/peers/bin/python -m tests.bench.bench_peers [--steps 500] [--rounds 7]

CPU of one more step: the slope between a run of 50 steps and a long one, rounds taken in turn, so that whatever else
the machine does meets both. Ours does per step what `bench_step` says (four tools, critic, eleven events, a bus with a
reader, a durable journal); agno's does one scripted reply and the same calculator, with nothing stored and nothing
judged, in the cheaper of its two ways.

Characters over 50 steps that each call the calculator with the same sums: ours are all messages to actor and critic;
pydantic-ai's are counted as `peer_pydantic_ai` says, which leaves out the JSON that a provider wants around them.

A peer that is not installed is named, and the rest goes on. Nothing may leave the machine: a look-up or a connection is
refused, and listed under `tried_to_reach`.
"""

import argparse
import gc
import importlib
import json
import os
import socket
import statistics
import tempfile
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any, NoReturn

from tests.bench import bench_prompt_chars as prompts
from tests.bench.bench_step import IN_MEMORY, LONG, SHORT, one_run

INSTALL = {
    "peer_agno": "uv pip install agno",
    "peer_pydantic_ai": "uv pip install pydantic-ai-slim",
}
Run = Callable[[int], float]


def peer(name: str) -> ModuleType | None:
    """None when it is not installed, and a line that says how to."""
    try:
        return importlib.import_module(f"tests.bench.{name}")
    except ModuleNotFoundError as error:
        if error.name is None or error.name.startswith(("tests", "purpose_agent")):
            raise
        print(json.dumps({"left_out": name, "missing": error.name, "install": INSTALL[name]}))
        return None


def stay_here() -> list[str]:
    """Refuse every way off this machine from now on; gives the list of what was tried."""
    tried: list[str] = []

    def refuse(*where: Any, **_: Any) -> NoReturn:
        tried.append(repr(where[-1] if isinstance(where[0], socket.socket) else where[0]))
        raise OSError(f"this measurement stays on this machine: {where}")

    for name in ("connect", "connect_ex", "sendto"):
        setattr(socket.socket, name, refuse)
    socket.getaddrinfo = refuse
    os.environ["AGNO_TELEMETRY"] = "false"
    return tried


def ours_in(folder: Path) -> Run:
    def run(steps: int) -> float:
        with tempfile.TemporaryDirectory(dir=folder) as home:
            return one_run(steps, Path(home))["cpu"]

    return run


def cpu_per_step(runs: dict[str, Run], long: int, rounds: int) -> dict[str, dict[str, float]]:
    """µs of one more step of each, rounds in turn."""
    for run in runs.values():
        run(SHORT)
    gc.collect()
    gc.freeze()  # what the libraries keep is walked by no collection, whoever's turn it is
    slopes: dict[str, list[float]] = {name: [] for name in runs}
    for _ in range(rounds):
        for name, run in runs.items():
            short, longer = run(SHORT), run(long)
            slopes[name].append((longer - short) / (long - SHORT) * 1e6)
    gc.unfreeze()
    return {
        name: {"median": round(statistics.median(found), 1), "best": round(min(found), 1)}
        for name, found in slopes.items()
    }


def compare_cpu(agno: ModuleType | None, long: int, rounds: int) -> dict[str, Any]:
    places = {"memory": IN_MEMORY} if IN_MEMORY.is_dir() else {}
    places["temporary folder"] = Path(tempfile.gettempdir())
    runs = {f"ours, journal in {place}": ours_in(folder) for place, folder in places.items()}
    ours = list(runs)
    theirs = {} if agno is None else {f"{agno.NAME}, run": agno.run, f"{agno.NAME}, arun": agno.arun}
    found = cpu_per_step(runs | theirs, long, rounds)
    figures: dict[str, Any] = {"cpu_us_per_step": found, "slope_between_steps": [SHORT, long], "rounds": rounds}
    if theirs:
        cheaper = min(theirs, key=lambda name: found[name]["median"])
        figures["theirs"] = cheaper
        figures["ours_to_theirs"] = {
            name: {kind: round(found[name][kind] / found[cheaper][kind], 2) for kind in ("median", "best")}
            for name in ours
        }
    return figures


def compare_chars(pydantic_ai: ModuleType | None) -> dict[str, Any]:
    ours = prompts.sent(prompts.call)
    figures: dict[str, Any] = {
        "chars_over_steps": prompts.STEPS,
        "ours": {"actor": sum(ours.actor), "critic": sum(ours.critic), "total": ours.total},
        "ours_last_request": ours.actor[-1] + ours.critic[-1],
    }
    if pydantic_ai is not None:
        messages, tools = pydantic_ai.sent(
            prompts.STEPS,
            prompts.expression,
            purpose=prompts.PURPOSE,
            task=prompts.TASK,
            instructions=prompts.INSTRUCTIONS,
        )
        total = sum(messages) + sum(tools)
        figures[pydantic_ai.NAME] = {"messages": sum(messages), "tool_definitions": sum(tools), "total": total}
        figures["their_last_request"] = messages[-1] + tools[-1]
        figures["ours_to_theirs"] = round(ours.total / total, 2)
    return figures


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--steps", type=int, default=LONG)
    parser.add_argument("--rounds", type=int, default=7)
    given = parser.parse_args()
    tried = stay_here()
    print(json.dumps(compare_cpu(peer("peer_agno"), given.steps, given.rounds), indent=2))
    print(json.dumps(compare_chars(peer("peer_pydantic_ai")), indent=2))
    print(json.dumps({"tried_to_reach": tried}))


if __name__ == "__main__":
    main()
