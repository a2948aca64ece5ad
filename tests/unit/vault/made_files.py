"""Small files of binary kinds, made as the tests need them."""

import io
import zipfile
import zlib

from docx import Document


def pdf(*pages: str, extra: str = "") -> bytes:
    """A PDF with lines of text on each page; "" is an empty one, "picture" one that shows a black square only."""
    kids = " ".join(f"{4 + 2 * number} 0 R" for number in range(len(pages)))
    objects = {
        1: f"<</Type/Catalog/Pages 2 0 R{extra}>>",
        2: f"<</Type/Pages/Kids[{kids}]/Count {len(pages)}>>",
        3: "<</Type/Font/Subtype/Type1/BaseFont/Helvetica/Encoding/WinAnsiEncoding>>",
    }
    for number, text in enumerate(pages):
        objects[4 + 2 * number] = (
            f"<</Type/Page/Parent 2 0 R/MediaBox[0 0 300 300]/Resources<</Font<</F1 3 0 R>>>>/Contents {5 + 2 * number}"
            " 0 R>>"
        )
        lines = "".join(f"({line}) Tj 0 -16 Td " for line in text.split("\n"))
        drawn = "20 20 200 200 re f" if text == "picture" else f"BT /F1 12 Tf 20 200 Td {lines}ET" if text else ""
        objects[5 + 2 * number] = f"<</Length {len(drawn)}>>\nstream\n{drawn}\nendstream"
    return pdf_of(objects)


def pdf_of(objects: dict[int, str]) -> bytes:
    out, places = io.BytesIO(), {}
    out.write(b"%PDF-1.4\n")
    for number, body in objects.items():
        places[number] = out.tell()
        out.write(f"{number} 0 obj\n{body}\nendobj\n".encode("cp1252"))
    start, count = out.tell(), max(objects) + 1
    out.write(f"xref\n0 {count}\n0000000000 65535 f \n".encode())
    for number in range(1, count):
        out.write(f"{places.get(number, 0):010} 00000 {'n' if number in places else 'f'} \n".encode())
    out.write(f"trailer\n<</Size {count}/Root 1 0 R>>\nstartxref\n{start}\n%%EOF\n".encode())
    return out.getvalue()


def docx() -> bytes:
    document = Document()
    document.add_heading("Returns", 1)
    document.add_paragraph("Parcels go back to the warehouse in Lyon.")
    table = document.add_table(rows=1, cols=2)
    table.rows[0].cells[0].text, table.rows[0].cells[1].text = "Deadline", "thirty days"
    out = io.BytesIO()
    document.save(out)
    return out.getvalue()


def packed(parts: "dict[str, str | bytes]") -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, body in parts.items():
            archive.writestr(name, body)
    return out.getvalue()


def word_of(xml: str, **more: "str | bytes") -> bytes:
    """A Word document whose main part holds `xml` in its body."""
    main = f'<w:document xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"><w:body>{xml}</w:body></w:document>'
    return packed({"[Content_Types].xml": "<Types/>", "word/document.xml": main, **more})


def png(side: int = 20) -> bytes:
    """White, without a letter on it."""

    def part(kind: bytes, body: bytes) -> bytes:
        return len(body).to_bytes(4, "big") + kind + body + zlib.crc32(kind + body).to_bytes(4, "big")

    head = side.to_bytes(4, "big") * 2 + b"\x08\0\0\0\0"
    rows = zlib.compress((b"\0" + b"\xff" * side) * side)
    return b"\x89PNG\r\n\x1a\n" + part(b"IHDR", head) + part(b"IDAT", rows) + part(b"IEND", b"")
