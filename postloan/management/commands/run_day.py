"""``run_day``: close one business date, a range, or everything that is missing."""

import datetime as dt
import json
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from core.errors import ApplicationError
from core.models import DailyRun, StepRun
from postloan.daily_run import STEPS, run_days


class Command(BaseCommand):
    help = "Run the daily run for one date or a range, oldest first; without dates, catch up."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--date", type=dt.date.fromisoformat, help="close this date (and those missing before it)"
        )
        parser.add_argument("--from", dest="first", type=dt.date.fromisoformat, help="first date of a range")
        parser.add_argument("--to", dest="last", type=dt.date.fromisoformat, help="last date of a range")
        parser.add_argument(
            "--without-delivery", action="store_true", help="run dates whose delivery has not arrived"
        )
        parser.add_argument("--wait", type=float, default=0, help="seconds to wait for another run to end")
        parser.add_argument("--json", action="store_true", help="print one JSON document")

    def handle(self, *args: Any, **options: Any) -> None:
        show = None if options["json"] else self._show
        try:
            runs = run_days(
                options["date"] or options["last"],
                first=options["first"],
                without_delivery=options["without_delivery"],
                report=show,
                wait=options["wait"],
            )
        except ApplicationError as refusal:
            raise CommandError(str(refusal), returncode=2) from refusal
        if options["json"]:
            self.stdout.write(json.dumps([_as_json(run) for run in runs], ensure_ascii=False, indent=1))
        elif not runs:
            self.stdout.write("Nothing to do: every date is closed.")

    def _show(self, step: StepRun) -> None:
        names = [s.name for s in STEPS]
        if step.position == 0 and step.block == 0:
            self.stdout.write(f"{step.run.business_date}")
        if self.stdout.isatty():
            done = "#" * (step.position + 1)
            self.stdout.write(f"\r[{done:<{len(names)}}] {step.step:<28}", ending="")
            self.stdout.write("\r\033[K", ending="")
        counts = ", ".join(f"{name} {number:,}" for name, number in step.counts.items())
        if counts or step.notes:
            self.stdout.write(f"  {step.step:<28} {step.seconds:>8}s  {counts}")
        for note in step.notes:
            self.stdout.write(f"    ! {note}")


def _as_json(run: DailyRun) -> dict[str, Any]:
    steps = run.steps.values("step", "block", "state", "counts", "notes", "seconds")
    return {
        "date": run.business_date.isoformat(),
        "state": run.state,
        "with_delivery": run.with_delivery,
        "steps": [{**step, "seconds": float(step["seconds"] or 0)} for step in steps],
    }
