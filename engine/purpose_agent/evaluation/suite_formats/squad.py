"""Questions about passages, in the form of SQuAD 1.1 and 2.0 (arXiv 1606.05250, 1806.03822).

Each question comes with its passage, and its answer has to say an accepted text and cite the passage: here answers are
sentences with their sources. With `exact=True` the whole answer has to be an accepted text, which is SQuAD's own "exact
match". Where the passage does not answer, the answer has to say so. The article is the family: no split parts it.
"""

import msgspec

from purpose_agent.evaluation.checks.records import Check, CitedWords, ExactMatch, NotThere
from purpose_agent.evaluation.suite_formats.parsed import Parsed
from purpose_agent.evaluation.suite_formats.tables import numbered
from purpose_agent.evaluation.suite_records import QUESTION, SuiteError, TaskRow
from purpose_agent.types import Record


class _Answer(Record, frozen=True, kw_only=True):
    text: str


class _Asked(Record, frozen=True, kw_only=True):
    question: str
    id: str = ""
    answers: tuple[_Answer, ...] = ()
    is_impossible: bool = False


class _Paragraph(Record, frozen=True, kw_only=True):
    context: str
    qas: tuple[_Asked, ...]


class _Article(Record, frozen=True, kw_only=True):
    paragraphs: tuple[_Paragraph, ...]
    title: str = ""


class _File(Record, frozen=True, kw_only=True):
    data: tuple[_Article, ...]
    version: str = ""


def read_squad(raw: bytes, file: str, *, exact: bool = False) -> Parsed:
    try:
        read = msgspec.json.decode(raw, type=_File)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise SuiteError(
            f"{file} looks like SQuAD, but {error}.", "Take the file as its makers publish it, or write a CSV."
        ) from error
    rows: list[TaskRow] = []
    for number, article in enumerate(read.data, 1):
        title = article.title.replace("_", " ").strip() or f"article {number}"
        for paragraph in article.paragraphs:
            context = tuple(numbered(title, [paragraph.context.strip()]))
            for asked in paragraph.qas:
                rows.append(
                    TaskRow(
                        task_id=asked.id or f"question-{len(rows) + 1}",
                        text=" ".join(asked.question.split()),
                        family=article.title or title,
                        kind=QUESTION,
                        check=_check(asked, paragraph.context, file, exact=exact),
                        context=context,
                    )
                )
    version = f" {read.version.removeprefix('v')}" if read.version else ""
    return Parsed(f"SQuAD{version}", rows)


def _check(asked: _Asked, context: str, file: str, *, exact: bool) -> Check:
    if asked.is_impossible:
        return NotThere()
    answers = tuple(dict.fromkeys(text for answer in asked.answers if (text := " ".join(answer.text.split()))))
    label = f"The question “{asked.question.strip()[:80]}” ({asked.id}) of {file}"
    if not answers:
        raise SuiteError(f"{label} has no answer.", "Give it one, or mark it with is_impossible.")
    plain = " ".join(context.split())
    if strange := next((answer for answer in answers if answer not in plain), ""):
        raise SuiteError(f"{label} has the answer “{strange[:80]}”, which its passage does not hold.", "Mend it.")
    return ExactMatch(answers=answers) if exact else CitedWords(answers=answers)
