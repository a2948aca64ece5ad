"""Thin adapters between the product's public functions and measuring programs that call a plain function."""

from purpose_agent.memory.immune.scan import names, scan_text
from purpose_agent.sandbox.run import run_python
from purpose_agent.vault.index import Passage, PassageIndex


def immune_scan(text: str) -> list[str]:
    """The threats that the immune system names in a text, none for a clean one."""
    return names(scan_text(text))


def sandbox_run(code: str, timeout_s: float) -> dict[str, object]:
    """Run code in the sandbox: {"stdout", "stderr", "ok", "completed"}."""
    result = run_python(code, timeout_s=timeout_s)
    stderr = f"{result.stderr}\n{result.error}".strip()
    return {"stdout": result.stdout, "stderr": stderr, "ok": result.ok, "completed": result.completed}


class VaultSearch:
    """The vault's passage index as `add(ids, texts)` and `query(text, k)`."""

    def __init__(self) -> None:
        self._index = PassageIndex()

    def add(self, ids: list[str], texts: list[str]) -> None:
        self._index.add(Passage(text=text, file=name) for name, text in zip(ids, texts, strict=True))

    def query(self, text: str, k: int) -> list[str]:
        return [passage.file for passage in self._index.search(text, k)]

    def close(self) -> None:
        self._index.close()
