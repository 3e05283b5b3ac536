"""``export_duties``: every duty, for other systems and for checking."""

import datetime as dt
import sys
from contextlib import nullcontext
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from duties.exports import duty_rows, visible_duties, write_csv, write_jsonl, write_xlsx
from duties.models import DutyRule
from org.models import Branch


class Command(BaseCommand):
    help = "Export duties with the fields of the contract, sorted by code, subject and period."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--as-of", type=dt.date.fromisoformat, help="state at the close of this date")
        parser.add_argument("--code", help="one duty code")
        parser.add_argument("--branch", help="a branch number; its subtree is included")
        parser.add_argument("--format", choices=["jsonl", "csv", "xlsx"], default="jsonl")
        parser.add_argument("--out", help="file to write; default standard output")

    def handle(self, *args: Any, **options: Any) -> None:
        _check(options)
        duties = visible_duties(code=options["code"], branch_no=options["branch"])
        rows = duty_rows(duties, options["as_of"])
        if options["format"] == "xlsx":
            count = write_xlsx(rows, options["out"])
        else:
            write = write_csv if options["format"] == "csv" else write_jsonl
            with _target(options["out"]) as out:
                count = write(rows, out)
        if options["out"]:
            self.stderr.write(f"{count:,} duties written to {options['out']}")


def _check(options: dict[str, Any]) -> None:
    if options["format"] == "xlsx" and not options["out"]:
        raise CommandError("xlsx needs --out FILE.")
    if options["code"] and not DutyRule.objects.filter(code=options["code"]).exists():
        raise CommandError(f"There is no duty code {options['code']}.")
    if options["branch"] and not Branch.objects.filter(branch_no=options["branch"]).exists():
        raise CommandError(f"There is no branch {options['branch']}.")


def _target(path: str | None) -> Any:
    return Path(path).open("w", encoding="utf-8", newline="") if path else nullcontext(sys.stdout)
