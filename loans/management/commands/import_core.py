"""``import_core PATH``: import a core-banking delivery (contracts, sections 1 and 2)."""

import datetime as dt
import json
import sys
from argparse import ArgumentParser, ArgumentTypeError
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand
from django.utils.translation import gettext as _

from core.errors import ApplicationError
from loans.importers import Mode, import_delivery

NOTHING_APPLIED = 2
BAR = 30


def iso_date(text: str) -> dt.date:
    """A command-line date; argparse names the option."""
    try:
        return dt.date.fromisoformat(text)
    except ValueError as error:
        raise ArgumentTypeError(
            _("%(text)s is not a date of the form YYYY-MM-DD") % {"text": text}
        ) from error


class Command(BaseCommand):
    help = "Import a core-banking delivery: a folder, a zip file or a workbook."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("path", type=Path)
        parser.add_argument("--date", type=iso_date, help="the date whose close the delivery shows")
        parser.add_argument("--mode", choices=[str(mode) for mode in Mode], default=str(Mode.ALL_OR_NOTHING))
        parser.add_argument("--rejects", type=Path, default=Path("rejects"), help="folder for rejected rows")
        parser.add_argument("--dry-run", action="store_true", help="check and count, apply nothing")
        parser.add_argument("--json", action="store_true", help="print the report as JSON")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            report = import_delivery(
                options["path"],
                date=options["date"],
                mode=options["mode"],
                rejects_dir=options["rejects"],
                dry_run=options["dry_run"],
                progress=None if options["json"] else self.bar(),
            )
        except ApplicationError as error:
            self.stderr.write(str(error.message))
            sys.exit(NOTHING_APPLIED)
        if options["json"]:
            self.stdout.write(json.dumps(report.as_dict(), ensure_ascii=False, indent=1))
        else:
            self.stdout.write(report.as_text())
        if report.exit_code:
            sys.exit(report.exit_code)

    def bar(self) -> Any:
        """A progress bar on a terminal, nothing elsewhere."""
        if not self.stderr.isatty():
            return None

        def draw(done: int, total: int, name: str) -> None:
            filled = BAR * done // max(total, 1)
            self.stderr.write(f"\r[{'#' * filled}{'.' * (BAR - filled)}] {name:<20}", ending="")
            if done >= total:
                self.stderr.write("\r" + " " * (BAR + 24) + "\r", ending="")

        return draw
