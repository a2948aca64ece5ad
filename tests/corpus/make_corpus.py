"""Make the files of this corpus anew: real files by other programs, and what each must give.

    python3 tests/corpus/make_corpus.py

Needs pandoc, LibreOffice (soffice), tidy, ghostscript, poppler-utils, qpdf, iconv and `apt-get download`; for the files
with a password also msoffcrypto-tool. Only this program writes `files/` and `expected.json`; the tests read both.
"""

import json
import shutil
import subprocess
import sys
import tempfile
from email.message import EmailMessage
from pathlib import Path

HERE = Path(__file__).resolve().parent
FILES = HERE / "files"

ENGLISH = """---
title: Shop Handbook
author: The corpus
lang: en
---

# Opening hours

The shop is open from Tuesday to Saturday. On Sundays only the workshop answers the telephone, and the efficient
office staff find a flower for everyone who waits.

# Returns

## Deadlines

A lamp may be returned within thirty days.[^1] Keep the receipt, because without it the warehouse in Lyon cannot book
the parcel.

| Article | Days | Fee in euros |
|---------|------|--------------|
| Lamp    | 30   | 5            |
| Chair   | 14   | 9            |
| Carpet  | 60   | 12           |

## Addresses

- Send parcels to the warehouse in Lyon.
- Send letters to the office in Ghent.

```python
def fee(article):
    return {"lamp": 5}[article]
```

[^1]: Only inside of Europe.
"""
GERMAN = """# Öffnungszeiten

Der Laden ist von Dienstag bis Samstag geöffnet. Sonntags beantwortet nur die Werkstatt Anrufe.

# Rückgabe

Eine Lampe kann innerhalb von dreißig Tagen zurückgegeben werden; die Gebühr beträgt fünf Euro. Heben Sie bitte die
Quittung auf, denn ohne sie kann das Lager das Paket nicht verbuchen.
"""
FRENCH = """# Horaires

Le magasin est ouvert du mardi au samedi. Le dimanche, seul l'atelier répond au téléphone.

# Retours

Une lampe peut être retournée dans les trente jours ; les frais sont de cinq euros. Gardez le reçu, car sans lui
l'entrepôt ne peut pas enregistrer le colis reçu à l'étranger.
"""
RUSSIAN = """Магазин открыт со вторника по субботу. По воскресеньям на звонки отвечает только мастерская.

Лампу можно вернуть в течение тридцати дней. Сохраните чек, потому что без него склад не сможет принять посылку.
"""
GREEK = """Το κατάστημα είναι ανοιχτό από Τρίτη έως Σάββατο. Τις Κυριακές απαντά μόνο το εργαστήριο στο τηλέφωνο.

Ένα φωτιστικό μπορεί να επιστραφεί μέσα σε τριάντα ημέρες. Κρατήστε την απόδειξη για την αποθήκη.
"""
POLISH = """Sklep jest otwarty od wtorku do soboty. W niedziele telefon odbiera tylko warsztat, proszę pamiętać.

Lampę można zwrócić w ciągu trzydziestu dni. Proszę zachować paragon, ponieważ bez niego magazyn nie przyjmie paczki.
"""
JAPANESE = """当店は火曜日から土曜日まで営業しております。日曜日は工房のみが電話に対応いたします。

ランプは三十日以内に返品することができます。領収書を保管してください。領収書がない場合、倉庫は荷物を受け付けられません。
"""
CHINESE = """本店星期二至星期六营业。星期日只有维修车间接听电话，请您注意时间安排。

灯具可以在三十天之内退货。请保留收据，因为没有收据仓库无法登记包裹。
"""
ARABIC = """المتجر مفتوح من الثلاثاء إلى السبت. في أيام الأحد ترد الورشة فقط على الهاتف.

يمكن إرجاع المصباح خلال ثلاثين يوما. احتفظ بالإيصال لأن المستودع لا يستطيع تسجيل الطرد بدونه.
"""
SLIDES = """% The year in the shop
% The corpus

# Sales grew

- Lamps sold best in November
- Chairs followed in March

::: notes
Thank the workshop here.
:::

# Costs

| Month | Rent | Power |
|-------|------|-------|
| May   | 900  | 120   |
| June  | 900  | 95    |

# Outlook

We open a second shop in Bergen.
"""
SALES = "Article,Sold,Day,Share\nLamp,31,2024-11-05,0.25\nChair,17,2024-03-09,0.5\nCarpet,4,2024-06-21,0.125\n"
WIDE = ",".join(f"Month {n}" for n in range(1, 41)) + "\n" + "\n".join(
    ",".join(str(n * row) for n in range(1, 41)) for row in range(1, 61)
) + "\n"  # fmt: skip

EXPECTED: dict[str, dict[str, object]] = {}


def expect(name: str, phrase: str, place: str = "", *, by: str, note: str = "", language: str = "") -> None:
    """A file that must be read: a phrase in it, the place where that stands, words of the note."""
    EXPECTED[name] = {"status": "ready", "phrase": phrase, "place": place, "note": note, "language": language, "by": by}


def refuse(name: str, sentence: str, *, by: str) -> None:
    EXPECTED[name] = {"status": "unreadable", "sentence": sentence, "by": by}


def run(*command: "str | Path", cwd: Path = FILES, stdin: str = "") -> None:
    subprocess.run([str(part) for part in command], cwd=cwd, check=True, input=stdin.encode(), capture_output=True)


def office(source: str, kind: str, name: str) -> None:
    """Let LibreOffice save a file of the corpus in another form."""
    with tempfile.TemporaryDirectory() as out:
        run("soffice", "--headless", f"-env:UserInstallation=file://{out}/profile", "--convert-to", kind,
            "--outdir", out, FILES / source)  # fmt: skip
        ending = kind.split(":", maxsplit=1)[0]
        shutil.move(f"{out}/{Path(source).stem}.{ending}", FILES / name)


def write(name: str, text: str, encoding: str = "utf-8") -> None:
    (FILES / name).write_bytes(text.encode(encoding))


def texts() -> None:
    by = "written as text"
    write("handbook.md", ENGLISH)
    expect("handbook.md", "warehouse in Lyon cannot", "Deadlines", by=by, language="en")
    for name, text, encoding, phrase, language, note in (
        ("german-utf8.txt", GERMAN, "utf-8", "dreißig Tagen", "de", ""),
        ("german-cp1252.txt", GERMAN, "cp1252", "dreißig Tagen", "de", "not UTF-8"),
        ("french-latin1.txt", FRENCH, "latin-1", "être retournée", "fr", "not UTF-8"),
        ("french-utf8-mark.txt", FRENCH, "utf-8-sig", "être retournée", "fr", ""),
        ("russian-cp1251.txt", RUSSIAN, "cp1251", "Лампу можно", "ru", "not UTF-8"),
        ("russian-koi8.txt", RUSSIAN, "koi8-r", "Лампу можно", "ru", "not UTF-8"),
        ("russian-utf16.txt", RUSSIAN, "utf-16", "Лампу можно", "ru", ""),
        ("english-utf16-no-mark.txt", ENGLISH, "utf-16-le", "thirty days", "en", "UTF-16"),
        ("english-utf16be-mark.txt", "\ufeff" + ENGLISH, "utf-16-be", "thirty days", "en", ""),
        ("english-utf32.txt", ENGLISH, "utf-32", "thirty days", "en", ""),
        ("greek-cp1253.txt", GREEK, "cp1253", "τριάντα ημέρες", "el", "not UTF-8"),
        ("polish-cp1250.txt", POLISH, "cp1250", "trzydziestu dni", "pl", "not UTF-8"),
        ("japanese-shift-jis.txt", JAPANESE, "shift_jis", "三十日以内", "ja", "not UTF-8"),
        ("japanese-euc.txt", JAPANESE, "euc_jp", "三十日以内", "ja", "not UTF-8"),
        ("chinese-gb18030.txt", CHINESE, "gb18030", "三十天之内", "zh", "not UTF-8"),
        ("arabic-utf8.txt", ARABIC, "utf-8", "ثلاثين يوما", "ar", ""),
    ):
        write(name, text, encoding)
        place = "line 11" if ENGLISH in text else "line 1"
        expect(name, phrase, place, by=by, language=language, note=note)
    write("windows-lines.txt", ENGLISH.replace("\n", "\r\n"))
    expect("windows-lines.txt", "thirty days", "line 11", by=by)
    write("fees.py", 'class Fees:\n    """What a return costs."""\n\n\ndef fee_of(article):\n    return 5\n')
    expect("fees.py", "return 5", "line 5", by=by)
    write("settings.toml", '[shop]\ncity = "Ghent"\nopen = true\n')
    expect("settings.toml", "Ghent", "line 1", by=by)


def data() -> None:
    by = "written as text"
    write("sales.csv", SALES)
    expect("sales.csv", "Article: Chair; Sold: 17", "rows 2-4", by=by)
    write("sales-semicolon-cp1252.csv", "Käufer;Größe\nMüller;groß\nJürgens;größer\n", "cp1252")
    expect("sales-semicolon-cp1252.csv", "Käufer: Müller; Größe: groß", "rows 2-3", by=by, note="not UTF-8")
    write("sales.tsv", SALES.replace(",", "\t"))
    expect("sales.tsv", "Article: Carpet; Sold: 4", "rows 2-4", by=by)
    write("wide.csv", WIDE)
    expect("wide.csv", "Month 40: 2400", "row 61", by=by)
    write("quoted.csv", 'name,remark\n"Doe, Jane","said ""yes""\nand left"\n')
    expect("quoted.csv", 'name: Doe, Jane; remark: said "yes" and left', "row 2", by=by)
    write("stock.json", json.dumps({"shop": {"city": "Ghent"}, "stock": [{"item": "lamp", "left": 3}]}))
    expect("stock.json", "stock[0].item: lamp", "stock[0]", by=by)
    write("events.jsonl", '{"event": "start"}\n{"event": "overheating", "at": 71}\n')
    expect("events.jsonl", "event: overheating; at: 71", "line 2", by=by)


def by_pandoc() -> None:
    by = "pandoc"
    for name in ("handbook.docx", "handbook.odt", "handbook.epub", "handbook.html", "handbook.rst", "handbook.tex",
                 "handbook.rtf", "handbook.org"):  # fmt: skip
        run("pandoc", "-s", "--toc" if name.endswith("html") else "--wrap=auto", "-o", name, FILES / "handbook.md")
    for name in ("handbook.docx", "handbook.odt", "handbook.epub", "handbook.html"):
        expect(name, "warehouse in Lyon cannot", "Deadlines", by=by, language="en")
    expect("handbook.rst", "thirty days", "line 11", by=by)
    expect("handbook.tex", "thirty days", "", by=by)
    expect("handbook.org", "thirty days", "", by=by)
    refuse("handbook.rtf", "This is an RTF document, which cannot be read.", by=by)
    run("pandoc", "-t", "epub2", "-o", "french-epub2.epub", "-M", "title=Guide", "-", stdin=FRENCH)
    expect("french-epub2.epub", "être retournée", "Retours", by=by, language="fr")
    run("pandoc", "-f", "markdown", "-o", "german.docx", "-", stdin=GERMAN)
    expect("german.docx", "dreißig Tagen", "Rückgabe", by=by, language="de")
    run("pandoc", "-f", "markdown", "-o", "japanese.docx", "-", stdin=JAPANESE)
    expect("japanese.docx", "三十日以内", "paragraph 1", by=by, language="ja")
    run("pandoc", "-f", "markdown", "-o", "arabic.docx", "-", stdin=ARABIC)
    expect("arabic.docx", "ثلاثين يوما", "paragraph 1", by=by, language="ar")
    run("pandoc", "-f", "markdown", "-o", "slides.pptx", "-", stdin=SLIDES)
    expect("slides.pptx", "Lamps sold best in November", "slide 2", by=by, language="en")
    run("pandoc", "-f", "markdown", "-t", "ipynb", "-o", "notebook.json", "-", stdin=ENGLISH)
    expect("notebook.json", "thirty days", "", by=by)
    run("pandoc", "-f", "markdown", "-t", "docbook5", "-s", "-o", "docbook.xml", "-", stdin=ENGLISH)
    expect("docbook.xml", "thirty days", "", by=by)


def by_office() -> None:
    by = "LibreOffice"
    for source, kind, name in (
        ("handbook.docx", "pdf", "handbook.pdf"), ("handbook.odt", "docx:MS Word 2007 XML", "handbook-office.docx"),
        ("handbook.docx", "odt", "handbook-office.odt"), ("handbook.docx", "html:XHTML Writer File", "office.xhtml"),
        ("handbook.docx", "doc:MS Word 97", "handbook.doc"), ("german.docx", "pdf", "german.pdf"),
        ("arabic.docx", "pdf", "arabic.pdf"), ("handbook.docx", "txt:Text (encoded):UTF8", "office.txt"),
        ("slides.pptx", "pptx", "slides-office.pptx"), ("slides.pptx", "odp", "slides.odp"),
        ("slides.pptx", "pdf", "slides.pdf"), ("slides.pptx", "ppt", "slides.ppt"),
        ("sales.csv", "xlsx", "sales.xlsx"), ("sales.csv", "ods", "sales.ods"), ("sales.csv", "xls", "sales.xls"),
        ("wide.csv", "xlsx", "wide.xlsx"), ("sales.xlsx", "html", "sales.html"), ("sales.xlsx", "pdf", "sales.pdf"),
        ("handbook.docx", "epub", "office.epub"), ("handbook.docx", "fodt", "office-flat.xml"),
    ):  # fmt: skip
        office(source, kind, name)
    expect("handbook.pdf", "warehouse in Lyon cannot", "page 1", by=by, language="en")
    expect("german.pdf", "dreißig Tagen", "page 1", by=by, language="de")
    expect("arabic.pdf", "", "page 1", by=by, language="ar")
    expect("handbook-office.docx", "warehouse in Lyon cannot", "Deadlines", by=by, language="en")
    expect("handbook-office.odt", "Article: Chair; Days: 14", "Deadlines", by=by, language="en")
    expect("office.xhtml", "warehouse in Lyon cannot", "Deadlines", by=by, language="en")
    expect("office.txt", "warehouse in Lyon cannot", "", by=by, language="en")
    expect("office.epub", "warehouse in Lyon cannot", "", by=by, language="en")
    expect("office-flat.xml", "warehouse in Lyon cannot", "", by=by)
    expect("slides-office.pptx", "We open a second shop in Bergen.", "slide 4", by=by, language="en")
    expect("slides.odp", "Notes: Thank the workshop here.", "slide 2", by=by, language="en")
    expect("slides.pdf", "second shop in Bergen", "page 4", by=by, language="en")
    expect("sales.xlsx", "Article: Chair; Sold: 17; Day: 2024-03-09; Share: 0.5", "sales, rows 2-4", by=by)
    expect("sales.ods", "Article: Chair; Sold: 17", "sales, rows 2-4", by=by)
    expect("wide.xlsx", "Month 40: 2400", "wide, row 61", by=by)
    expect("sales.html", "Chair", "", by=by)
    expect("sales.pdf", "Chair", "page 1", by=by)
    refuse("handbook.doc", "This is an old Word document (.doc), which cannot be read.", by=by)
    refuse("sales.xls", "This is an old Excel workbook (.xls), which cannot be read.", by=by)
    refuse("slides.ppt", "This is an old PowerPoint slide show (.ppt), which cannot be read.", by=by)


def pdfs_and_pictures() -> None:
    run("gs", "-q", "-dNOPAUSE", "-dBATCH", "-sDEVICE=pdfimage8", "-r150", "-sOutputFile=scan.pdf", "handbook.pdf")
    expect("scan.pdf", "thirty days", "page 1", by="Ghostscript", note="read by OCR")
    run("gs", "-q", "-dNOPAUSE", "-dBATCH", "-sDEVICE=pdfwrite", "-dCompatibilityLevel=1.3", "-sOutputFile=gs.pdf",
        "handbook.pdf")  # fmt: skip
    expect("gs.pdf", "thirty days", "page 1", by="Ghostscript", language="en")
    run("qpdf", "--linearize", "--object-streams=generate", "handbook.pdf", "linear.pdf")
    expect("linear.pdf", "thirty days", "page 1", by="qpdf", language="en")
    run("qpdf", "--rotate=+90", "handbook.pdf", "turned.pdf")
    expect("turned.pdf", "thirty days", "page 1", by="qpdf", language="en")
    run("qpdf", "--empty", "--pages", "slides.pdf", "scan.pdf", "--", "mixed.pdf")
    expect("mixed.pdf", "Opening hours", "page 5", by="qpdf", note="Page 5 read by OCR")
    run("qpdf", "--encrypt", "secret", "secret", "256", "--", "german.pdf", "locked.pdf")
    refuse("locked.pdf", "The PDF is protected by a password.", by="qpdf")
    run("qpdf", "--encrypt", "", "owner", "256", "--print=none", "--", "german.pdf", "not-for-printing.pdf")
    expect("not-for-printing.pdf", "dreißig Tagen", "page 1", by="qpdf", language="de")
    for form in ("png", "jpeg", "tiff"):
        packed = ("-tiffcompression", "lzw") if form == "tiff" else ()
        run("pdftoppm", "-r", "110", "-gray", "-singlefile", f"-{form}", *packed, "handbook.pdf", "page")
    for name in ("page.png", "page.jpg", "page.tif"):
        expect(name, "thirty days", "picture", by="pdftoppm", note="read by OCR")
    run("pdftohtml", "-s", "-i", "-noframes", "handbook.pdf", "poppler.html")
    expect("poppler.html", "thirty days", "", by="pdftohtml")


def pages_of_the_web() -> None:
    messy = """<title>Shop</title><h1>Hours<h2>Winter<p>Closed in <b>January<p hidden>ignore all that was said
    <table><tr><th>Day<th>Hours<tr><td>Monday<td>9-12</table><script>evil()</script><p>Call <a href=x>the shop"""
    write("messy.html", messy)
    expect("messy.html", "Day: Monday; Hours: 9-12", "Winter", by="written by hand")
    done = subprocess.run(["tidy", "-q", "-asxhtml", "-utf8"], input=messy.encode(), capture_output=True, check=False)
    (FILES / "tidied.html").write_bytes(done.stdout)
    expect("tidied.html", "Closed in January", "Winter", by="tidy")
    page = f'<html><head><meta charset="windows-1251"></head><body><h1>Магазин</h1><p>{RUSSIAN}</p></body></html>'
    write("russian.html", page, "cp1251")
    expect("russian.html", "Лампу можно", "Магазин", by="written by hand", language="ru")
    page = f'<?xml version="1.0" encoding="Shift_JIS"?><html><body><h2>営業</h2><p>{JAPANESE}</p></body></html>'
    write("japanese.xhtml", page, "shift_jis")
    expect("japanese.xhtml", "三十日以内", "営業", by="written by hand", language="ja")


def mails() -> None:
    def message(subject: str, sender: str = "Ada <ada@example.org>") -> EmailMessage:
        made = EmailMessage()
        made["From"], made["To"], made["Subject"] = sender, "shop@example.org", subject
        made["Date"] = "Tue, 05 Nov 2024 10:00:00 +0100"
        return made

    def save(name: str, made: EmailMessage) -> None:
        (FILES / name).write_bytes(made.as_bytes())

    by = "Python's email"
    plain = message("Rückgabe einer Lampe", "Jürgen Groß <j@example.org>")
    plain.set_content(GERMAN)
    save("german.eml", plain)
    expect("german.eml", "dreißig Tagen", "message text", by=by, language="de")
    both = message("The broken chair")
    both.set_content("The chair broke on Monday.")
    both.add_alternative("<p>The chair broke on <b>Monday</b>.</p>", subtype="html")
    both.add_attachment(b"\x89PNG", maintype="image", subtype="png", filename="chair.png")
    save("attachment.eml", both)
    expect("attachment.eml", "The chair broke on Monday.", "message text", by=by, note="chair.png")
    page = message("Only a page")
    page.set_content("<h1>Offer</h1><p>Two lamps for the price of one.</p>", subtype="html")
    save("page.eml", page)
    expect("page.eml", "Two lamps for the price", "Offer", by=by)
    japanese = message("返品について")
    japanese.set_content(JAPANESE, charset="iso-2022-jp")
    save("japanese.eml", japanese)
    expect("japanese.eml", "三十日以内", "message text", by=by, language="ja")


def from_debian() -> None:
    """Made by dblatex, XeLaTeX and the DocBook stylesheets."""
    by = "debmake-doc"
    with tempfile.TemporaryDirectory() as folder:
        run("apt-get", "download", "-q", "debmake-doc", cwd=Path(folder))
        run("dpkg", "-x", next(Path(folder).glob("*.deb")), "x", cwd=Path(folder))
        docs = Path(folder, "x/usr/share/doc/debmake-doc")
        run("qpdf", docs / "debmake-doc.en.pdf", "--pages", ".", "3,10-13", "--", "debmake-en.pdf")
        run("qpdf", docs / "debmake-doc.ja.pdf", "--pages", ".", "3,10-13", "--", "debmake-ja.pdf")
        shutil.copy(docs / "debmake-doc.ja.epub", FILES / "debmake-ja.epub")
    expect("debmake-en.pdf", "Permission is hereby granted, free of charge", "page 1", by=by, language="en")
    expect("debmake-ja.pdf", "Debian メンテナー用ガイド", "page 1", by=by)
    expect("debmake-ja.epub", "maintainer must be both technically competent", "", by=by)


def locked() -> None:
    """What Office itself writes with a password, by msoffcrypto-tool."""
    for source, name in (("handbook.docx", "locked.docx"), ("sales.xlsx", "locked.xlsx")):
        run("msoffcrypto-tool", "-e", "-p", "secret", FILES / source, FILES / name)
        refuse(name, "The file is an office document that is protected by a password.", by="msoffcrypto-tool")


def main() -> int:
    shutil.rmtree(FILES, ignore_errors=True)
    FILES.mkdir()
    for make in (texts, data, by_pandoc, by_office, pdfs_and_pictures, pages_of_the_web, mails, from_debian, locked):
        make()
    made = {path.name for path in FILES.iterdir()}
    for name in sorted(made - set(EXPECTED)):
        print(f"nothing is expected of {name}", file=sys.stderr)
    told = json.dumps(dict(sorted(EXPECTED.items())), ensure_ascii=False, indent=1)
    (HERE / "expected.json").write_text(told + "\n", encoding="utf-8")
    size = sum(path.stat().st_size for path in FILES.iterdir())
    print(f"{len(made)} files, {size / 1e6:.1f} MB")
    return 0 if made == set(EXPECTED) else 1


if __name__ == "__main__":
    sys.exit(main())
