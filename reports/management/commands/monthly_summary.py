"""``monthly_summary``: the monthly portfolio summary of the bank or of a branch, as xlsx or PDF."""

import re
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from core.errors import ApplicationError
from core.periods import Period
from reports.exports.delivering import export_summary
from reports.selectors.summary import summary_for

SUFFIXES = (".xlsx", ".pdf")


class Command(BaseCommand):
    help = "Write the monthly portfolio summary; the running month is marked as preliminary."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--month", required=True, help="YYYY-MM")
        parser.add_argument("--branch", help="a branch number; its subtree is included (default: all)")
        parser.add_argument("--out", required=True, help="file to write, ending in .xlsx or .pdf")

    def handle(self, *args: Any, **options: Any) -> None:
        out = Path(options["out"])
        if out.suffix.lower() not in SUFFIXES:
            raise CommandError("--out needs a file name ending in .xlsx or .pdf.")
        if not out.parent.is_dir():
            raise CommandError(f"There is no folder {out.parent}.")
        try:
            summary = summary_for(options["branch"] or "", _month(options["month"]))
            content = export_summary(summary, out.suffix.lower()[1:], actor=None)
        except ApplicationError as refusal:
            raise CommandError(str(refusal.message)) from refusal
        try:
            out.write_bytes(content)
        except OSError as error:
            raise CommandError(f"{out} cannot be written: {error.strerror}.") from error
        mark = "frozen" if summary.month.frozen else "preliminary"
        self.stdout.write(
            f"{summary.unit.branch_no} {summary.month.key} ({mark}), as of {summary.month.closed}: {out}"
        )


def _month(text: str) -> str:
    if not re.fullmatch(r"\d{4}-(0[1-9]|1[0-2])", text):
        raise CommandError(f"{text} is no month; write it as YYYY-MM.")
    return Period.from_key(text).key
