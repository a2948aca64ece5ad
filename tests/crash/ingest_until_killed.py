"""Put many documents into a vault and bring it up to date, until somebody kills this process."""

import sys
from pathlib import Path

from purpose_agent.vault.shelf import Shelf

home, first, count = Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])
shelf = Shelf(home)
vault = shelf.open("docs")
vault.choose_embedder("static")
for number in range(first, first + count):
    body = "\n\n".join(
        f"# Part {part}\nDocument {number} speaks of part {part} and thing {number * part}." for part in range(20)
    )
    vault.add_bytes(f"document-{number}.md", body.encode())
print("ready", flush=True)
vault.catch_up(lambda text, _: print(text, flush=True))
print("done", flush=True)
