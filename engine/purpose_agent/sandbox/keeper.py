"""The keeper: a process of its own that puts up the walls, starts the code behind them, and waits for its end.

Started as `python -I -S keeper.py CONFIG`. It forks once: the child takes the walls upon itself and becomes a fresh
interpreter running `inside.py`, so nothing of the keeper (its memory, `ctypes`, open files) is there for the code to
find. In a process namespace the child is process 1: when it ends, the kernel ends whatever is left. Reports two lines
(`marshal` in hexadecimal: importing json would cost 4 ms) on the status pipe, which the code never holds: the walls
that stand, and how the child ended.
"""

# ruff: noqa: BLE001, PTH100, PTH120, PTH123
# Pathlib would add 5 ms to every start; here is the outermost edge of a process.

from __future__ import annotations

import marshal
import os
import sys

TYPE_CHECKING = False  # typing would cost 3 ms at every start
if TYPE_CHECKING:
    from typing import Any

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

_ON_LINUX = sys.platform == "linux"


def main(config: dict[str, Any]) -> int:
    status = config["status_fd"]
    os.set_inheritable(status, False)
    walls: dict[str, str] = {}
    if _ON_LINUX:
        import kernel_walls  # type: ignore[import-not-found]

        kernel_walls.die_with_parent(config["host"])
        walls["namespaces"] = _attempt(kernel_walls.new_namespaces) if config["use"]["namespaces"] else "off"
    keeper = os.getpid()
    child = os.fork()
    if child == 0:
        try:
            _become_the_code(config, keeper, walls)
        except BaseException as problem:
            os.write(status, _line({"failed": f"{type(problem).__name__}: {problem}"}))
        finally:
            os._exit(125)
    for descriptor in (0, 1, 2, config["request_fd"], config["reply_fd"]):
        os.close(descriptor)
    how = os.waitpid(child, 0)[1]
    end = {"exit_code": os.waitstatus_to_exitcode(how)}
    os.write(status, _line(end))
    return 0


def _become_the_code(config: dict[str, Any], keeper: int, walls: dict[str, str]) -> None:
    work, status = config["work"], config["status_fd"]
    arguments = [config["python"], "-I", "-S", "-B", "-X", "utf8", config["inside"]]
    arguments += [str(config["request_fd"]), str(config["reply_fd"])]
    if not _ON_LINUX:
        _limits(config)
        os.chdir(work)
        os.write(status, _line(walls))
        os.execve(config["python"], arguments, {})
    import kernel_walls as kernel

    kernel.die_with_parent(keeper)
    if walls["namespaces"] == "":
        walls["mounts"] = _attempt(kernel.private_mounts, work, config["disk"], config["hidden"])
    os.chdir(work)
    _limits(config)
    kernel.no_new_privileges()
    if config["use"]["landlock"]:
        rules = [(path, kernel.READ) for path in config["readable"]]
        rules += [(path, kernel.READ | kernel.EXECUTE) for path in config["executable"]]
        rules += [(path, kernel.READ | kernel.WRITE) for path in ("/dev/null",)]
        rules += [(path, kernel.READ) for path in _mapped_folders()]
        walls["landlock"] = _attempt(kernel.landlock, [*rules, (work, kernel.WORK)])
    place = kernel.path_at_own_address(config["python"])
    if config["use"]["seccomp"]:
        walls["seccomp"] = _attempt(kernel.seccomp, os.getpid(), place)
    os.write(status, _line(walls))
    kernel.execute(place, arguments)


def _limits(config: dict[str, Any]) -> None:
    import kernel_walls

    kernel_walls.resource_limits(
        memory=config["memory"], file_size=config["disk"], open_files=config["open_files"], cpu_s=config["cpu_s"]
    )


def _mapped_folders() -> set[str]:
    """Where the libraries of this interpreter were loaded from; the next one needs the same."""
    with open("/proc/self/maps") as maps:
        files = {line.split(maxsplit=5)[5].strip() for line in maps if "/" in line}
    return {os.path.dirname(file) for file in files if ".so" in file}


def _line(news: dict[str, Any]) -> bytes:
    return marshal.dumps(news).hex().encode() + b"\n"


def _attempt(wall: Any, *arguments: Any) -> str:
    """Put up a wall: "" when it stands, else why not."""
    try:
        wall(*arguments)
    except OSError as problem:
        return str(problem)
    return ""


if __name__ == "__main__":
    sys.exit(main(marshal.loads(bytes.fromhex(sys.argv[1]))))
