"""Rejected rows: kept in a temporary table, written as files that can be mended and sent again."""

import csv
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext as _

from core.staging import Staging
from loans.importers.columns import FileSpec
from loans.importers.contract import FILES, REJECT_COLUMNS
from loans.importers.errors import DeliveryRefused, reason
from loans.importers.reading import guarded, open_table
from loans.importers.source import Source, SourceFile

if TYPE_CHECKING:
    from loans.importers.reading import Chunk

TABLE = "stage_rejects"
MAX_VALUE = 200


@dataclass(frozen=True)
class Reject:
    """One thing wrong with one row."""

    file: str
    line: int
    column: str
    value: str
    code: str
    detail: str = ""

    @property
    def reason(self) -> str:
        return reason(self.code, self.detail)

    def as_dict(self) -> dict[str, Any]:
        return {
            "file": self.file,
            "line": self.line,
            "column": self.column,
            "value": self.value,
            "code": self.code,
            "reason": self.reason,
        }


class Rejects:
    """All rejects of a delivery; their number may be large, so they stay in the database."""

    def __init__(self, area: Staging) -> None:
        self.area = area
        area.create(
            TABLE,
            {
                "file": "varchar(40)",
                "line": "bigint",
                "col": "varchar(80)",
                "value": "text",
                "code": "varchar(40)",
                "detail": "text",
            },
        )

    def add(self, rejects: Iterable[Reject]) -> None:
        rows = [
            (r.file, r.line, r.column, printable(r.value), r.code, r.detail.replace("\0", ""))
            for r in rejects
        ]
        if rows:
            self.area.load(TABLE, list(zip(*rows, strict=True)))

    def add_selected(
        self, spec: FileSpec, column: str, code: str, select: str, *, value: str = "", detail: str = "''"
    ) -> int:
        """Reject the staged rows ``s`` of ``select`` (what follows FROM); returns how many.

        ``value`` and ``detail`` are SQL expressions; by default the value is that of the column.
        """
        text = self.area.text
        shown = value or (f"s.{column}" if column else "''")
        written = self.area.execute(
            f"INSERT INTO {TABLE} SELECT {text(spec.name)}, s.line, {text(column)}, "
            f"CAST({shown} AS text), {text(code)}, CAST({detail} AS text) FROM {select}"
        )
        if written:
            self.mark(spec)
        return written

    def mark(self, spec: FileSpec) -> None:
        """Set the flag of the staged rows that have a reject."""
        self.area.execute(
            f"UPDATE {spec.stage} SET bad = TRUE WHERE NOT bad AND line IN "
            f"(SELECT line FROM {TABLE} WHERE file = {self.area.text(spec.name)})"
        )

    def rows_by_file(self) -> dict[str, int]:
        """How many rows of each file are rejected."""
        counts = self.area.rows(f"SELECT file, COUNT(DISTINCT line) FROM {TABLE} GROUP BY file")
        return {file: int(count) for file, count in counts}

    def first(self, limit: int) -> list[Reject]:
        """The first rejects, parents before children."""
        found: list[Reject] = []
        for name in FILES:
            if len(found) < limit:
                found += self._selected(name, f"ORDER BY line, col LIMIT {limit - len(found)}")
        return found

    def between(self, name: str, first: int, last: int) -> list[Reject]:
        return self._selected(name, f"AND line BETWEEN {int(first)} AND {int(last)} ORDER BY line, col")

    def _selected(self, name: str, rest: str) -> list[Reject]:
        return [
            Reject(*row)
            for row in self.area.rows(
                f"SELECT file, line, col, value, code, detail FROM {TABLE} "
                f"WHERE file = {self.area.text(name)} {rest}"
            )
        ]


def printable(value: str) -> str:
    """A value as it can be stored and shown: shortened, control characters made visible."""
    short = value if len(value) <= MAX_VALUE else f"{value[:MAX_VALUE]}…"
    return short if short.isprintable() else "".join(c if c.isprintable() else ascii(c)[1:-1] for c in short)


# --- files --------------------------------------------------------------------------------------
def write_files(source: Source, rejects: Rejects, folder: Path) -> dict[str, Path]:
    """``<folder>/<file>.csv`` for every file with rejects: its rows as delivered, and what is wrong.

    Files of an earlier run are removed. A folder that holds the delivery itself is refused.
    """
    if source.folder is not None and folder.resolve() == source.folder:
        raise DeliveryRefused("rejects_in_delivery", _("The rejects need a folder of their own."))
    counts = rejects.rows_by_file()
    rejects.area.prepare(TABLE, "file, line")
    for name in FILES:
        if name not in counts and is_reject_file(folder / name):
            (folder / name).unlink()
    if counts:
        folder.mkdir(parents=True, exist_ok=True)
    return {name: _write(source.files[name], rejects, folder / name) for name in FILES if name in counts}


def is_reject_file(path: Path) -> bool:
    """Whether an earlier run wrote this file."""
    if not path.is_file():
        return False
    with path.open("rb") as stream:
        return stream.readline(100_000).rstrip().endswith(",".join(REJECT_COLUMNS).encode())


def _write(file: SourceFile, rejects: Rejects, path: Path) -> Path:
    table = open_table(file)
    with path.open("w", encoding="utf-8-sig", newline="") as stream:  # the BOM makes Excel read UTF-8
        writer = csv.writer(stream)
        writer.writerow([*table.header, *REJECT_COLUMNS])
        for chunk in table.chunks:
            writer.writerows(_rejected_rows(file.name, chunk, rejects))
    return path


def _rejected_rows(name: str, chunk: "Chunk", rejects: Rejects) -> Iterator[list[str]]:
    if not len(chunk):
        return
    position = {int(line): i for i, line in enumerate(chunk.lines)}
    found = rejects.between(name, chunk.lines[0], chunk.lines[-1])
    for line, reasons in groupby(found, key=lambda reject: reject.line):
        listed = list(reasons)
        yield [
            *(guarded(column[position[line]]) for column in chunk.columns),
            str(line),
            *("; ".join(getattr(r, part) for r in listed) for part in ("column", "value", "reason")),
        ]
