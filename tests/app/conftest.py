"""The app's pages without a browser, each test on a workspace of its own."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from purpose_agent.notebooks.running import CellRunner
from purpose_agent.notebooks.store import NotebookStore
from purpose_agent.teams.service import Engine, engine_for

ROOT = Path(__file__).resolve().parents[2]
WAIT_S = 30.0

OpenApp = Callable[..., AppTest]


@pytest.fixture
def engine(own_home: Path) -> Iterator[Engine]:
    """The engine that the pages of this test use."""
    opened = engine_for()
    yield opened
    opened.close()


@pytest.fixture
def store(engine: Engine) -> NotebookStore:
    return NotebookStore(engine.workspace.trajectories())


@pytest.fixture
def runner(engine: Engine, store: NotebookStore) -> CellRunner:
    return CellRunner(engine, store)


@pytest.fixture
def open_app(engine: Engine) -> OpenApp:
    """Open a page: `open_app("runs", run="…")`. Nothing on it may raise."""

    def opened(page: str = "notebook", **params: str) -> AppTest:
        app = AppTest.from_file(str(ROOT / "app" / "main.py"), default_timeout=30)
        if page != "notebook":
            app.run().switch_page(f"../pages/{page}.py")
        for name, value in params.items():
            app.query_params[name] = value
        app.run()
        assert not app.exception
        return app

    return opened


@pytest.fixture
def wait(engine: Engine) -> Callable[[], None]:
    """Wait until nothing runs any more and all of it can be read."""

    def until_idle() -> None:
        for job in engine.jobs.list(limit=100):
            if job.status in ("queued", "running"):
                engine.jobs.wait(job.job_id, WAIT_S)
        engine.workspace.trajectories().settle()

    return until_idle
