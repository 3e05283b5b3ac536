"""`demo`: a running product with a demo portfolio; Ctrl-C stops everything (contracts section 1)."""

import os
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.db import connection
from django.utils.translation import gettext as _

from core.errors import ApplicationError
from core.locks import exclusive
from postloan.demo import accounts, loading, supervisor
from postloan.demo.words import words

LOCK = "demo"


class Command(BaseCommand):
    help = "Loads the demo portfolio, runs its days, and serves it with worker and scheduler until Ctrl-C."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--port", type=int, default=8000, help="port of the web server (8000)")
        parser.add_argument(
            "--reset", action="store_true", help="throw the demo database away first (SQLite)"
        )
        parser.add_argument("--no-serve", action="store_true", help="load only, then end")
        parser.add_argument("--days", type=int, metavar="N", help="load only the first N days")

    def handle(
        self, *args: Any, port: int, reset: bool, no_serve: bool, days: int | None, **options: Any
    ) -> None:
        if days is not None and days < 1:
            raise CommandError(_("--days takes a number from 1 on."))
        if not no_serve and not supervisor.port_is_free(port):
            raise CommandError(
                _("Port %(port)s is taken. Choose another: make demo ARGS='--port %(other)s'")
                % {"port": port, "other": port + 1}
            )
        folder = settings.VAR_DIR / "demo"
        folder.mkdir(parents=True, exist_ok=True)
        try:
            with exclusive(LOCK):
                self.prepare(folder, days, reset=reset)
                if not no_serve:
                    self.serve(port, folder)
        except ApplicationError as refusal:
            raise CommandError(str(refusal)) from refusal

    def prepare(self, folder: Path, days: int | None, *, reset: bool) -> None:
        """A database with the demo's book and people who can log in."""
        if reset:
            self.throw_away()
        self.stdout.write(_("Preparing the database ..."))
        call_command("migrate", verbosity=0, interactive=False)
        try:
            loading.load(folder / "deliveries", days, self.show_day)
        except KeyboardInterrupt:
            raise CommandError(_("Broken off. The next start goes on from here."), returncode=130) from None
        password = accounts.open_accounts(folder)
        for line in accounts.table():
            self.stdout.write(line)
        self.stdout.write(_("Password of all of them: %(password)s") % {"password": password})
        self.stdout.write(
            _("Deliveries of the days after it, to upload as admin01: %(folder)s")
            % {"folder": folder / "deliveries"}
        )

    def throw_away(self) -> None:
        """Delete the database file, if it is the demo's or nobody's."""
        if connection.vendor != "sqlite":
            raise CommandError(
                _("--reset deletes SQLite files only; drop and create this database yourself.")
            )
        file = Path(connection.settings_dict["NAME"])
        if "org_branch" in connection.introspection.table_names():
            loading.require_demo_database()
        connection.close()
        for suffix in ("", "-wal", "-shm"):
            Path(f"{file}{suffix}").unlink(missing_ok=True)

    def show_day(self, day: loading.DayLoaded) -> None:
        """A line for a day that was loaded."""
        self.stdout.write(
            _("%(date)s  day %(number)s of %(of)s  %(closed)s duties done  %(seconds).1f s")
            % {
                "date": day.on,
                "number": day.number,
                "of": day.of,
                "closed": day.closed,
                "seconds": day.seconds,
            }
        )

    def serve(self, port: int, folder: Path) -> None:
        """Run web server, worker and scheduler until somebody stops us."""
        connection.close()
        os.environ.setdefault("BANK_NAME", words()["bank"]["name"])

        def announce() -> None:
            address = f"http://{supervisor.HOST}:{port}/"
            self.stdout.write(self.style.SUCCESS(_("Running at %(address)s") % {"address": address}))
            self.stdout.write(_("Ctrl-C stops it. Logs: %(folder)s") % {"folder": folder / "logs"})

        try:
            supervisor.serve(port, folder / "logs", announce)
        except supervisor.ChildFailed as failure:
            raise CommandError(
                _("%(name)s ended by itself. The end of its log:") % {"name": failure.child.name}
                + "\n"
                + failure.child.last_words()
            ) from failure
        self.stdout.write(_("Stopped."))
