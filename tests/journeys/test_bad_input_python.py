"""Bad input through `import purpose_agent`: one sentence of what and what to do, at the call that did it."""

import asyncio
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

import purpose_agent as pa
from purpose_agent.runtime.events import AgentProgress
from purpose_agent.tools.tool import ToolContext, ToolOutput
from tests.servers.fake_ollama import FakeModel, FakeOllama, Turn
from tests.servers.fake_openai import FakeOpenAI, Refusal

DONE = '{"answer": "here it is", "done": true}'
USE_MINE = '{"tool": "mine", "args": {}}'
HALF = "a \ud800 half"
TECHNICAL = ("Error", "Exception", "Traceback", "object has no", "NoneType", "codec", "0x")


@pytest.fixture(autouse=True)
def engine_closed(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("PURPOSE_AGENT_MODEL", "builtin:search")
    yield
    pa.engine_for().close()


def team(*replies: str, **options: Any) -> pa.Team:
    model = pa.ScriptedBackend(list(replies) or [DONE], cycle=True)
    return pa.purpose("Write Python code", **({"model": model} | options))


def refusal(call: Callable[[], object]) -> pa.PurposeError:
    """What a person reads; raised within a second, in words."""
    started = time.monotonic()
    with pytest.raises(pa.PurposeError) as told:
        call()
    assert time.monotonic() - started < 3
    assert told.value.what.strip().endswith((".", "”."))
    assert told.value.fix
    assert not any(word in str(told.value) for word in TECHNICAL), str(told.value)
    return told.value


def nothing_stored() -> bool:
    journal = pa.engine_for().workspace.journal
    return not journal.run_ids() and not pa.engine_for().jobs.list()


@pytest.mark.parametrize("words", ["", " \n\t", "x" * 1_000_000, None, 5], ids=["empty", "blank", "1 MB", "None", "5"])
def test_a_purpose_or_task_that_says_nothing_or_too_much(words: Any) -> None:
    assert "purpose" in refusal(lambda: pa.purpose(words)).what
    assert "purpose" in refusal(lambda: pa.Spark(words)).what
    assert "task" in refusal(lambda: team().run(words)).what
    assert "task" in refusal(lambda: asyncio.run(team().arun(words))).what
    refusal(lambda: asyncio.run(_stream(team(), words)))
    assert nothing_stored()


async def _stream(of: pa.Team, task: str) -> list[str]:
    return [event.kind async for event in of.astream(task) if hasattr(event, "kind")]


@pytest.mark.parametrize("text", ["a \0 zero", HALF])
def test_zero_bytes_and_half_characters_go_through_task_tests_lesson_reply_and_tool(text: str) -> None:
    made = pa.purpose(f"Write {text}", model=pa.ScriptedBackend([f"```python\ndef f(n):\n    return {text!r}\n```"]))
    tests = [f"assert f(1) != '{text.replace(chr(0), '')}'"]
    assert made.run(f"Write f {text}", tests=tests).status == "done"
    assert team(f"Here it is: {text}", f"Still {text}").run("say hello").status == "done"
    tool = _tool(lambda: ToolOutput(text=text, changed={"seen": text}))
    assert team(USE_MINE, DONE, tools=[tool]).run("use it").answer == "here it is"
    assert "half" in made.teach(f"Say {text} half").text


@pytest.mark.parametrize("tests", ["assert f(2) == 4", 5], ids=["one text", "a number"])
def test_tests_that_are_no_list(tests: Any) -> None:
    assert "list" in refusal(lambda: team().run("Write f", tests=tests)).fix


@pytest.mark.parametrize("test", ["hello world", "x = f(2)", "assert f(2) == ", "import os", 1, None, "assert f(1)\0"])
def test_a_test_that_asserts_nothing_is_named_and_never_counts_as_passed(test: Any) -> None:
    told = refusal(lambda: team().run("Write f", tests=["assert f(2) == 4", test]))
    assert "is not a test" in told.what
    assert nothing_stored()


def test_an_example_or_a_bare_comparison_is_the_assert_that_it_means() -> None:
    wrong = "```python\ndef f(n):\n    return 0\n```"
    result = team(wrong).run("Write f", tests=["f(2) -> 4", "f(3) == 9"], budget=pa.Budget(steps=2))
    assert (result.score.passed, result.score.total) == (0, 2)


@pytest.mark.parametrize("budget", [pa.Budget(steps=0), pa.Budget(seconds=float("nan")), pa.Budget(tokens=-1), 5])
def test_a_budget_that_no_run_could_keep_to(budget: Any) -> None:
    assert "budget" in refusal(lambda: team().run("Say hello", budget=budget)).what.lower()


def test_an_option_that_is_misspelt_is_not_passed_over() -> None:
    with pytest.raises(TypeError, match="test; there are tests"):
        team().run("Write f", test=["assert f(2) == 4"])  # type: ignore[call-arg]


@pytest.mark.parametrize("lesson", ["", "   ", "x" * 10_000, None])
def test_a_lesson_that_says_nothing_or_too_much(lesson: Any) -> None:
    refusal(lambda: team().teach(lesson))
    assert team().lessons() == []


@pytest.mark.parametrize("knowledge", ["/nowhere/at/all", "", "a\0b", 5, [5]])
def test_knowledge_that_is_not_there(knowledge: Any) -> None:
    refusal(lambda: team(knowledge=knowledge))


def test_a_question_to_a_team_without_files() -> None:
    for empty in (None, (), []):
        assert "no files" in refusal(lambda given=empty: team(knowledge=given).ask("What is the refund policy?")).what


def test_files_that_cannot_be_read_are_named(tmp_path: Path) -> None:
    folder = tmp_path / "documents"
    folder.mkdir()
    assert "no file" in refusal(lambda: team(knowledge=folder).ask("What is x?")).what
    (folder / "broken.pdf").write_bytes(b"\0\1 no document " * 50)
    (folder / "empty.txt").touch()
    told = refusal(lambda: team(knowledge=folder).ask("What is x?"))
    assert "broken.pdf" in told.what
    assert "empty.txt: The file is empty." in told.what


def test_one_broken_file_among_good_ones_is_told_on_the_way(tmp_path: Path) -> None:
    (tmp_path / "broken.pdf").write_bytes(b"\0\1 no document " * 50)
    (tmp_path / "good.txt").write_text("A refund is paid within 14 days of the return.")
    made = pa.purpose("Answer questions", knowledge=tmp_path)
    result = made.ask("When is a refund paid?")
    assert "14 days" in result.answer
    said = [event.text for event in made.engine.events(result.run_id) if isinstance(event, AgentProgress)]
    assert any("broken.pdf" in text for text in said)


@pytest.mark.parametrize("given", [len, pa.CalculatorTool, [5], [pa.CalculatorTool(), pa.CalculatorTool()]])
def test_what_is_no_tool_is_told_with_how_to_make_one(given: Any) -> None:
    assert "tool" in refusal(lambda: team(tools=given if isinstance(given, list) else [given])).what


def test_tools_work_without_a_model_object_and_may_replace_the_usual_ones() -> None:
    spark = pa.Spark("coder", tools=[pa.PythonExecTool()])
    assert spark.run("Write double(n): double(2) -> 4, double(5) -> 10").success


@pytest.mark.parametrize("model", [5, object(), pa.ScriptedBackend])
def test_what_is_no_model(model: Any) -> None:
    assert "no model" in refusal(lambda: team(model=model)).what


class _Mine:
    name, description, parameters, quick = "mine", "Does it.", {"type": "object", "properties": {}}, False

    def __init__(self, work: Callable[[], Any], side_effects: bool) -> None:
        self.work, self.side_effects = work, side_effects

    def call(self, args: dict[str, Any], context: ToolContext) -> ToolOutput:
        return self.work()  # type: ignore[no-any-return]


def _tool(work: Callable[[], Any], *, side_effects: bool = True) -> Any:
    return _Mine(work, side_effects)


def _raise(error: BaseException) -> Any:
    raise error


@pytest.mark.parametrize(
    "work",
    [
        lambda: _raise(RuntimeError("boom")),
        lambda: _raise(SystemExit(3)),
        lambda: _raise(KeyboardInterrupt()),
        lambda: _raise(StopIteration()),
        lambda: None,
        lambda: "a text",
        lambda: ToolOutput(text=5),  # type: ignore[arg-type]
        lambda: ToolOutput(text="a", changed={"x": object()}),
        lambda: ToolOutput(text="x" * 5_000_000),
        lambda: ToolOutput(text="a", changed={"x": ["y" * 1000] * 5_000, "nan": float("nan")}),
    ],
)
@pytest.mark.parametrize("side_effects", [True, False])
def test_whatever_a_tool_does_the_run_goes_on(work: Callable[[], Any], side_effects: bool) -> None:
    started = time.monotonic()
    result = team(USE_MINE, DONE, tools=[_tool(work, side_effects=side_effects)]).run("use it")
    assert (result.status, result.answer) == ("done", "here it is")
    assert time.monotonic() - started < 5


def test_a_model_that_gives_no_answer_is_not_called_done() -> None:
    result = team("").run("say hello")
    assert str(result) == "The model ended without an answer that could be read."
    assert not result.success


# ---- models that are not there


def test_a_key_that_is_missing_is_told_at_once_by_every_way_of_running() -> None:
    made = pa.purpose("Write", model="openai:gpt-5-mini")
    for call in (
        lambda: made.run("hello"),
        lambda: asyncio.run(made.arun("hello")),
        lambda: asyncio.run(asyncio.wait_for(_stream(made, "hello"), 5)),
    ):
        assert "OPENAI_API_KEY" in refusal(call).fix
    assert "needs a key" in str(made.status())


@pytest.mark.parametrize(
    ("server", "words", "fix"),
    [
        (FakeOpenAI(key="right"), "key", "key"),
        (FakeOpenAI([Refusal(429, {"error": {"message": "slow down"}}, {"Retry-After": "0"})]), "", "wait|later|again"),
        (FakeOpenAI([Refusal(500, {"error": {"message": "oops"}})]), "", "."),
    ],
    ids=["wrong key", "rate limit", "broken server"],
)
def test_a_provider_that_refuses_ends_the_run_with_its_steps_kept(
    monkeypatch: pytest.MonkeyPatch, server: FakeOpenAI, words: str, fix: str
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-wrong-key-of-a-test")
    with server:
        monkeypatch.setenv("OPENAI_BASE_URL", server.base_url)
        result = pa.purpose("Write", model="openai:small-model").run("hello")
    assert result.status == "failed"
    assert words in result.what
    assert result.fix
    assert "sk-wrong-key-of-a-test" not in str(pa.engine_for().events(result.run_id))
    assert pa.engine_for().result(result.run_id) is not None


def test_a_dead_server_and_a_model_that_is_not_pulled_say_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OLLAMA_HOST", "127.0.0.1:1")
    result = pa.purpose("Write", model="ollama:qwen3:1.7b").run("hello")
    assert "ollama serve" in result.fix
    with FakeOllama(models=[FakeModel("other:1b")]) as server:
        monkeypatch.setenv("OLLAMA_HOST", server.url)
        missing = pa.purpose("Write", model="qwen3:1.7b").run("hello")
    assert missing.status == "failed"
    assert "qwen3:1.7b" in missing.what
    assert "pull" in missing.fix


# ---- what never ends


def _hanging() -> Iterator[tuple[str, Callable[[], Any]]]:
    yield "a sleeping tool", lambda: team(USE_MINE, tools=[_tool(lambda: time.sleep(60))])
    loop = '{"tool": "python_exec", "args": {"code": "while True: pass"}}'
    yield "code without an end", lambda: team(loop)
    yield "a draft without an end", lambda: team("```python\ndef f(n):\n    while True: pass\n```")
    yield "a silent model", lambda: pa.purpose("Write code", model=pa.ScriptedBackend([DONE], delay_s=60))


@pytest.mark.parametrize("make", [make for _, make in _hanging()], ids=[name for name, _ in _hanging()])
def test_a_run_that_never_ends_stops_within_two_seconds(make: Callable[[], pa.Team]) -> None:
    made = make()
    threads = threading.active_count()
    run = threading.Thread(target=lambda: made.run("Write f", tests=["assert f(1) == 1"]), daemon=True)
    run.start()
    journal = made.engine.workspace.journal
    _until(lambda: bool(journal.run_ids()))
    time.sleep(0.3)
    started = time.monotonic()
    made.engine.cancel(journal.run_ids()[0])
    run.join(10)
    assert time.monotonic() - started < 2
    result = made.engine.result(journal.run_ids()[0])
    assert result is not None
    assert result.status == "cancelled"
    if "sleeping" not in str(make):
        _until(lambda: threading.active_count() <= threads + 1)


def test_a_model_on_a_server_that_never_answers_stops_within_two_seconds(monkeypatch: pytest.MonkeyPatch) -> None:
    with FakeOllama([Turn(fault="stall")]) as server:
        monkeypatch.setenv("OLLAMA_HOST", server.url)
        made = pa.purpose("Write", model="ollama:qwen3:1.7b")
        run = threading.Thread(target=lambda: made.run("hello"), daemon=True)
        run.start()
        _until(lambda: bool(server.chats()))
        started = time.monotonic()
        made.engine.cancel(made.engine.workspace.journal.run_ids()[0])
        run.join(10)
        assert time.monotonic() - started < 2
        assert server.client_left.wait(2)


def _until(holds: Callable[[], bool], most_s: float = 10) -> None:
    deadline = time.monotonic() + most_s
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.02)


# ---- loops, threads, closing


def test_run_works_inside_a_running_event_loop_and_arun_can_be_given_up() -> None:
    async def as_in_jupyter() -> None:
        assert team().run("say it").answer == "here it is"
        assert (await team().arun("say it")).answer == "here it is"
        assert (await _stream(team(), "say it"))[-1] == "run.finished"
        slow = asyncio.create_task(
            pa.purpose("Write", model=pa.ScriptedBackend([DONE], delay_s=60)).arun("say it slowly")
        )
        await asyncio.sleep(0.3)
        slow.cancel()
        with pytest.raises(asyncio.CancelledError):
            await slow

    started = time.monotonic()
    asyncio.run(as_in_jupyter())
    assert time.monotonic() - started < 5
    _until(lambda: not [job for job in pa.engine_for().jobs.list() if job.is_alive])


def test_eight_threads_and_two_teams_share_one_engine() -> None:
    found: list[tuple[int, str]] = []

    def go(number: int) -> None:
        made = team()
        found.append((id(made.engine), made.run(f"say {number}").status))

    threads = [threading.Thread(target=go, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 8
    assert len(set(found)) == 1
    assert len(pa.engine_for().workspace.journal.run_ids()) == 8


def test_closing_twice_is_closing_once_and_a_team_of_a_closed_workspace_says_so() -> None:
    made = team()
    made.run("say it")
    made.engine.close()
    made.engine.close()
    for call in (
        lambda: made.run("x"),
        lambda: made.ask("x"),
        lambda: asyncio.run(made.arun("x")),
        lambda: asyncio.run(_stream(made, "x")),
        lambda: made.teach("Do it"),
        made.status,
        made.lessons,
    ):
        assert "closed" in refusal(call).what
    assert team().run("say it again").status == "done"  # a new team opens it again


def test_a_stopped_run_with_tools_of_the_program_can_be_taken_up_in_that_program() -> None:
    gate = threading.Event()
    made = team(USE_MINE, DONE, tools=[_tool(lambda: ToolOutput(text=str(gate.wait(60))), side_effects=False)])
    run = threading.Thread(target=lambda: made.run("use it"), daemon=True)
    run.start()
    _until(lambda: bool(made.engine.workspace.journal.run_ids()))
    (run_id,) = made.engine.workspace.journal.run_ids()
    made.engine.cancel(run_id)
    run.join(5)
    gate.set()
    job = made.engine.jobs.wait(made.engine.resume(run_id).job_id, 10)
    assert job.status == "done", job.what


@pytest.mark.parametrize("home", ["", "a\0b", 5])
def test_a_workspace_without_a_name(home: Any) -> None:
    refusal(lambda: pa.purpose("Write", home=home))


def test_a_folder_full_of_other_things_gets_nothing_of_ours(tmp_path: Path) -> None:
    (tmp_path / "letter.txt").write_text("Dear all")
    assert "other things" in refusal(lambda: pa.purpose("Write", home=tmp_path)).what
    assert [entry.name for entry in tmp_path.iterdir()] == ["letter.txt"]


# ---- whole programs


def program(source: str, *, home: Path, interrupt_after: str = "") -> tuple[int, str, str, float]:
    """Exit code, outputs, and the seconds from the interrupt, or from the start, to the end."""
    process = subprocess.Popen(
        [sys.executable, "-c", source],
        env={**os.environ, "PURPOSE_AGENT_HOME": str(home), "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    started = time.monotonic()
    if interrupt_after:
        assert process.stdout is not None
        while interrupt_after not in process.stdout.readline():
            assert process.poll() is None
        time.sleep(0.5)
        started = time.monotonic()
        process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=30)
    return process.returncode, out, err, time.monotonic() - started


SLOW = """
import purpose_agent as pa
team = pa.purpose("Write", model=pa.ScriptedBackend(["x"], delay_s=60))
print("begun", flush=True)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="signals as Unix has them")
def test_ctrl_c_in_a_script_stops_the_run_keeps_it_and_ends_the_program(tmp_path: Path) -> None:
    home = tmp_path / "w"
    code, _, err, seconds = program(SLOW + "team.run('hello')", home=home, interrupt_after="begun")
    assert code in (-signal.SIGINT, 130, 1)
    assert err.count("Traceback") == 1  # Python's own of the KeyboardInterrupt
    assert "KeyboardInterrupt" in err
    assert seconds < 5
    engine = pa.engine_for(home)
    try:
        assert [engine.result(run_id).status for run_id in engine.workspace.journal.run_ids()] == ["cancelled"]  # type: ignore[union-attr]
    finally:
        engine.close()


def test_a_script_that_ends_with_work_in_the_background_ends_and_the_run_is_honest(tmp_path: Path) -> None:
    home = tmp_path / "w"
    source = SLOW + "team.engine.submit(team._request('hello'), live=team._live)\nimport time; time.sleep(0.5)"
    code, _, err, seconds = program(source, home=home)
    assert (code, err) == (0, "")
    assert seconds < 6
    engine = pa.engine_for(home)
    try:
        (job,) = engine.jobs.list()
        assert job.status == "interrupted"
        assert engine.result(str(job.spec["run_id"])).status == "interrupted"  # type: ignore[union-attr]
        refused = engine.jobs.wait(engine.resume(str(job.spec["run_id"])).job_id, 5)
        assert "program that started it" in refused.what
    finally:
        engine.close()


def test_an_error_that_nobody_caught_ends_the_program_with_its_sentence(tmp_path: Path) -> None:
    code, _, err, seconds = program("import purpose_agent as pa\npa.purpose('Write').run('')", home=tmp_path / "w")
    assert code == 1
    assert err.rstrip().endswith("The task is empty. Say in a few words what is to be done.")
    assert seconds < 5
