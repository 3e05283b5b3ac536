"""Deliveries as files: a folder or a zip of CSV files with its manifest (contracts section 2)."""

import csv
import hashlib
import io
import json
import zipfile
from collections.abc import Iterable, Mapping
from datetime import date
from decimal import Decimal
from pathlib import Path

from postloan.demo.book import COLUMNS, Row, Value

ZIP_TIME = (2026, 1, 1, 0, 0, 0)
"""Every member carries this time, so that the same rows give the same bytes."""


def write_delivery(folder: Path, on: date, files: Mapping[str, Iterable[Row]]) -> Path:
    """The delivery of a day as `core-YYYY-MM-DD.zip` in the folder; an older one of that day is replaced."""
    contents = {f"{name}.csv": _as_csv(COLUMNS[name], list(rows)) for name, rows in files.items()}
    manifest = _manifest(on, contents, list(files.get("loans", ())))
    path = folder / f"core-{on}.zip"
    partial = path.with_suffix(".part")
    with zipfile.ZipFile(partial, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in {**contents, "manifest.json": manifest}.items():
            archive.writestr(zipfile.ZipInfo(name, ZIP_TIME), text, zipfile.ZIP_DEFLATED)
    # A reader never finds half a delivery, whenever the writing was broken off.
    return partial.replace(path)


def _manifest(on: date, contents: Mapping[str, str], loans: list[Row]) -> str:
    """Rows and SHA-256 of every file, and the sums of the loans that are in this delivery."""
    files = {
        name: {"rows": text.count("\n") - 1, "sha256": hashlib.sha256(text.encode()).hexdigest()}
        for name, text in contents.items()
    }
    totals = {column: _total(loans, column) for column in ("balance", "principal")}
    manifest = {"business_date": str(on), "complete": True, "files": files, "control_totals": totals}
    return json.dumps(manifest, indent=1)


def _total(rows: list[Row], column: str) -> str:
    return str(sum((Decimal(str(row[column])) for row in rows), Decimal("0.00")))


def _as_csv(columns: tuple[str, ...], rows: list[Row]) -> str:
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows([_cell(row.get(column)) for column in columns] for row in rows)
    return buffer.getvalue()


def _cell(value: Value) -> str:
    if value is None:
        return ""
    return str(int(value)) if isinstance(value, bool) else str(value)
