"""Deliveries for tests: the standard one of tests/data, changed cell by cell, written where it is wanted."""

import csv
import io
import json
import zipfile
from collections.abc import Mapping
from copy import deepcopy
from pathlib import Path
from typing import Any

DATA = Path(__file__).resolve().parents[1] / "data"
STANDARD = DATA / "core-2026-03-31"
DAY = "2026-03-31"

Row = dict[str, str]


class Parcel:
    """Files of a delivery as lists of rows; a test changes them and writes them."""

    def __init__(self, tables: Mapping[str, list[Row]]) -> None:
        self.tables = {name: deepcopy(rows) for name, rows in tables.items()}
        self.headers = {name: list(rows[0]) for name, rows in self.tables.items()}

    @classmethod
    def standard(cls) -> "Parcel":
        return cls({path.name: read(path) for path in sorted(STANDARD.glob("*.csv"))})

    def only(self, *names: str) -> "Parcel":
        """The same with these files only."""
        return Parcel({name: self.tables[name] for name in names})

    def rows(self, name: str, /, **match: str) -> list[Row]:
        return [row for row in self.tables[name] if match.items() <= row.items()]

    def change(self, name: str, match: Mapping[str, str], /, **values: str) -> "Parcel":
        """Set cells in the rows that match."""
        found = self.rows(name, **match)
        assert found, (name, match)
        for row in found:
            row.update(values)
        return self

    def add(self, name: str, like: Mapping[str, str] | None = None, /, **values: str) -> "Parcel":
        """Append a row: a copy of the first that matches ``like`` (or an empty one) with other values."""
        base = dict(self.rows(name, **like)[0]) if like is not None else {}
        self.tables[name].append(dict.fromkeys(self.headers[name], "") | base | values)
        return self

    def drop(self, name: str, /, **match: str) -> "Parcel":
        gone = self.rows(name, **match)
        self.tables[name] = [row for row in self.tables[name] if row not in gone]
        return self

    def without(self, name: str, *columns: str) -> "Parcel":
        """The file without some columns."""
        self.headers[name] = [column for column in self.headers[name] if column not in columns]
        return self

    def text(self, name: str) -> str:
        stream = io.StringIO()
        writer = csv.DictWriter(stream, self.headers[name], extrasaction="ignore", lineterminator="\n")
        writer.writeheader()
        writer.writerows(self.tables[name])
        return stream.getvalue()

    def line(self, name: str, /, **match: str) -> int:
        """On which line the first row that matches is written."""
        return self.tables[name].index(self.rows(name, **match)[0]) + 2

    def write(self, folder: Path, day: str = DAY) -> Path:
        """``folder/core-<day>`` with the files."""
        target = folder / f"core-{day}"
        target.mkdir(parents=True, exist_ok=True)
        for name in self.tables:
            (target / name).write_text(self.text(name), encoding="utf-8")
        return target

    def zip(self, folder: Path, day: str = DAY, manifest: Mapping[str, Any] | None = None) -> Path:
        path = folder / f"core-{day}.zip"
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            for name in self.tables:
                archive.writestr(name, self.text(name))
            if manifest is not None:
                archive.writestr("manifest.json", json.dumps(manifest))
        return path

    def workbook(self, folder: Path, day: str = DAY) -> Path:
        """One workbook with a sheet per file; numbers stay numbers where a spreadsheet would keep them so."""
        import openpyxl

        book = openpyxl.Workbook()
        book.remove(book.active)
        for name, rows in self.tables.items():
            sheet = book.create_sheet(name.removesuffix(".csv"))
            sheet.append(self.headers[name])
            for row in rows:
                sheet.append([typed(row[column]) for column in self.headers[name]])
        path = folder / f"core-{day}.xlsx"
        book.save(path)
        return path


def read(path: Path) -> list[Row]:
    with path.open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def typed(cell: str) -> Any:
    """The cell as a spreadsheet would keep it: amounts become numbers, the rest stays text."""
    whole, point, decimals = cell.partition(".")
    if point and whole.lstrip("-").isdigit() and decimals.isdigit():
        return float(cell)
    return cell or None


def rejects(folder: Path, name: str) -> list[Row]:
    """The rows of a reject file."""
    with (folder / name).open(encoding="utf-8-sig", newline="") as stream:
        return list(csv.DictReader(stream))
