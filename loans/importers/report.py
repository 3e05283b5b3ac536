"""What became of a delivery, for people, for machines and for the import page."""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any
from unicodedata import east_asian_width

from django.utils.translation import gettext as _

from loans.enums import DeliveryState
from loans.importers.rejects import Reject
from loans.importers.remarks import Remark


class Mode(StrEnum):
    """What happens when some rows are rejected."""

    ALL_OR_NOTHING = "all-or-nothing"
    PARTIAL = "partial"


@dataclass
class FileReport:
    """Rows of one file; read = created + changed + unchanged + rejected unless nothing was applied."""

    name: str
    read: int = 0
    created: int = 0
    changed: int = 0
    unchanged: int = 0
    rejected: int = 0
    remarks: list[Remark] = field(default_factory=list)

    def as_dict(self) -> dict[str, Any]:
        figures = {name: getattr(self, name) for name in FIGURES}
        return {"name": self.name, **figures, "remarks": [remark.as_dict() for remark in self.remarks]}


FIGURES = ("read", "created", "changed", "unchanged", "rejected")


@dataclass
class Report:
    """The outcome of one import; ``state`` is REFUSED when nothing was applied."""

    name: str
    mode: Mode = Mode.ALL_OR_NOTHING
    dry_run: bool = False
    state: DeliveryState = DeliveryState.REFUSED
    business_date: dt.date | None = None
    delivery_id: int | None = None
    already_applied: bool = False
    complete: bool = True
    message: str = ""
    problems: list[str] = field(default_factory=list)
    files: list[FileReport] = field(default_factory=list)
    remarks: list[Remark] = field(default_factory=list)
    rejects: list[Reject] = field(default_factory=list)  # the first ones; all are in the reject files
    reject_files: list[str] = field(default_factory=list)
    seconds: float = 0.0

    @property
    def rejected(self) -> int:
        return sum(file.rejected for file in self.files)

    @property
    def exit_code(self) -> int:
        """0 applied or nothing to do, 1 applied in part, 2 nothing applied."""
        if self.state == DeliveryState.REFUSED:
            return 2
        return 1 if self.rejected else 0

    def totals(self) -> dict[str, int]:
        return {name: sum(getattr(file, name) for file in self.files) for name in FIGURES}

    def as_dict(self) -> dict[str, Any]:
        """Everything, as JSON holds it."""
        return {
            "name": self.name,
            "business_date": self.business_date.isoformat() if self.business_date else None,
            "delivery": self.delivery_id,
            "state": str(self.state),
            "mode": str(self.mode),
            "dry_run": self.dry_run,
            "already_applied": self.already_applied,
            "complete": self.complete,
            "message": self.message,
            "problems": self.problems,
            "files": [file.as_dict() for file in self.files],
            "totals": self.totals(),
            "remarks": [remark.as_dict() for remark in self.remarks],
            "rejects": [reject.as_dict() for reject in self.rejects],
            "reject_files": self.reject_files,
            "seconds": round(self.seconds, 3),
            "exit_code": self.exit_code,
        }

    def as_text(self, *, shown_rejects: int = 20) -> str:
        """The report for a terminal."""
        lines = [self.headline(), *(f"  {problem}" for problem in self.problems)]
        if self.files:
            lines += ["", *_table(self.files, self.totals())]
        for file in [*self.files, FileReport("", remarks=self.remarks)]:
            lines += [f"  {_remark_line(file.name, remark)}" for remark in file.remarks]
        lines += self._reject_lines(shown_rejects)
        return "\n".join(lines)

    def headline(self) -> str:
        date = self.business_date.isoformat() if self.business_date else "-"
        return f"{self.name} ({date}): {self.message}"

    def _reject_lines(self, shown: int) -> list[str]:
        if not self.rejects:
            return []
        lines = ["", _("Rejected rows:")]
        lines += [f"  {r.file}:{r.line} {r.column} {r.value!r}: {r.reason}" for r in self.rejects[:shown]]
        if self.rejected > shown:
            lines.append("  …")
        return lines + [f"  -> {path}" for path in self.reject_files]


def _remark_line(name: str, remark: Remark) -> str:
    examples = f" ({', '.join(remark.examples)}{', …' if remark.count > len(remark.examples) else ''})"
    where = f"{name}: " if name else ""
    return f"{where}{remark.text} {remark.count}{examples if remark.examples else ''}"


def _table(files: list[FileReport], totals: dict[str, int]) -> list[str]:
    titles = [_("file"), _("read"), _("created"), _("changed"), _("unchanged"), _("rejected")]
    rows = [[file.name, *(f"{getattr(file, name):,}" for name in FIGURES)] for file in files]
    total = [_("total"), *(f"{totals[name]:,}" for name in FIGURES)]
    return aligned([titles, *rows, total])


def aligned(rows: Iterable[list[str]]) -> list[str]:
    """Lines of a table: first column left, the others right, also where a character is two cells wide."""
    listed = list(rows)
    widths = [max(map(cells_wide, column)) for column in zip(*listed, strict=True)]
    return [
        "  "
        + "  ".join(
            _padded(cell, width, left=i == 0) for i, (cell, width) in enumerate(zip(row, widths, strict=True))
        )
        for row in listed
    ]


def _padded(cell: str, width: int, *, left: bool) -> str:
    space = " " * (width - cells_wide(cell))
    return cell + space if left else space + cell


def cells_wide(text: str) -> int:
    """How many cells of a terminal a text takes."""
    return sum(2 if east_asian_width(character) in "WF" else 1 for character in text)
