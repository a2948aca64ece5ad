"""What `import purpose_agent` costs, beside an interpreter that imports nothing.

    python tests/bench/bench_import.py

CPU time (user + system) of fresh processes, best of several, since wall time is noisy. Aim: at most 80 ms.
"""

import resource
import subprocess
import sys
import time

ROUNDS = 9
CASES = {
    "python -c pass": "pass",
    "import purpose_agent": "import purpose_agent",
    "pa.purpose, pa.Spark": "import purpose_agent as pa; pa.purpose, pa.Spark",
}


def cpu_ms(code: str) -> tuple[float, float]:
    """Best CPU and wall time of one fresh interpreter, in ms."""
    cpu, wall = [], []
    for _ in range(ROUNDS):
        before, start = children_cpu_s(), time.perf_counter()
        subprocess.run([sys.executable, "-c", code], check=True)
        wall.append(time.perf_counter() - start)
        cpu.append(children_cpu_s() - before)
    return min(cpu) * 1e3, min(wall) * 1e3


def children_cpu_s() -> float:
    """To the µs, where `os.times` counts in steps of 10 ms."""
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def main() -> None:
    base_cpu, base_wall = cpu_ms("pass")
    for name, code in CASES.items():
        cpu, wall = cpu_ms(code)
        print(f"{name:24} {cpu:6.0f} ms cpu  {wall:6.0f} ms wall   (+{cpu - base_cpu:.0f} / +{wall - base_wall:.0f})")


if __name__ == "__main__":
    main()
