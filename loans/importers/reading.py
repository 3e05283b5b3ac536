"""Records of a file in bounded pieces, each with the line it starts on.

Plain pieces (no quotes) go through pandas' reader, which is several times as fast; anything that could make
a record differ from a line goes through the csv module, which counts lines exactly.
"""

import csv
import io
import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, BinaryIO

from django.utils.translation import gettext as _

from loans.importers.contract import REJECT_COLUMNS
from loans.importers.errors import DeliveryRefused
from loans.importers.sheets import sheet_rows
from loans.importers.source import SourceFile

if TYPE_CHECKING:
    import numpy as np

BLOCK = 4 * 1024 * 1024
MAX_RECORD = 64 * 1024 * 1024  # a quote that is never closed must not swallow the memory
BOM = b"\xef\xbb\xbf"
# A spreadsheet takes such a cell for a formula; a reject file puts an apostrophe in front of it.
FORMULA = re.compile(r"'*[=+\-@\t\r]")
PLAIN_NUMBER = re.compile(r"[+-]?[0-9.]+")


@dataclass
class Chunk:
    """Some records: ``columns`` holds one array of texts per header name, ``lines`` where each starts.

    ``misshapen`` maps the position of a record that has not as many cells as the header to its cells.
    ``text`` is the piece itself when every line of it is simply a record.
    """

    lines: "np.ndarray[Any, Any]"
    columns: list["np.ndarray[Any, Any]"]
    misshapen: dict[int, list[str]] = field(default_factory=dict)
    text: str | None = None

    def __len__(self) -> int:
        return len(self.lines)


@dataclass
class Table:
    """A file opened for reading: its header, and its records piece by piece."""

    header: list[str]
    chunks: Iterator[Chunk]


def open_table(file: SourceFile) -> Table:
    """The header and records of a file; ``DeliveryRefused`` names file and line of what cannot be read.

    A reject file that was mended is read without the columns that say what was wrong.
    """
    table = _open_sheet(file) if file.sheet else _open_text(file)
    if tuple(table.header[-len(REJECT_COLUMNS) :]) == REJECT_COLUMNS:
        table = Table(table.header[: -len(REJECT_COLUMNS)], map(_without_reasons, table.chunks))
    return table


def _without_reasons(chunk: Chunk) -> Chunk:
    import numpy as np

    kept = chunk.columns[: -len(REJECT_COLUMNS)]
    return replace(chunk, text=None, columns=[np.array(list(map(unguarded, c)), dtype=object) for c in kept])


def guarded(cell: str) -> str:
    """The cell as a spreadsheet takes it for text; ``unguarded`` gives it back unchanged."""
    return f"'{cell}" if FORMULA.match(cell) and not PLAIN_NUMBER.fullmatch(cell) else cell


def unguarded(cell: str) -> str:
    """A cell as it was before ``guarded``."""
    return cell[1:] if cell.startswith("'") and FORMULA.match(cell) else cell


def _open_sheet(file: SourceFile) -> Table:
    rows = sheet_rows(file)
    header = _names(next(rows, []))
    return Table(header, _chunks_of_rows(rows, len(header)))


def _open_text(file: SourceFile) -> Table:
    blocks = _blocks(file)
    first = next(blocks, None)
    if first is None:
        raise DeliveryRefused(
            "empty_file", _("%(file)s is empty; a header row is expected.") % {"file": file.name}
        )
    cells, rest, line = _split_header(file.name, first)
    return Table(_names(cells), _chunks(file.name, rest, blocks, len(cells), line))


def _names(cells: list[str]) -> list[str]:
    return [cell.strip() for cell in cells]


# --- text ---------------------------------------------------------------------------------------
@dataclass
class _Block:
    text: str
    line: int  # of its first character


def _blocks(file: SourceFile) -> Iterator[_Block]:
    """Decoded text cut where a record ends."""
    line = 1
    with file.open() as stream:
        for data in _cut(stream, file.name):
            yield _Block(_decode(data, file.name, line), line)
            line += data.count(b"\n")


def _cut(stream: BinaryIO, name: str) -> Iterator[bytes]:
    pending = stream.read(BLOCK).removeprefix(BOM)
    while pending:
        more = stream.read(BLOCK)
        end = _record_end(pending) if more else len(pending)
        if end:
            yield pending[:end]
        elif len(pending) > MAX_RECORD:
            raise DeliveryRefused(
                "record_too_long", _("%(file)s: a quote is opened and never closed.") % {"file": name}
            )
        pending = pending[end:] + more


def _record_end(data: bytes) -> int:
    """Where the last whole record ends: after a line break outside quotes."""
    end = data.rfind(b"\n") + 1
    if not end or data.count(b'"', 0, end) % 2 == 0:
        return end
    # Within quotes the number of quotes so far is odd: step back to the last line break outside them.
    while end and data.count(b'"', 0, end) % 2:
        end = data.rfind(b"\n", 0, max(data.rfind(b'"', 0, end), 0)) + 1
    return end


def _decode(data: bytes, name: str, line: int) -> str:
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        at = line + data.count(b"\n", 0, error.start)
        raise DeliveryRefused(
            "not_utf8",
            _("%(file)s, line %(line)s: not UTF-8 (saved as GBK?). Save it as UTF-8 and send it again.")
            % {"file": name, "line": at},
        ) from error


def _split_header(name: str, block: _Block) -> tuple[list[str], str, int]:
    stream = io.StringIO(block.text, newline="")
    reader = csv.reader(stream, strict=True)
    try:
        header = next(reader, [])
    except csv.Error as error:
        raise _unparsable(name, 1, error) from error
    lines = reader.line_num
    position = 0
    for _line in range(lines):
        position = _next_line(block.text, position)
    return header, block.text[position:], block.line + lines


def _next_line(text: str, position: int) -> int:
    """Where the line after the one at ``position`` starts; lines end with LF, CR LF or CR."""
    ends = [at for at in (text.find("\n", position), text.find("\r", position)) if at >= 0]
    if not ends:
        return len(text)
    at = min(ends)
    return at + (2 if text[at : at + 2] == "\r\n" else 1)


def _chunks(name: str, rest: str, blocks: Iterator[_Block], width: int, line: int) -> Iterator[Chunk]:
    if rest:
        yield _parse(name, _Block(rest, line), width)
    for block in blocks:
        yield _parse(name, block, width)


def _parse(name: str, block: _Block, width: int) -> Chunk:
    plain = '"' not in block.text and "\0" not in block.text
    chunk = _parse_plain(block, width) if plain else None
    return chunk or _parse_exactly(name, block, width)


def _parse_plain(block: _Block, width: int) -> Chunk | None:
    """The fast way, or None if some line is not simply a record of ``width`` cells."""
    import numpy as np
    import pandas as pd

    text = block.text
    records = text.count("\n") + (not text.endswith("\n"))
    if text.count("\r") != text.count("\r\n") or text.count(",") != (width - 1) * records:
        return None
    try:
        frame = pd.read_csv(
            io.StringIO(text), header=None, dtype=object, na_filter=False, skip_blank_lines=False
        )
    except pd.errors.ParserError:  # a row longer than the first
        return None
    columns = [frame[i].to_numpy() for i in frame.columns]
    if frame.shape != (records, width) or (columns[0] == "").any():  # a line of nothing is no record
        return None
    return Chunk(np.arange(block.line, block.line + records), columns, text=text)


def _parse_exactly(name: str, block: _Block, width: int) -> Chunk:
    rows, lines = [], []
    csv.field_size_limit(2 * MAX_RECORD)
    reader = csv.reader(io.StringIO(block.text, newline=""), strict=True)
    line = block.line
    try:
        for row in reader:
            if any(row):
                rows.append(row)
                lines.append(line)
            line = block.line + reader.line_num
    except csv.Error as error:
        raise _unparsable(name, line, error) from error
    return _chunk_of_rows(rows, lines, width)


def _unparsable(name: str, line: int, error: Exception) -> DeliveryRefused:
    return DeliveryRefused(
        "bad_csv",
        _("%(file)s, line %(line)s: not a valid CSV record (%(error)s).")
        % {"file": name, "line": line, "error": error},
    )


# --- rows ---------------------------------------------------------------------------------------
def _chunks_of_rows(rows: Iterator[list[str]], width: int) -> Iterator[Chunk]:
    """Pieces of a sheet; empty rows are left out, as in a text file, and short ones filled up."""
    held: list[list[str]] = []
    lines: list[int] = []
    for at, row in enumerate(rows, 2):
        if any(row):
            held.append([*row, *[""] * (width - len(row))])
            lines.append(at)
        if len(held) == 50_000:
            yield _chunk_of_rows(held, lines, width)
            held, lines = [], []
    if held:
        yield _chunk_of_rows(held, lines, width)


def _chunk_of_rows(rows: list[list[str]], lines: list[int], width: int) -> Chunk:
    import numpy as np

    misshapen = {i: row for i, row in enumerate(rows) if len(row) != width}
    for i, row in misshapen.items():
        rows[i] = [*row[:width], *[""] * (width - len(row))]
    columns = [np.array(column, dtype=object) for column in zip(*rows, strict=True)]
    empty = [np.array([], dtype=object)] * width
    return Chunk(np.array(lines, dtype=np.int64), columns or empty, misshapen)
