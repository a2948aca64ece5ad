"""Results of agents that talk to users and call tools, as tau-bench writes them: one JSON list.

Each with task_id, reward (1 = solved), trial, and the messages in traj or messages.
Source of the form: Yao et al., arXiv 2406.12045.
"""

from collections.abc import Sequence

from purpose_agent.evaluation.trajectory_formats.records import (
    JsonObject,
    Log,
    LogError,
    LoggedStep,
    number_of,
    text_of,
)
from purpose_agent.evaluation.trajectory_formats.taking import Taken

FORM = "results with rewards"
_SOLVED = 1.0 - 1e-6


def is_results(rows: Sequence[JsonObject]) -> bool:
    return {"task_id", "reward"} <= rows[0].keys()


def read_results(rows: Sequence[JsonObject]) -> Log:
    """Raises LogError."""
    taken = Taken()
    for place, row in enumerate(rows, 1):
        reward = row.get("reward")
        if isinstance(reward, bool) or not isinstance(reward, int | float | None):
            raise LogError(f"Result {place}: the reward is no number.", "Mend it, then bring the file again.")
        trial = row.get("trial") or 0
        if isinstance(trial, bool) or not isinstance(trial, int):
            raise LogError(f"Result {place}: the trial is no whole number.", "Mend it, then bring the file again.")
        log = _log(row.get("traj") or row.get("messages"))
        info = row.get("info") if isinstance(row.get("info"), dict) else {}
        taken.add(
            f"Result {place}",
            {
                "task_id": row.get("task_id"),
                "text": _instruction(info),
                "repeat": trial,
                "right": None if reward is None else reward >= _SOLVED,
                "phi": None if reward is None else 10 * min(1.0, max(0.0, reward)),
                "steps": len(log),
                "cost_usd": number_of(info.get("cost")) if isinstance(info, dict) else 0.0,
                "log": log,
            },
        )
    return Log(form=FORM, runs=tuple(taken.runs), notices=taken.notices)


def _instruction(info: object) -> str:
    task = info.get("task") if isinstance(info, dict) else None
    return text_of(task.get("instruction")) if isinstance(task, dict) else ""


def _log(messages: object) -> tuple[LoggedStep, ...]:
    """What the agent said or called, each with what came back."""
    steps: list[LoggedStep] = []
    for message in messages if isinstance(messages, list) else []:
        if not isinstance(message, dict):
            continue
        role, said = message.get("role"), text_of(message.get("content"))
        if role == "assistant":
            calls = message.get("tool_calls")
            names = [_called(call) for call in calls if isinstance(call, dict)] if isinstance(calls, list) else []
            steps.append(
                LoggedStep(action=said or "\n".join(told for _, told in names), tool=names[0][0] if names else "")
            )
        elif role in ("tool", "user") and steps and not steps[-1].observation:
            steps[-1] = LoggedStep(action=steps[-1].action, tool=steps[-1].tool, observation=said)
    return tuple(steps)


def _called(call: JsonObject) -> tuple[str, str]:
    function = call.get("function")
    if not isinstance(function, dict):
        return "", ""
    name = text_of(function.get("name"))
    return name, f"{name}({text_of(function.get('arguments'))})"
