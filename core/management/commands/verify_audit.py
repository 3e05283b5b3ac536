"""Check the audit trail's hash chains."""

import json
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from core import audit


class Command(BaseCommand):
    help = "Checks the audit chains; exit 1 and the first bad row if one was changed, removed or reordered."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--json", action="store_true", help="print the result as JSON")

    def handle(self, *args: Any, **options: Any) -> None:
        bad = audit.verify()
        summary = audit.summary()
        protected = audit.is_protected()
        if options["json"]:
            found = {"ok": bad is None, "bad": str(bad) if bad else None, "protected": protected}
            self.stdout.write(json.dumps({**found, **summary}))
        if not protected:
            self.stderr.write("The triggers that keep the trail append-only are missing.")
        if bad is not None:
            raise CommandError(f"The audit trail does not hold: {bad}")
        if not options["json"]:
            self.stdout.write(f"{summary['events']} audit events hold; digest {summary['digest']}")
