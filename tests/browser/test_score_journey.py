"""A person sets a run's score right at the keyboard alone, and takes it back; the page is read again after a reload."""

import json
import re

import pytest
from playwright.sync_api import expect

from purpose_agent.core.spec import AgentSpec
from purpose_agent.models.scripted import ScriptedBackend
from purpose_agent.storage.workspace import Workspace
from purpose_agent.teams.service import Engine
from purpose_agent.teams.team import Team
from purpose_agent.types import Task
from tests.browser import screens
from tests.browser.conftest import VIEWPORTS, OpenPage
from tests.browser.serving import AppServer
from tests.browser.test_journeys import looks_right

ANSWER = json.dumps({"answer": "The moon is made of cheese.", "done": True})
PRAISE = '{"phi":9.1,"evidence":"cheese","confidence":0.9,"looks_like_progress":false}'


@pytest.fixture
def run_id(server: AppServer) -> str:
    """A run that a script made beside the open app."""
    engine = Engine(Workspace.open(server.workspace))
    writer = (AgentSpec(role="writer", answers=True),)
    team = Team("Write", engine=engine, agents=writer, model=ScriptedBackend([ANSWER, PRAISE]))
    result = team.run(Task(text="Write about the moon", kind="writing"))
    engine.close()
    return result.run_id


@pytest.mark.parametrize(("width", "theme"), VIEWPORTS[:2])
def test_a_score_is_set_right_and_taken_back_at_the_keyboard(
    open_page: OpenPage, run_id: str, width: int, theme: str
) -> None:
    page = open_page(path=f"runs?run={run_id}", width=width, theme=theme)
    expect(page.get_by_text("judged by the same model")).to_be_visible()
    screens.settled(page)
    screens.tab_to(page, "Score this run yourself")
    page.keyboard.press("Enter")
    expect(page.get_by_label("What the score did not see")).to_be_visible()
    screens.tab_to(page, "Score Φ, 0 nothing to 10 complete")
    page.keyboard.press("ControlOrMeta+a")
    page.keyboard.type("4")
    screens.tab_to(page, "What the score did not see")
    page.keyboard.type("a claim without a source")
    page.keyboard.press("Enter")
    set_right = re.compile("Φ 4 by you · was 9.1, judged by the same model. The reason: a claim without a source")
    expect(page.get_by_text(set_right)).to_be_visible()
    page.reload()
    expect(page.get_by_text(set_right)).to_be_visible()
    looks_right(page, theme)
    screens.settled(page)
    screens.tab_to(page, "Take my score back")
    page.keyboard.press("Enter")
    expect(page.get_by_text("by you")).to_have_count(0)
    expect(page.get_by_text("judged by the same model")).to_be_visible()
