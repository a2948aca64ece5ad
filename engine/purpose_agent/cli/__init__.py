"""The command line: `purpose-agent`, or `python -m purpose_agent`.

What a command gives goes to standard output, what it tells on the way goes to standard error, so
`purpose-agent run "…" > answer.py` holds the answer only. With `--json` standard output is one JSON document.

Exit codes: 0 it worked · 1 the run failed (of a suite: every run) · 2 the command was written wrongly · 3 a setting, a
file or a model is missing or wrong · 130 stopped with Ctrl-C (what was done is kept).
"""

import sys
from collections.abc import Sequence


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command and give its exit code. Never shows a trace unless `--details` was asked for."""
    from purpose_agent.cli.commands import app
    from purpose_agent.cli.edge import run_command

    return run_command(list(sys.argv[1:] if argv is None else argv), app)
