"""A study as files that anybody can check: its plan, one row a run, the figures, and the script that makes them."""

import csv
import io
import secrets
import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import NoneType
from typing import Literal, NamedTuple, cast, get_args, get_origin, get_type_hints

import msgspec

from purpose_agent.evaluation.studies.findings import Findings, findings
from purpose_agent.evaluation.studies.folder import StudyFolder
from purpose_agent.evaluation.studies.outcomes import Outcome
from purpose_agent.evaluation.studies.plan import StudyError, StudyPlan
from purpose_agent.types import JSON

PLAN, OUTCOMES, PARQUET = "plan.json", "outcomes.csv", "outcomes.parquet"
FIGURES, SCRIPT = "figures.json", "recompute.py"
_LISTS = ("lessons", "born")
_RECOMPUTE = '''"""Work out every figure of this study anew from plan.json and the outcomes: python recompute.py

It does so from outcomes.csv and from outcomes.parquet, as far as they are here. Needs Python 3.11 or newer with
purpose-agent installed, no workspace and no network. Ends with 1 if a figure differs from figures.json in any digit.
"""

import sys
from pathlib import Path

from purpose_agent.evaluation.studies.exporting import recomputed

folder = Path(__file__).resolve().parent
figures, same = recomputed(folder)
print(figures)
print("The same as figures.json, to the last digit." if same else "NOT the same as figures.json.")
sys.exit(0 if same else 1)
'''


class Snapshot(NamedTuple):
    """A study at one moment, so that all files of it tell of the same rows, also while it goes on."""

    plan: StudyPlan
    outcomes: Sequence[Outcome]
    found: Findings


def snapshot(folder: StudyFolder) -> Snapshot:
    """Raises StudyError when the study cannot be read."""
    plan, outcomes = folder.plan(), folder.outcomes()
    return Snapshot(plan, outcomes, findings(plan, outcomes))


def export(folder: StudyFolder, into: Path) -> list[Path]:
    """The files written, the script last: all or none. Raises StudyError when `into` holds something already."""
    now = snapshot(folder)
    with new_folder(into) as place:
        written = write_data(now, place)
    return [into / path.relative_to(place) for path in written]


def write_data(now: Snapshot, place: Path) -> list[Path]:
    """The same into a folder that is there."""
    plan, outcomes, found = now
    (place / PLAN).write_bytes(msgspec.json.format(msgspec.json.encode(plan), indent=1))
    (place / OUTCOMES).write_bytes(as_csv(outcomes))
    (place / PARQUET).write_bytes(parquet(outcomes))
    (place / FIGURES).write_bytes(figures_of(found))
    (place / SCRIPT).write_text(_RECOMPUTE, encoding="utf-8")
    return [place / name for name in (PLAN, OUTCOMES, PARQUET, FIGURES, SCRIPT)]


@contextmanager
def new_folder(into: Path) -> Iterator[Path]:
    """A folder that is `into` once the block has ended; if that fails, `into` is as it was before.

    Raises StudyError when `into` holds something already.
    """
    is_there = into.is_dir()
    if (into.exists() and not is_there) or (is_there and any(into.iterdir())):
        raise StudyError(f"{into} is {'not empty' if is_there else 'a file'}.", "Name a new folder.")
    # within an empty folder that is there: it may be a mount, into which nothing can be renamed from beside it
    place = (into if is_there else into.parent) / f".{secrets.token_hex(6)}.part"
    try:
        place.mkdir(parents=True)
        yield place
        if is_there:
            for path in place.iterdir():
                path.rename(into / path.name)
            place.rmdir()
        else:
            place.rename(into)
    except BaseException as problem:
        shutil.rmtree(place, ignore_errors=True)
        if isinstance(problem, OSError):
            raise _not_written(into, problem) from problem
        raise


def write_new(into: Path, made: bytes) -> None:
    """A file that was not there before, whole or not at all. Raises StudyError."""
    if into.exists():
        raise StudyError(f"{into} is there already.", "Name a new file.")
    place = into.with_name(f".{secrets.token_hex(6)}.part")
    try:
        into.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(made)
        place.rename(into)
    except OSError as problem:
        place.unlink(missing_ok=True)
        raise _not_written(into, problem) from problem


def _not_written(into: Path, problem: OSError) -> StudyError:
    return StudyError(
        f"{into} could not be written.", "Check its folder, the permissions and the free space.", details=str(problem)
    )


def as_csv(outcomes: Sequence[Outcome]) -> bytes:
    """One row a run, under the names of the fields."""
    written = io.StringIO(newline="")
    rows = csv.writer(written)
    rows.writerow(Outcome.__struct_fields__)
    rows.writerows(_cells(outcome) for outcome in outcomes)
    return written.getvalue().encode()


def parquet(outcomes: Sequence[Outcome]) -> bytes:
    """One row a run; numbers, times and lists as themselves."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    rows = [msgspec.structs.asdict(outcome) for outcome in outcomes]
    kinds = {str: pa.string(), int: pa.int64(), float: pa.float64(), bool: pa.bool_(), tuple: pa.list_(pa.string())}
    schema = pa.schema([(name, kinds[_kind_of(told)]) for name, told in get_type_hints(Outcome).items()])
    written = pa.BufferOutputStream()
    pq.write_table(pa.Table.from_pylist(rows, schema=schema), written)
    return bytes(written.getvalue())


def _kind_of(told: object) -> type:
    """Text for a Literal, a tuple for a tuple of texts, and of the others what is not None."""
    if get_origin(told) is Literal:
        return str
    if get_origin(told) is tuple:
        return tuple
    kinds = [kind for kind in get_args(told) if kind is not NoneType] or [told]
    return cast(type, kinds[0])


def recomputed(folder: Path) -> tuple[str, bool]:
    """The figures worked out from the plan and the rows, and whether they are those that were exported."""
    plan = msgspec.json.decode((folder / PLAN).read_bytes(), type=StudyPlan)
    told = [figures_of(findings(plan, outcomes)) for outcomes in _read(folder)]
    wanted = (folder / FIGURES).read_bytes()
    return (told[0] if told else b"").decode(), bool(told) and all(figures == wanted for figures in told)


def _read(folder: Path) -> Iterator[list[Outcome]]:
    if (folder / OUTCOMES).exists():
        with (folder / OUTCOMES).open(encoding="utf-8", newline="") as file:
            yield [_outcome(row) for row in csv.DictReader(file)]
    if (folder / PARQUET).exists():
        import pyarrow.parquet as pq

        yield msgspec.convert(pq.read_table(folder / PARQUET).to_pylist(), list[Outcome])


def figures_of(found: Findings) -> bytes:
    """JSON of everything that is shown, with all digits."""
    told = {
        "comparisons": [comparison._asdict() for comparison in found.comparisons],
        "curves": {arm: [point._asdict() for point in curve] for arm, curve in found.curves.items()},
        "spent": {arm: spent._asdict() for arm, spent in found.spent.items()},
        "effort is": found.measured_as,
        "runs": [found.done, found.size],
        "models": found.models,
    }
    if found.proof is not None:
        told["proof"] = found.proof._asdict()
    return msgspec.json.format(msgspec.json.encode(told), indent=1)


def _cells(outcome: Outcome) -> list[str]:
    """Every value as JSON but for plain words, so that None, false, 0.1 and lists come back as they were."""
    told = msgspec.structs.asdict(outcome)
    return [value if isinstance(value, str) else msgspec.json.encode(value).decode() for value in told.values()]


def _outcome(row: Mapping[str, str]) -> Outcome:
    fields: dict[str, JSON] = {}
    for name, kind in Outcome.__annotations__.items():
        if name not in row:  # exported before there was such a column
            continue
        told = row[name]
        if name in _LISTS:
            fields[name] = _listed(told)
        elif kind is str or name in ("part", "status", "tier"):
            fields[name] = told
        else:
            fields[name] = msgspec.json.decode(told)
    return msgspec.convert(fields, Outcome)


def _listed(told: str) -> list[str]:
    """A JSON list, or words with spaces between, as it was written before."""
    try:
        return msgspec.json.decode(told, type=list[str])
    except msgspec.DecodeError:
        return told.split()
