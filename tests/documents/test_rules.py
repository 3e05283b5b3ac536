"""Uploads are what they say, and nothing else."""

import io

import pytest

from core.errors import ApplicationError
from documents.enums import MediaType
from documents.rules import identify
from tests.documents.files import JPEG, PDF, WEBP, archive, docx, png, xlsx

EXE = b"MZ\x90\x00" + b"\0" * 60
HTML = b"<html><script>alert(1)</script></html>"
BOMB = b"\0" * (40 * 1024 * 1024)


@pytest.mark.parametrize(
    ("name", "content", "media_type"),
    [
        ("a.pdf", PDF, MediaType.PDF),
        ("回执.JPG", JPEG, MediaType.JPEG),
        ("photo.jpeg", JPEG + b"\0" * 30 + JPEG, MediaType.JPEG),  # a telephone's preview behind it
        ("a.png", png(), MediaType.PNG),
        ("a.webp", WEBP, MediaType.WEBP),
        ("a.docx", docx(), MediaType.DOCX),
        ("a.xlsx", xlsx(), MediaType.XLSX),
        ("a.csv", "借款人,金额\n甲,1.00\n".encode(), MediaType.CSV),
        ("a.txt", b"\xef\xbb\xbfplain text", MediaType.TEXT),
    ],
)
def test_honest_files_are_taken(name, content, media_type):
    assert identify(name, content) == media_type


REFUSED = {
    "empty": ("a.pdf", b""),
    "program": ("a.exe", EXE),
    "program named pdf": ("a.pdf", EXE),
    "double ending": ("a.pdf.exe", PDF),
    "no ending": ("receipt", PDF),
    "svg": ("a.svg", b"<svg xmlns='http://www.w3.org/2000/svg'/>"),
    "svg named png": ("a.png", b"<svg xmlns='http://www.w3.org/2000/svg'/>"),
    "html": ("a.html", HTML),
    "html named txt": ("a.txt", HTML),
    "html named csv": ("a.csv", b"a,b\n1,<script>x</script>\n"),
    "pdf named jpg": ("a.jpg", PDF),
    "html behind a jpeg": ("a.jpg", JPEG + HTML),
    "html inside a jpeg": ("a.jpg", JPEG[:20] + HTML + JPEG[20:]),
    "php behind a jpeg": ("a.jpg", JPEG + b"<?php system($_GET[0]); ?>"),
    "zip behind a jpeg": ("a.jpg", JPEG + archive({"a.txt": "x"})),
    "pdf behind a jpeg": ("a.jpg", JPEG + PDF),
    "jpeg cut off": ("a.jpg", JPEG[:-2]),
    "something behind a png": ("a.png", png() + b"more"),
    "damaged png": ("a.png", png()[:40] + b"\xff" + png()[41:]),
    "png cut off": ("a.png", png()[:-12]),
    "html in a png comment": ("a.png", png(b"\0\0\0\x07tEXt<script\0\0\0\0")),
    "something behind a webp": ("a.webp", WEBP + b"0123456789"),
    "webp cut off": ("a.webp", WEBP[:-8]),
    "script in a pdf": ("a.pdf", PDF.replace(b"/Type", b"/JavaScript (x) /Type")),
    "launch in a pdf": ("a.pdf", PDF.replace(b"/Type", b"/Launch /Type")),
    "attachment in a pdf": ("a.pdf", PDF.replace(b"/Type", b"/EmbeddedFile /Type")),
    "zip behind a pdf": ("a.pdf", PDF + archive({"a.txt": "x"})),
    "pdf cut off": ("a.pdf", PDF[:30]),
    "pdf not at the start": ("a.pdf", b"\n" + PDF),
    "plain zip": ("a.docx", archive({"a.txt": "x"})),
    "xlsx named docx": ("a.docx", xlsx()),
    "macro": ("a.docx", docx(**{"word/vbaProject.bin": b"x"})),
    "macro content type": (
        "a.xlsx",
        xlsx({"[Content_Types].xml": "application/vnd.ms-excel.sheet.macroEnabled.main+xml"}),
    ),
    "old macro sheet": ("a.xlsx", xlsx({"xl/macrosheets/sheet1.xml": "<a/>"})),
    "embedded object": ("a.docx", docx(**{"word/embeddings/oleObject1.bin": b"x"})),
    "embedded program": ("a.docx", docx(**{"word/run.exe": EXE})),
    "xml entity": ("a.docx", docx(**{"word/x.xml": "<!DOCTYPE a [<!ENTITY b 'c'>]><a>&b;</a>"})),
    "remote template": (
        "a.docx",
        docx(
            **{"word/_rels/s.rels": "<R Type='x/attachedTemplate' Target='http://x' TargetMode='External'/>"}
        ),
    ),
    "climbing path": ("a.xlsx", xlsx({"../../etc/passwd": "x"})),
    "absolute path": ("a.xlsx", xlsx({"/etc/passwd": "x"})),
    "zip bomb": ("a.xlsx", xlsx({"xl/sheet.xml": BOMB})),
    "too many parts": ("a.xlsx", xlsx({f"xl/{n}.xml": "" for n in range(2100)})),
    "damaged archive": ("a.xlsx", xlsx()[:200] + b"\0\0\0\0" + xlsx()[204:]),
    "gbk text": ("a.txt", "借款人".encode("gbk")),
    "utf-16 text": ("a.csv", "a,b".encode("utf-16")),
    "binary named txt": ("a.txt", b"\x00\x01\x02"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_other_files_are_refused_beside_the_field(name):
    with pytest.raises(ApplicationError) as refusal:
        identify(*REFUSED[name])
    assert refusal.value.code == "upload_refused"
    assert refusal.value.details["file"]


def test_an_encrypted_archive_is_refused():
    content = bytearray(xlsx())
    place = content.find(b"PK\x01\x02")
    while place != -1:
        content[place + 8] |= 1
        place = content.find(b"PK\x01\x02", place + 4)
    with pytest.raises(ApplicationError):
        identify("a.xlsx", bytes(content))


def test_real_office_files_are_taken():
    import openpyxl

    buffer = io.BytesIO()
    book = openpyxl.Workbook()
    book.active["A1"] = "借款人"
    book.save(buffer)
    assert identify("a.xlsx", buffer.getvalue()) == MediaType.XLSX
