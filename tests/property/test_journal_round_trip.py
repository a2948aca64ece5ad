import tempfile
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from purpose_agent.runtime.events import AgentProgress, RunEvent, StateDelta, now
from purpose_agent.storage.journal import Checkpoint, Journal
from purpose_agent.types import Action

texts = st.text(st.characters(codec="utf-8"), max_size=40)
json_values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**63) | st.floats(allow_nan=False, allow_infinity=False) | texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=8,
)
facts = st.dictionaries(texts, json_values, max_size=4)


@settings(max_examples=60, deadline=None)
@given(lengths=st.lists(st.integers(1, 5), min_size=1, max_size=6), text=texts, changed=facts, body=facts)
def test_what_was_appended_is_read_back_whatever_the_pieces(
    lengths: list[int], text: str, changed: dict[str, object], body: dict[str, object]
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        journal = Journal(Path(folder) / "journal.sqlite")
        written: list[RunEvent] = []
        for index, length in enumerate(lengths):
            at = now()
            batch: list[RunEvent] = [
                AgentProgress(run_id="r", seq=len(written) + place, at=at, agent="coder", text=text)
                if place % 2
                else StateDelta(
                    run_id="r",
                    seq=len(written) + place,
                    at=at,
                    step=index,
                    agent="coder",
                    action=Action(answer=text),
                    changed=changed,  # type: ignore[arg-type]
                )
                for place in range(length)
            ]
            journal.append(batch, checkpoint=Checkpoint(run_id="r", step=index, body=body))  # type: ignore[arg-type]
            written += batch
        assert journal.events("r") == written
        assert [event for _, event in journal.tail(0, 1000)] == written
        for after in range(-1, len(written)):
            assert journal.events("r", after) == written[after + 1 :]
            assert journal.events("r", after, limit=2) == written[after + 1 : after + 3]
        saved = journal.checkpoint("r")
        assert saved is not None
        assert (saved.step, saved.body) == (len(lengths) - 1, body)
        journal.close()
