"""Opening a delivery: a folder, a zip file or one workbook; never unpacked, and bounded in every way."""

import hashlib
import io
import re
import zipfile
import zlib
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path, PurePosixPath
from typing import IO, BinaryIO, Self

from django.conf import settings
from django.utils.translation import gettext as _

from loans.importers.contract import FILES
from loans.importers.errors import DeliveryRefused, refuse_all
from loans.importers.sheets import sheet_names

MANIFEST = "manifest.json"
MAX_ENTRIES = 1000
MAX_RATIO = 200
RATIO_FREE_BYTES = 64 * 1024 * 1024  # small files may be as repetitive as they like
MAX_MANIFEST_BYTES = 1024 * 1024
MAX_WORKBOOK_BYTES = 512 * 1024 * 1024
BLOCK = 1024 * 1024
IGNORED_NAMES = re.compile(r"^(\.|__MACOSX|Thumbs\.db$)")


@dataclass(frozen=True)
class SourceFile:
    """One file of the contract: CSV bytes, or a sheet of a workbook. May be opened again and again."""

    name: str
    size: int
    open: Callable[[], BinaryIO]
    sheet: str = ""  # the sheet's title when the bytes are a workbook

    @cached_property
    def sha256(self) -> str:
        """Digest of the bytes, computed on a stream."""
        digest = hashlib.sha256(self.sheet.encode())
        with self.open() as stream:
            while block := stream.read(BLOCK):
                digest.update(block)
        return digest.hexdigest()


@dataclass
class Source:
    """What a delivery brought: files of the contract, its manifest's bytes, and names nobody knows."""

    name: str
    files: dict[str, SourceFile] = field(default_factory=dict)
    manifest: bytes | None = None
    unknown: list[str] = field(default_factory=list)
    folder: Path | None = None

    def add(self, file: SourceFile) -> None:
        if file.name in self.files:
            raise DeliveryRefused("file_twice", _("%(file)s comes twice.") % {"file": file.name})
        self.files[file.name] = file


@contextmanager
def open_source(path: Path) -> Iterator[Source]:
    """The delivery at ``path``; ``DeliveryRefused`` when it cannot be one."""
    if path.is_dir():
        yield _from_folder(path)
    elif not path.is_file():
        raise DeliveryRefused("no_such_path", _("There is no delivery at %(path)s.") % {"path": path})
    elif path.suffix.lower() == ".xlsx":
        yield _collect(path.stem, [_Entry(path.name, path.stat().st_size, lambda: path.open("rb"))])
    else:
        with _open_zip(path) as archive:
            yield _from_zip(path, archive)


@dataclass(frozen=True)
class _Entry:
    name: str
    size: int
    open: Callable[[], BinaryIO]

    def read(self, limit: int) -> bytes:
        if self.size > limit:
            raise DeliveryRefused("file_too_large", _("%(file)s is too large.") % {"file": self.name})
        with self.open() as stream:
            return stream.read()


def _from_folder(path: Path) -> Source:
    entries = [
        _Entry(child.name, child.stat().st_size, lambda child=child: child.open("rb"))  # type: ignore[misc]
        for child in sorted(path.iterdir())
        if child.is_file()
    ]
    source = _collect(path.resolve().name, entries)
    source.folder = path.resolve()
    return source


def _collect(name: str, entries: Iterable[_Entry]) -> Source:
    source = Source(name)
    for entry in entries:
        _place(source, entry)
    # A manifest alone is a delivery, too: on this day nothing changed.
    if not source.files and source.manifest is None:
        expected = ", ".join(FILES)
        raise DeliveryRefused(
            "no_files", _("No file of the contract was found (expected: %(files)s).") % {"files": expected}
        )
    return source


def _place(source: Source, entry: _Entry) -> None:
    if entry.name in FILES:
        source.add(SourceFile(entry.name, entry.size, entry.open))
    elif entry.name == MANIFEST:
        source.manifest = entry.read(MAX_MANIFEST_BYTES)
    elif entry.name.lower().endswith(".xlsx") and not entry.name.startswith("~$"):
        _place_sheets(source, entry)
    elif not IGNORED_NAMES.match(entry.name):
        source.unknown.append(entry.name)


def _place_sheets(source: Source, entry: _Entry) -> None:
    content = entry.read(MAX_WORKBOOK_BYTES)
    _check_workbook(entry.name, content)
    for title in sheet_names(content, entry.name):
        name = f"{title.strip().removesuffix('.csv')}.csv"
        if name in FILES:
            source.add(SourceFile(name, len(content), lambda: io.BytesIO(content), title))
        else:
            source.unknown.append(f"{entry.name}/{title}")


# --- zip files ----------------------------------------------------------------------------------
@contextmanager
def _open_zip(path: Path) -> Iterator[zipfile.ZipFile]:
    try:
        archive = zipfile.ZipFile(path)
    except (zipfile.BadZipFile, OSError, ValueError) as error:
        raise DeliveryRefused(
            "bad_zip", _("%(file)s is neither a folder nor a sound zip file.") % {"file": path.name}
        ) from error
    with archive:
        yield archive


def _from_zip(path: Path, archive: zipfile.ZipFile) -> Source:
    members = [info for info in archive.infolist() if not info.is_dir()]
    refuse_all("unsafe_zip", _dangers(members, 8 * settings.DELIVERY_MAX_BYTES))
    top = _common_folder([info.filename for info in members])
    entries = [
        _Entry(
            info.filename.removeprefix(top),
            info.file_size,
            lambda info=info: _open_member(archive, info),  # type: ignore[misc]
        )
        for info in members
    ]
    return _collect(path.stem, entries)


def _dangers(members: list[zipfile.ZipInfo], max_bytes: int) -> Iterator[str]:
    """Everything that makes an archive unsafe to read."""
    if len(members) > MAX_ENTRIES:
        yield _("The zip file holds more than %(n)s files.") % {"n": MAX_ENTRIES}
        return
    if sum(info.file_size for info in members) > max_bytes:
        yield _("The zip file unpacks to more than %(n)s MB.") % {"n": max_bytes // 1024**2}
    for info in members:
        if _is_bomb(info):
            yield _("%(file)s is compressed suspiciously well (zip bomb).") % {"file": info.filename}
        if info.flag_bits & 0x1:
            yield _("%(file)s is encrypted.") % {"file": info.filename}
        if _leaves_folder(info.filename):
            yield _("%(file)s: the name leads out of the archive.") % {"file": info.filename}


def _is_bomb(info: zipfile.ZipInfo) -> bool:
    return info.file_size > RATIO_FREE_BYTES and info.file_size > MAX_RATIO * max(info.compress_size, 1)


def _leaves_folder(name: str) -> bool:
    path = PurePosixPath(name.replace("\\", "/"))
    return path.is_absolute() or ".." in path.parts or ":" in name


def _common_folder(names: list[str]) -> str:
    """The one folder that somebody zipped as a whole, with its slash; empty if there is none."""
    tops = {name.partition("/")[0] for name in names if not IGNORED_NAMES.match(name)}
    if len(tops) == 1 and all("/" in name for name in names if not IGNORED_NAMES.match(name)):
        return f"{tops.pop()}/"
    return ""


def _open_member(archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> BinaryIO:
    try:
        return _Guarded(archive.open(info), info.filename)  # type: ignore[return-value]
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, OSError) as error:
        raise _damaged(info.filename) from error


class _Guarded:
    """A member's stream that says which file is damaged."""

    def __init__(self, stream: IO[bytes], name: str) -> None:
        self.stream, self.name = stream, name

    def read(self, size: int = -1) -> bytes:
        try:
            return self.stream.read(size)
        except (zipfile.BadZipFile, EOFError, OSError, zlib.error, ValueError) as error:
            raise _damaged(self.name) from error

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        self.stream.close()


def _damaged(name: str) -> DeliveryRefused:
    return DeliveryRefused("bad_zip", _("%(file)s cannot be unpacked: it is damaged.") % {"file": name})


def _check_workbook(name: str, content: bytes) -> None:
    """A workbook is a zip file too; it is refused before anything looks inside."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            refuse_all("unsafe_zip", _dangers(archive.infolist(), MAX_WORKBOOK_BYTES))
    except zipfile.BadZipFile as error:
        raise DeliveryRefused("bad_workbook", _("%(file)s is not a workbook.") % {"file": name}) from error
