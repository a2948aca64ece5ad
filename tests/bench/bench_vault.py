"""What a whole vault costs, from the file to the answer: `python -m tests.bench.bench_vault [passages …]`.

Prints one JSON object a line: how long a PDF of 100 pages takes until its words are found; how long a new process takes
to its first answer, with no network; and for each size (default 10,000 and 100,000 passages) how long a search takes
from the question to the passages. Text and vectors of the large vaults are generated as in `bench_vault_index.py`.
"""

import json
import os
import subprocess
import sys
import tempfile
import textwrap
import time
from collections.abc import Callable, Iterable
from pathlib import Path

import numpy as np

from purpose_agent.models.embedding.choose import embedder_named
from purpose_agent.vault.places import Reading
from purpose_agent.vault.shelf import Shelf
from purpose_agent.vault.similar import shingles
from purpose_agent.vault.store import Piece
from purpose_agent.vault.vault import Vault
from tests.bench.bench_vault_index import CHUNKS_A_DOCUMENT, GeneratedText
from tests.unit.vault.made_files import pdf

QUESTIONS = 200
PAGES = 100
ROUNDS = 5
FIRST_ANSWER = """
import sys, time
started = time.time()
import purpose_agent as pa
vault = pa.Vault.from_directory(sys.argv[1], home=sys.argv[2])
answer = vault.ask("How much is the yearly fee?", model="builtin")
print(time.time() - started, answer.sentences[0].support)
"""


def main(sizes: Iterable[int]) -> None:
    told: list[Callable[[Path], dict[str, object]]] = [searchable_after, first_answer]
    for measure in told:
        with tempfile.TemporaryDirectory() as folder:
            print(json.dumps(measure(Path(folder))), flush=True)
    for size in sizes:
        with tempfile.TemporaryDirectory() as folder:
            print(json.dumps(searches(Path(folder), size)), flush=True)


def searchable_after(folder: Path) -> dict[str, object]:
    """A PDF of generated text: from the end of reading its bytes to the first search that finds its last page."""
    text = GeneratedText()
    pages = text.passages(PAGES * 4)
    body = pdf(*(_lines(f"markerpage{at} {' '.join(pages[4 * at : 4 * at + 4])}") for at in range(PAGES)))
    shelf = Shelf(folder)
    shelf.work = lambda _: None
    shelf.reader().warm_up()
    took = []
    for round_ in range(ROUNDS):
        vault = shelf.create(f"Round {round_}")
        vault.add_bytes("long.pdf", body)
        started = time.perf_counter()
        vault.read()
        found = vault.search(f"markerpage{PAGES - 1}", 1)
        took.append(time.perf_counter() - started)
        assert found[0].page == PAGES
    characters = vault.documents[0].characters
    shelf.close()
    what = f"PDF of 100 pages and {characters:,} characters: reading and first search by words, seconds"
    return {"what": what, "rounds": spread(took)}


def _lines(text: str) -> str:
    return "\n".join(textwrap.wrap(text, 90))


def first_answer(folder: Path) -> dict[str, object]:
    """A new process with an empty workspace, without any network where the machine can take it away."""
    docs = Path(__file__).resolve().parents[2] / "data" / "samples" / "garden_handbook"
    bare = ["unshare", "--net", "--map-root-user"]
    alone = subprocess.run([*bare, "true"], check=False, capture_output=True).returncode == 0
    took = []
    for round_ in range(ROUNDS):
        command = [sys.executable, "-c", FIRST_ANSWER, str(docs), str(folder / f"home-{round_}")]
        started = time.perf_counter()
        done = subprocess.run(
            [*(bare if alone else []), *command], capture_output=True, text=True, check=True, env=dict(os.environ)
        )
        took.append(float(done.stdout.split()[0]))
        assert done.stdout.split()[1] == "supported", done.stdout
        assert time.perf_counter() - started < 60
    return {"what": "new process to its first answer, seconds", "network taken away": alone, "rounds": spread(took)}


def searches(folder: Path, size: int) -> dict[str, object]:
    text = GeneratedText()
    shelf = Shelf(folder)
    shelf.work = lambda _: None
    vault = shelf.create("Large")
    filled = seconds(lambda: fill(vault, text, size))
    aligned = seconds(vault.catch_up)
    asked = [text.question(4 + n % 9) for n in range(QUESTIONS)]
    for question in asked[:5]:
        vault.search(question, 10)
    took = [seconds(lambda q=question: vault.search(q, 10)) for question in asked]  # type: ignore[misc]
    info = vault.info()
    shelf.close()
    own = Shelf(folder)  # without Chroma, as a script beside the app
    alone = own.open(vault.vault_id)
    first = seconds(lambda: alone.search(asked[0], 10))
    without = [seconds(lambda q=question: alone.search(q, 10)) for question in asked[:50]]  # type: ignore[misc]
    own.close()
    return {
        "passages (generated)": info.chunks,
        "search_ms": {f"p{p}": round(1000 * float(np.percentile(took, p)), 1) for p in (50, 95)},
        "without_chroma_ms": {f"p{p}": round(1000 * float(np.percentile(without, p)), 1) for p in (50, 95)},
        "first_search_without_chroma_s": round(first, 2),
        "stored_s": round(filled, 1),
        "chroma_filled_s": round(aligned, 1),
        "mb_on_disk": round(sum(f.stat().st_size for f in folder.rglob("*") if f.is_file()) / 1e6),
    }


def fill(vault: Vault, text: GeneratedText, size: int) -> None:
    """Documents of forty passages each, with the vectors that MiniLM would have given in a quarter of an hour."""
    store, embedder = vault._store, embedder_named("minilm")
    vault.choose_embedder("minilm")
    for number in range(size // CHUNKS_A_DOCUMENT):
        passages = text.passages(CHUNKS_A_DOCUMENT)
        whole, pieces, at = "\n".join(passages), [], 0
        for passage in passages:
            pieces.append(Piece(start=at, end=at + len(passage)))
            at += len(passage) + 1
        store.take(f"document-{number}.txt", sha256=str(number), size=len(whole))
        store.keep(store.waiting()[0], Reading(text=whole), pieces, shingles(whole[:200]))
    while some := store.without_vector(embedder.identity, 5_000):
        store.put_vectors(embedder.identity, [at for at, _ in some], text.vectors(len(some), embedder.dims))


def spread(took: list[float]) -> dict[str, float]:
    return {"least": round(min(took), 2), "median": round(float(np.median(took)), 2), "most": round(max(took), 2)}


def seconds(call: Callable[[], object]) -> float:
    started = time.perf_counter()
    call()
    return time.perf_counter() - started


if __name__ == "__main__":
    main([int(size) for size in sys.argv[1:]] or [10_000, 100_000])
