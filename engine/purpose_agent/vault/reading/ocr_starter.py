"""Put up walls and become tesseract. Started as `python -I -S ocr_starter.py JSON`, a picture on standard input.

Imports nothing of the package but the walls, which stand beside it in the sandbox.
"""

from __future__ import annotations

import contextlib
import json
import os
import sys
from pathlib import Path

_MEMORY = 2 << 30
_CPU_S = 120
_READABLE = ("/usr", "/lib", "/lib64", "/opt", "/etc/ld.so.cache", "/dev/urandom")


def main() -> None:
    told = json.loads(sys.argv[1])
    program = told["program"]
    arguments = [program, "stdin", "stdout", "-l", told["languages"]]
    if told["data"]:
        arguments += ["--tessdata-dir", told["data"]]
    if os.name != "posix":
        os.execv(program, arguments)
    sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "sandbox"))
    import kernel_walls as kernel  # type: ignore[import-not-found]

    if sys.platform != "linux":
        kernel.resource_limits(memory=_MEMORY, file_size=0, open_files=64, cpu_s=_CPU_S)
        os.execv(program, arguments)
    kernel.no_new_privileges()
    kernel.resource_limits(memory=_MEMORY, file_size=0, open_files=64, cpu_s=_CPU_S)
    rules = [(path, kernel.READ | kernel.EXECUTE) for path in (*_READABLE, str(Path(program).parent))]
    rules += [(told["data"], kernel.READ)] if told["data"] else []
    rules.append(("/dev/null", kernel.READ | kernel.WRITE))
    with contextlib.suppress(OSError):
        kernel.landlock(rules)
    place = kernel.path_at_own_address(program)
    with contextlib.suppress(OSError):
        kernel.seccomp(os.getpid(), place)
    kernel.execute(place, arguments)


if __name__ == "__main__":
    main()
