"""Each kind of file gives its text with the places a citation can name."""

import io

import openpyxl
import pptx
import pytest
from docx import Document
from hypothesis import given
from hypothesis import strategies as st
from pptx.util import Inches

from purpose_agent.vault.chunking import chunks
from purpose_agent.vault.cleaning import clean
from purpose_agent.vault.errors import Unreadable
from purpose_agent.vault.places import Reading
from purpose_agent.vault.reading import CODE_ENDINGS, READABLE_ENDINGS, read
from tests.unit.vault.made_files import packed, pdf, png, word_of


def at(reading: Reading, words: str) -> tuple[str, str]:
    """The label and the headings of the place where the words stand."""
    start = reading.text.index(words)
    place = next(place for place in reversed(reading.places) if place.start <= start)
    return place.label, place.heading


def book(**sheets: list[list[object]]) -> bytes:
    made = openpyxl.Workbook()
    made.remove(made.worksheets[0])
    for name, rows in sheets.items():
        sheet = made.create_sheet(name)
        for row in rows:
            sheet.append(row)
        if name.startswith("Hidden"):
            sheet.sheet_state = "hidden"
    out = io.BytesIO()
    made.save(out)
    return out.getvalue()


def test_markdown_headings_form_a_path() -> None:
    reading = read("a.md", b"# Book\nx\n## One\nfirst\n```\n# not one\n```\n## Two\nsecond\n\nThree\n=====\nthird\n")
    assert at(reading, "first") == ("One", "Book > One")
    assert at(reading, "# not one") == ("One", "Book > One")
    assert at(reading, "second") == ("Two", "Book > Two")
    assert at(reading, "third") == ("Three", "Three")


def test_code_knows_the_function_it_is_in() -> None:
    reading = read("a.py", b"import os\n\n\ndef one():\n    return 1\n\n\nclass Two:\n    x = 2\n")
    assert at(reading, "return 1") == ("line 4", "one")
    assert at(reading, "x = 2") == ("line 8", "Two")
    assert at(read("a.rs", b"pub fn run() {\n  go();\n}\n"), "go();") == ("line 1", "run")


def test_rows_of_a_table_are_blocks_whose_place_names_exactly_them() -> None:
    body = "name,remark\n" + "".join(f"n{n},{'word ' * 20}\n" for n in range(2, 30))
    reading = read("a.csv", body.encode())
    assert at(reading, "name: n2;") == ("rows 2-5", "")
    assert at(reading, "name: n6;") == ("rows 6-9", "")
    for chunk in chunks(reading.text, reading.places):
        first, _, last = chunk.place.removeprefix("rows ").partition("-")
        words = reading.text[chunk.start : chunk.end]
        assert f"name: n{first};" in words
        assert f"name: n{last or first};" in words
        assert words.count("name: ") == int(last or first) - int(first) + 1


@given(st.lists(st.lists(st.text(st.characters(blacklist_categories=["Cc", "Cs", "Co", "Cf"]), max_size=8), min_size=2,
                         max_size=4), min_size=2, max_size=6))  # fmt: skip
def test_no_cell_of_a_table_is_lost(rows: list[list[str]]) -> None:
    import csv

    out = io.StringIO()
    csv.writer(out).writerows([["first", "second", "third", "fourth"], *rows])
    try:
        text = read("a.csv", out.getvalue().encode()).text
    except Unreadable:
        return
    for row in rows:
        for cell in row:
            assert clean(" ".join(cell.split())).strip() in text


def test_a_workbook_is_read_sheet_by_sheet_with_titles_headers_and_gaps() -> None:
    reading = read("a.xlsx", book(
        Sales=[["Sales of the year"], [], ["Article", "Sold"], ["Lamp", 31], ["Chair", 17.5], [], ["City", "Shop"],
               ["Ghent", 2]],
        Numbers=[[1, 2], [3, None]],
        Hidden=[["secret", "words"]],
    ))  # fmt: skip
    assert at(reading, "Sales of the year") == ("Sales, row 1", "Sales")
    assert at(reading, "Article: Chair; Sold: 17.5") == ("Sales, rows 4-5", "Sales")
    assert at(reading, "City: Ghent; Shop: 2") == ("Sales, row 8", "Sales")
    assert at(reading, "1; 2.") == ("Numbers, rows 1-2", "Numbers")
    assert "secret" not in reading.text
    assert reading.note == "Hidden sheets were left out: Hidden."


def test_word_documents_keep_order_boxes_notes_and_insertions_but_nothing_hidden_or_deleted() -> None:
    reading = read("a.docx", word_of(
        '<w:p><w:pPr><w:outlineLvl w:val="0"/></w:pPr><w:r><w:t>Top</w:t></w:r></w:p>'
        '<w:p><w:r><w:t>One </w:t></w:r><w:ins><w:r><w:t>inserted</w:t></w:r></w:ins><w:del><w:r><w:delText>gone'
        "</w:delText></w:r></w:del><w:r><w:rPr><w:vanish/></w:rPr><w:t>unseen</w:t></w:r></w:p>"
        "<w:p><w:r><w:t>Beside</w:t><w:pict><w:txbxContent><w:p><w:r><w:t>In the box.</w:t></w:r></w:p></w:txbxContent>"
        "</w:pict></w:r></w:p>"
        "<w:sdt><w:sdtContent><w:p><w:r><w:t>Controlled</w:t></w:r></w:p></w:sdtContent></w:sdt>",
        **{"word/header1.xml": '<w:hdr xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"><w:p><w:r>'
                               "<w:t>Head of all pages</w:t></w:r></w:p></w:hdr>"},
    ))  # fmt: skip
    assert reading.text.split("\n\n")[:5] == ["Top", "One inserted", "Beside", "In the box.", "Controlled"]
    assert at(reading, "Controlled") == ("Top", "Top")
    assert at(reading, "Head of all pages") == ("header", "")


def test_a_word_table_is_rows_under_its_header() -> None:
    document = Document()
    document.add_heading("Fees", 2)
    table = document.add_table(rows=2, cols=3)
    for cell, words in zip(
        [c for row in table.rows for c in row.cells], ["Article", "Days", "Fee", "Lamp", "30", "5"], strict=True
    ):
        cell.text = words
    out = io.BytesIO()
    document.save(out)
    reading = read("a.docx", out.getvalue())
    assert "Article: Lamp; Days: 30; Fee: 5." in reading.text
    assert at(reading, "Article: Lamp") == ("Fees", "Fees")


def test_slides_have_titles_tables_groups_and_notes_and_hidden_ones_are_told() -> None:
    show = pptx.Presentation()
    first = show.slides.add_slide(show.slide_layouts[1])
    first.shapes.title.text, first.placeholders[1].text = "Sales", "Lamps sold best"
    first.notes_slide.notes_text_frame.text = "Thank the workshop"
    table = first.shapes.add_table(2, 2, 0, 0, Inches(2), Inches(1)).table
    for (row, column), words in {(0, 0): "Month", (0, 1): "Rent", (1, 0): "May", (1, 1): "900"}.items():
        table.cell(row, column).text = words
    group = first.shapes.add_group_shape()
    group.shapes.add_textbox(0, 0, Inches(1), Inches(1)).text_frame.text = "In a group"
    hidden = show.slides.add_slide(show.slide_layouts[1])
    hidden.shapes.title.text = "Secret"
    hidden._element.set("show", "0")
    show.slides.add_slide(show.slide_layouts[6])
    out = io.BytesIO()
    show.save(out)
    reading = read("a.pptx", out.getvalue())
    assert reading.text.strip().split("\n") == [
        "Sales", "Lamps sold best", "Month: May; Rent: 900.", "In a group", "Notes: Thank the workshop",
    ]  # fmt: skip
    assert at(reading, "Month") == ("slide 1", "Sales")
    assert (reading.pages, reading.empty_pages) == (3, (3,))
    assert reading.note == "Hidden slides were left out: 2."


def test_pages_of_a_pdf_are_places_and_words_parted_at_line_ends_are_whole() -> None:
    reading = read("a.pdf", pdf("First page.", "", "Third page."), recognise=None)
    assert [(place.label, place.page, place.firm) for place in reading.places] == [
        ("page 1", 1, True), ("page 3", 3, True),
    ]  # fmt: skip
    assert (reading.pages, reading.empty_pages) == (3, (2,))
    assert "warehouse" in read("a.pdf", pdf("The ware\xad\nhouse is in Lyon."), recognise=None).text


def test_a_reader_of_pictures_of_ones_own_is_used_and_named_in_the_note() -> None:
    seen: list[bytes] = []

    def recognise(picture: bytes) -> str:
        seen.append(picture)
        return "Words in the picture."

    reading = read("a.pdf", pdf("Text.", "picture", ""), recognise=recognise)
    assert at(reading, "Words in the picture.") == ("page 2", "")
    assert reading.note == "Page 2 read by OCR (text recognition), which may hold errors."
    assert reading.empty_pages == (3,)
    assert len(seen) == 1
    assert seen[0].startswith(b"\x89PNG")
    assert read("a.png", png(), recognise=recognise).note.startswith("The picture was read by OCR")


def test_scans_say_how_many_pages_are_pictures() -> None:
    with pytest.raises(Unreadable) as refused:
        read("a.pdf", pdf("picture", "picture"), recognise=None)
    assert refused.value.what == "The PDF holds pictures only, no text: all 2 pages are pictures (a scan)."
    assert "tesseract" in refused.value.fix


def test_pages_of_the_web_give_what_is_seen_beneath_its_headings() -> None:
    page = (
        b"<title>no</title><h1>Shop</h1><p>Open</p><h2>Fees<br>in euros</h2><table><tr><th>Item<th>Fee"
        b"<tr><td>Lamp<td>5</table><ul><li>one<li>two</ul><h2>More</h2>end"
    )
    reading = read("a.html", page)
    assert reading.text.split("\n\n")[:4] == ["Shop", "Open", "Fees in euros", "Item: Lamp; Fee: 5."]
    assert at(reading, "Item: Lamp") == ("Fees in euros", "Shop > Fees in euros")
    assert at(reading, "end") == ("More", "Shop > More")


def test_the_encoding_that_a_page_declares_is_used() -> None:
    page = '<meta charset="windows-1251"><p>Лампу можно вернуть</p>'
    assert "Лампу" in read("a.html", page.encode("cp1251")).text


def test_mail_has_its_head_its_text_and_the_names_of_what_is_attached() -> None:
    raw = (
        b"From: =?utf-8?q?J=C3=BCrgen?= <j@example.org>\nTo: shop@example.org\nSubject: =?utf-8?q?Gr=C3=BC=C3=9Fe?=\n"
        b"MIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=b\n\n--b\n"
        b"Content-Type: text/plain; charset=utf-8\n\n"
        b'Hello there.\n--b\nContent-Type: image/png; name="../x.png"\n'
        b'Content-Disposition: attachment; filename="lamp.png"\n'
        b"\nx\n--b--\n"
    )
    reading = read("a.eml", raw)
    assert "From: Jürgen <j@example.org>" in reading.text
    assert at(reading, "Hello there.") == ("message text", "Grüße")
    assert reading.note == "Attachments were not read: lamp.png."


def test_a_book_that_is_locked_to_a_reader_says_so() -> None:
    locked = packed({
        "mimetype": "application/epub+zip", "META-INF/container.xml": "<container/>",
        "META-INF/encryption.xml": '<e><EncryptionMethod Algorithm="http://www.w3.org/2001/04/xmlenc#aes128-cbc"/></e>',
    })  # fmt: skip
    with pytest.raises(Unreadable, match="protected against copying"):
        read("a.epub", locked)


def test_json_gives_the_path_to_each_value() -> None:
    assert read("a.json", b'{"a": {"b": [1, true, null, "x"]}}').text == "a.b[0]: 1\na.b[1]: true\na.b[3]: x\n"


def test_the_language_is_told_when_there_are_words_enough() -> None:
    assert read("a.txt", "Der Laden ist von Dienstag bis Samstag für alle geöffnet.".encode()).language == "de"
    assert read("a.txt", b"ok 42").language == ""


def test_endings_that_can_be_read_are_listed() -> None:
    assert CODE_ENDINGS <= READABLE_ENDINGS
    assert {
        ".pdf",
        ".docx",
        ".pptx",
        ".xlsx",
        ".csv",
        ".html",
        ".md",
        ".txt",
        ".json",
        ".epub",
        ".eml",
    } <= READABLE_ENDINGS


@given(st.binary(max_size=400), st.sampled_from(sorted(READABLE_ENDINGS)))
def test_no_bytes_at_all_raise_anything_but_a_sentence(body: bytes, ending: str) -> None:
    try:
        reading = read(f"a{ending}", body, recognise=None)
    except Unreadable as refused:
        assert refused.what  # noqa: PT017
    else:
        assert reading.text.strip()
