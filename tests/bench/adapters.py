"""Thin adapters between the product's public functions and measuring programs that call a plain function."""

from purpose_agent.sandbox.run import run_python


def sandbox_run(code: str, timeout_s: float) -> dict[str, object]:
    """Run code in the sandbox: {"stdout", "stderr", "ok", "completed"}."""
    result = run_python(code, timeout_s=timeout_s)
    stderr = f"{result.stderr}\n{result.error}".strip()
    return {"stdout": result.stdout, "stderr": stderr, "ok": result.ok, "completed": result.completed}
