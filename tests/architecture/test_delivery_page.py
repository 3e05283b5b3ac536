"""docs/delivery.md names every file and column that the import takes, and its example is a good delivery."""

import json
import re
from pathlib import Path

import pytest

from loans.enums import DeliveryState
from loans.importers import import_delivery, reconcile
from loans.importers.contract import FILES

DOCS = Path(__file__).resolve().parents[2] / "docs"
EXAMPLE = DOCS / "examples/core-2026-06-30"
HEADING = re.compile(r"^### (.*)$", re.MULTILINE)
ROW = re.compile(r"^\| (`[^|]*`) \| (\w*) ?\|", re.MULTILINE)
TABLE = "| Column | | |\n"


def columns_by_file() -> dict[str, dict[str, str]]:
    """File -> column -> ``key``, ``must`` or nothing, as the page says."""
    sections = HEADING.split((DOCS / "delivery.md").read_text(encoding="utf-8").split("\n## manifest")[0])
    told: dict[str, dict[str, str]] = {}
    for names, text in zip(sections[1::2], sections[2::2], strict=True):
        for name, table in zip(names.split(", "), text.split(TABLE)[1:], strict=True):
            rows = ROW.findall(table)
            told[name] = {column: mark for cell, mark in rows for column in re.findall(r"`(\w+)`", cell)}
    return told


def test_every_file_and_column_is_listed_with_its_mark():
    assert columns_by_file() == {
        file.name: {
            name: "key" if name in file.key else "must" if column.mandatory else ""
            for name, column in file.columns.items()
        }
        for file in FILES.values()
    }


@pytest.mark.django_db
def test_example_is_applied_without_rejects_or_remarks_and_reconciles(tmp_path):
    report = import_delivery(EXAMPLE, rejects_dir=tmp_path / "rejects")
    assert report.state == DeliveryState.APPLIED
    assert [report.rejected, report.remarks, [f.remarks for f in report.files if f.remarks]] == [0, [], []]
    control = json.loads(EXAMPLE.with_suffix(".control.json").read_text(encoding="utf-8"))
    assert reconcile(control).differences == []
