"""How much of what real models wrote is found: `python tests/bench/reply_parsing.py PATH/real_outputs.jsonl`.

One line per kind of reply. Truth comes with the data (extracted code and answers) or, for asserts, from parsing the
longest part of the text that is Python. Every find is also held against the text: one that does not stand there counts
as invented.
"""

import ast
import json
import sys
import time
import warnings
from collections import Counter
from pathlib import Path

from purpose_agent.models.reply_parsing import ParseFailure, extract_code, final_answer, parse_action, parse_asserts

Row = dict[str, str]


def same_code(found: str | None, truth: str) -> bool:
    """Equal as programs: the same syntax tree, or the same text where it is no Python."""
    if found is None:
        return False
    try:
        return ast.dump(ast.parse(found)) == ast.dump(ast.parse(truth))
    except SyntaxError:
        return found.strip() == truth.strip()


def squeezed(text: str) -> str:
    return "".join(text.split())


def longest_prefix_asserts(source: str) -> list[str]:
    """Asserts at the top level of the longest run of first lines that parses: an oracle apart from the parser."""
    lines = source.split("\n")
    for end in range(len(lines), 0, -1):
        try:
            tree = ast.parse("\n".join(lines[:end]))
        except (SyntaxError, ValueError):
            continue
        return [ast.unparse(node) for node in tree.body if isinstance(node, ast.Assert)]
    return []


def report(name: str, found: int, rows: int, invented: int, note: str = "") -> None:
    print(f"{name:<28} found {found}/{rows} = {found / max(rows, 1):.4f}   invented {invented}   {note}")


def fenced_code(rows: list[Row]) -> None:
    found = [extract_code(row["output"]) for row in rows]
    hits = [same_code(code, row["extracted_code"]) for code, row in zip(found, rows, strict=True)]
    invented = sum((code or "") not in row["output"] for code, row in zip(found, rows, strict=True))
    missed = [
        f"{row['id']}{' (truth is empty)' if not row['extracted_code'] else ''}"
        for row, hit in zip(rows, hits, strict=True)
        if not hit
    ]
    report("code in a chat reply", sum(hits), len(rows), invented, f"missed {missed}")


def plain_code(rows: list[Row]) -> None:
    parsing, broken, hits, broken_kept, invented = 0, 0, 0, 0, 0
    for row in rows:
        code = extract_code(row["output"], row["entry_point"])
        invented += squeezed(code or "") not in squeezed(row["output"])
        try:
            ast.parse(row["output"])
        except SyntaxError:
            broken += 1
            broken_kept += code is not None
        else:
            parsing += 1
            hits += same_code(code, row["output"])
    report("code without a fence", hits, parsing, invented, f"of {broken} that do not parse, {broken_kept} kept")


def asserts(rows: list[Row]) -> None:
    """The prompt of these completions ended in "assert ", so the first one has lost its keyword."""
    expected, found, invented, unparsable, hit_rows = 0, 0, 0, 0, 0
    for row in rows:
        source = "assert " + row["output"]
        truth, got = longest_prefix_asserts(source), parse_asserts(row["output"])
        unparsed = [text for text in got if not parses(text)]
        unparsable += len(unparsed)
        invented += sum(squeezed(text.removeprefix("assert ")) not in squeezed(source) for text in got)
        normal = {ast.unparse(ast.parse(text)) for text in got if parses(text)}
        expected += len(set(truth))
        found += len(set(truth) & normal)
        hit_rows += set(truth) <= normal
    report("asserts", found, expected, invented + unparsable, f"all of them in {hit_rows}/{len(rows)} replies")


def parses(text: str) -> bool:
    try:
        ast.parse(text)
    except (SyntaxError, ValueError):
        return False
    return True


def answers(rows: list[Row]) -> None:
    marked = [row for row in rows if row["extracted_answer"] != "No final answer found"]
    hits = sum(final_answer(row["output"]) == row["extracted_answer"] for row in marked)
    unmarked = [row for row in rows if row["extracted_answer"] == "No final answer found"]
    invented = [row["id"] for row in unmarked if final_answer(row["output"]) is not None]
    report("final answers", hits, len(marked), len(invented), f"none in {len(unmarked)} replies without one {invented}")


def every_reply(rows: list[Row]) -> None:
    """All of them through the parser of actions: what becomes of each, and how long the slowest takes."""
    kinds: Counter[str] = Counter()
    slowest = 0.0
    for row in rows:
        started = time.process_time()
        action = parse_action(row["output"])
        slowest = max(slowest, time.process_time() - started)
        kind = "failure" if isinstance(action, ParseFailure) else "done" if action.done else "draft"
        kinds[f"{row['kind']}: {kind}"] += 1
    print(f"{'as actions':<28} {len(rows)} replies, none raised, slowest {slowest * 1000:.1f} ms cpu   {dict(kinds)}")


def main(path: str) -> None:
    warnings.simplefilter("ignore")
    rows = [json.loads(line) for line in Path(path).read_text(encoding="utf-8").splitlines()]
    measures = {"chat_code": fenced_code, "code": plain_code, "raw_asserts": asserts, "chat_answer": answers}
    for kind, measure in measures.items():
        measure([row for row in rows if row["kind"] == kind])
    every_reply(rows)


if __name__ == "__main__":
    main(sys.argv[1])
