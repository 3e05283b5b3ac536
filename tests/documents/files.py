"""Small files of every kind, honest and booby-trapped, made on the spot."""

import io
import struct
import zipfile
import zlib

JPEG = b"\xff\xd8\xff\xe0\x00\x10JFIF\x00\x01" + b"\x00" * 40 + b"\xff\xd9"
WEBP_BODY = b"WEBPVP8 " + b"\x00" * 24
WEBP = b"RIFF" + struct.pack("<I", len(WEBP_BODY)) + WEBP_BODY
PDF = b"%PDF-1.7\n1 0 obj\n<< /Type /Catalog >>\nendobj\ntrailer\n<<>>\n%%EOF\n"

CONTENT_TYPES = "<Types><Default Extension='xml' ContentType='application/xml'/></Types>"


def png(extra: bytes = b"") -> bytes:
    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    header = struct.pack(">IIBBBBB", 1, 1, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", header)
        + extra
        + chunk(b"IDAT", zlib.compress(b"\0\0\0\0"))
        + chunk(b"IEND", b"")
    )


def archive(parts: dict[str, bytes | str]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as file:
        for name, content in parts.items():
            file.writestr(name, content)
    return buffer.getvalue()


def docx(**parts: bytes | str) -> bytes:
    return archive({"[Content_Types].xml": CONTENT_TYPES, "word/document.xml": "<document/>", **parts})


def xlsx(parts: dict[str, bytes | str] | None = None) -> bytes:
    base: dict[str, bytes | str] = {
        "[Content_Types].xml": CONTENT_TYPES,
        "xl/workbook.xml": "<workbook/>",
        "xl/printerSettings/printerSettings1.bin": b"\0" * 20,
    }
    return archive({**base, **(parts or {})})
