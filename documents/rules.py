"""What a file really is, and whether it may be stored: its bytes decide, never its name alone.

Refused are files that are something else as well (HTML in a picture, an archive behind a PDF), carry
programs (macros, scripts), or grow when they are unpacked.
"""

import io
import re
import struct
import zipfile
import zlib
from pathlib import PurePath
from typing import NoReturn

from django.utils.translation import gettext as _

from core.errors import ApplicationError
from documents.enums import SUFFIXES, MediaType

# Long enough that they do not turn up in compressed data by chance.
MARKUP = re.compile(rb"<script|<html[\s>]|<!doctype\s|<\?php|<svg[\s>]|<iframe|<body[\s>]", re.IGNORECASE)
PDF_ACTION = re.compile(rb"/JavaScript\b|/Launch\b|/EmbeddedFiles?\b|/RichMedia\b")
PDF_INSIDE = re.compile(rb"%PDF-[12]\.\d")
CONTROL = re.compile(r"[\x00-\x08\x0b\x0e-\x1f\x7f]")
XML_ENTITY = re.compile(rb"<!(?:DOCTYPE|ENTITY)", re.IGNORECASE)
MACRO = re.compile(r"vbaproject|macrosheets|activex|oleobject|\.(?:exe|dll|js|vbs|bat|cmd|ps1|hta)$")
REMOTE_TEMPLATE = re.compile(
    rb"attachedTemplate[^>]*TargetMode=\"External\"|frame\"[^>]*TargetMode=\"External\""
)

PNG_START = b"\x89PNG\r\n\x1a\n"
MAX_ENTRIES = 2_000
MAX_UNPACKED = 200 * 1024 * 1024
MAX_RATIO = 200
SMALL_ENTRY = 1024 * 1024
CHUNK = 256 * 1024


def refuse(reason: str) -> NoReturn:
    """Say why a file is not taken, beside the field."""
    raise ApplicationError("upload_refused", reason, details={"file": [reason]})


def identify(name: str, content: bytes) -> MediaType:
    """The type of an uploaded file; ApplicationError("upload_refused") when it may not be stored."""
    claimed = SUFFIXES.get(PurePath(name).suffix.lower())
    if claimed is None:
        refuse(_("Only PDF, JPEG, PNG, WebP, docx, xlsx, csv and txt files are taken."))
    if not content:
        refuse(_("The file is empty."))
    if claimed in (MediaType.CSV, MediaType.TEXT):
        _check_text(content)
        return claimed
    found = _sniff(content)
    if found != claimed:
        refuse(_("The content is not what the file's name says."))
    CHECKS[found](content)
    return found


def _sniff(content: bytes) -> MediaType | None:
    if content.startswith(b"%PDF-"):
        return MediaType.PDF
    if content.startswith(b"\xff\xd8\xff"):
        return MediaType.JPEG
    if content.startswith(PNG_START):
        return MediaType.PNG
    if content[:4] == b"RIFF" and content[8:12] == b"WEBP":
        return MediaType.WEBP
    return _office_type(content) if content.startswith(b"PK\x03\x04") else None


def _office_type(content: bytes) -> MediaType | None:
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            names = set(archive.namelist())
    except (zipfile.BadZipFile, ValueError, NotImplementedError):
        return None
    if "[Content_Types].xml" not in names:
        return None
    if "word/document.xml" in names:
        return MediaType.DOCX
    return MediaType.XLSX if "xl/workbook.xml" in names else None


def _check_text(content: bytes) -> None:
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        refuse(_("Text files must be UTF-8."))
    if CONTROL.search(text):
        refuse(_("The file is not plain text."))
    _check_single(content)


def _check_single(content: bytes) -> None:
    """Refuse a file that a browser or an archiver would read as something else."""
    if MARKUP.search(content):
        refuse(_("The file hides a web page or a script."))
    if zipfile.is_zipfile(io.BytesIO(content)):
        refuse(_("The file hides an archive."))


def _check_pdf(content: bytes) -> None:
    _check_single(content)
    if b"%%EOF" not in content[-2048:]:
        refuse(_("The PDF is cut off, or something follows it."))
    if PDF_ACTION.search(content):
        refuse(_("The PDF carries scripts or embedded files."))


def _check_image(content: bytes) -> None:
    _check_single(content)
    if PDF_INSIDE.search(content):
        refuse(_("The picture hides a PDF."))


def _check_jpeg(content: bytes) -> None:
    # Telephones append previews after the end marker, so what follows it is searched, not refused.
    _check_image(content)
    if b"\xff\xd9" not in content:
        refuse(_("The picture is cut off."))


def _check_png(content: bytes) -> None:
    _check_image(content)
    place = len(PNG_START)
    while place < len(content):
        kind, after = _png_chunk(content, place)
        if kind == b"IEND":
            if after != len(content):
                refuse(_("Something follows the picture."))
            return
        place = after
    refuse(_("The picture is cut off."))


def _png_chunk(content: bytes, place: int) -> tuple[bytes, int]:
    """Kind of the chunk at a place, and where the next one starts."""
    length, kind = struct.unpack_from(">I4s", content.ljust(place + 8, b"\0"), place)
    after = place + 12 + length
    checksum = content[after - 4 : after]
    if after > len(content) or zlib.crc32(content[place + 4 : after - 4]).to_bytes(4) != checksum:
        refuse(_("The picture is damaged."))
    return kind, after


def _check_webp(content: bytes) -> None:
    _check_image(content)
    (length,) = struct.unpack_from("<I", content, 4)
    if length + 8 not in (len(content), len(content) - 1):
        refuse(_("The picture is cut off, or something follows it."))


def _check_office(content: bytes) -> None:
    """Entries are counted and unpacked against a budget: the sizes that an archive states may lie."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            entries = archive.infolist()
            if len(entries) > MAX_ENTRIES:
                refuse(_("The document has too many parts."))
            left = MAX_UNPACKED
            for entry in entries:
                left -= _check_entry(archive, entry, left)
    except (zipfile.BadZipFile, zlib.error, EOFError, ValueError, NotImplementedError, RuntimeError):
        refuse(_("The document is damaged or encrypted."))


def _check_entry(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, budget: int) -> int:
    path = PurePath(entry.filename.replace("\\", "/"))
    if path.is_absolute() or ".." in path.parts:
        refuse(_("The document has a part outside itself."))
    if MACRO.search(entry.filename.lower()):
        refuse(_("The document carries macros or programs."))
    size, head = 0, b""
    with archive.open(entry) as file:
        while chunk := file.read(CHUNK):
            head = head or chunk
            size += len(chunk)
            if size > budget or (size > SMALL_ENTRY and size > MAX_RATIO * max(entry.compress_size, 1)):
                refuse(_("The document unpacks to far more than it should."))
    _check_markup(entry.filename, head)
    return size


def _check_markup(name: str, head: bytes) -> None:
    if not name.lower().endswith((".xml", ".rels", ".vml")):
        return
    if XML_ENTITY.search(head):
        refuse(_("The document declares XML entities."))
    if b"macroEnabled" in head:
        refuse(_("The document carries macros or programs."))
    if name.endswith(".rels") and b"attachedTemplate" in head and b"External" in head:
        refuse(_("The document loads a template from elsewhere."))


CHECKS = {
    MediaType.PDF: _check_pdf,
    MediaType.JPEG: _check_jpeg,
    MediaType.PNG: _check_png,
    MediaType.WEBP: _check_webp,
    MediaType.DOCX: _check_office,
    MediaType.XLSX: _check_office,
}
