"""Trying waiting lessons on past tasks: the plan first, then the job."""


def draw_replay_offer() -> None:
    return None
