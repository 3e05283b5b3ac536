"""``reconcile CONTROL.json``: compare the book with control figures to the cent (contracts, section 1)."""

import json
import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand
from django.utils.translation import gettext as _

from core.errors import ApplicationError
from loans.importers import reconcile
from loans.importers.report import aligned
from loans.management.commands.import_core import iso_date


class Command(BaseCommand):
    help = "Compare the book with control figures to the cent; exit 1 with a table of differences."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("control", type=Path)
        parser.add_argument(
            "--as-of", type=iso_date, help="the date to compare at (default: the figures' own)"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            result = reconcile(json.loads(options["control"].read_text("utf-8-sig")), options["as_of"])
        except (OSError, ValueError) as error:
            self.fail(_("The control file cannot be read: %(error)s") % {"error": error})
        except ApplicationError as error:
            self.fail(str(error.message))
        if not result.differences:
            count = {"n": result.compared, "date": result.as_of}
            self.stdout.write(_("%(n)s figures agree with the book of %(date)s.") % count)
            return
        table = [[_("figure"), _("control"), _("book")], *result.differences]
        self.stdout.write(_("The book of %(date)s differs:") % {"date": result.as_of})
        self.stdout.write("\n".join(aligned(table)))
        sys.exit(1)

    def fail(self, message: str) -> None:
        self.stderr.write(message)
        sys.exit(2)
