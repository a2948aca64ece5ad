"""The command line at a real pseudo-terminal: wait for words, press keys, and give all that was shown."""

import os
import re
import select
import sys
from collections.abc import Sequence

Step = tuple[bytes, bytes]
"""A pattern to wait for in what came since the last keys, and the keys to press then."""


def at_terminal(arguments: Sequence[str], *steps: Step) -> str:
    import pty

    pid, terminal = pty.fork()
    if pid == 0:
        os.environ["TERM"] = "xterm"
        os.execv(sys.executable, [sys.executable, "-m", "purpose_agent", *arguments])
    shown, seen, left = b"", 0, list(steps)
    try:
        while select.select([terminal], [], [], 30)[0]:
            try:
                part = os.read(terminal, 4096)
            except OSError:  # Linux tells the end of a terminal so
                break
            if not part:
                break
            shown += part
            if b"\x1b[6n" in part:  # where is the cursor?
                os.write(terminal, b"\x1b[1;1R")
            if left and re.search(left[0][0], shown[seen:], re.DOTALL):
                seen = len(shown)
                os.write(terminal, left.pop(0)[1])
    finally:
        os.close(terminal)
        os.waitpid(pid, 0)
    return shown.decode(errors="replace")
