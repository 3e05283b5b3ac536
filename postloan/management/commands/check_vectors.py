"""`check_vectors DIR`: the product's own rules against worked cases (contracts sections 1 and 4)."""

import json
import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from core.selectors import business_date, workday_calendar
from duties.selectors import rules_in_force
from loans.selectors import floor_steps
from postloan.vectors import Failure, Policy, check, load_cases


class Command(BaseCommand):
    help = "Runs every *.json vector of a folder against the rules in force on the business date."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("folder", metavar="DIR", type=Path)
        parser.add_argument(
            "--reading",
            default="",
            metavar="NAME=VALUE",
            help="read one open point otherwise; cases that list it must match that alternative",
        )

    def handle(self, *args: Any, folder: Path, reading: str, **options: Any) -> None:
        policy = policy_in_force()
        try:
            cases = load_cases(folder)
            if reading:
                name, _, value = reading.partition("=")
                policy = policy.with_reading(name, value)
        except ValueError as error:
            raise CommandError(str(error)) from error
        failures = [failure for failure in check(cases, policy, reading) if failure]
        for failure in failures:
            self.report(failure)
        self.stdout.write(f"{len(cases) - len(failures)} passed, {len(failures)} failed")
        if failures:
            sys.exit(1)

    def report(self, failure: Failure) -> None:
        """One failure with what was expected and what the rule said."""
        self.stdout.write(f"{failure.case_id} {failure.rule}")
        self.stdout.write(f"  expected {json.dumps(failure.expected, ensure_ascii=False)}")
        self.stdout.write(f"  got      {json.dumps(failure.got, ensure_ascii=False)}")


def policy_in_force() -> Policy:
    """Calendar, deadlines and floors as they are in force on the business date, in the default readings."""
    today = business_date()
    return Policy(workday_calendar(), rules_in_force(today), tuple(floor_steps(today)))
