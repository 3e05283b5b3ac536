"""Locks by name that die with their process, so that a crash never leaves one behind."""

import fcntl
import hashlib
import os
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from django.db import DatabaseError, connection
from django.utils.translation import gettext_lazy as _

from core import clock
from core.errors import Conflict

POLL_SECONDS = 0.1
BOOK = "book"
"""Held by whoever changes the facts or closes a day: an import never moves the ground under a run."""


BUSY = _("This is already running; try again when it has finished.")
BUSY_BOOK = _("An import or a daily run is under way; try again when it has finished.")


@contextmanager
def exclusive(name: str, *, wait: float = 0, waiting: Callable[[], None] | None = None) -> Iterator[None]:
    """Hold the lock ``name`` for this database; ``Conflict("busy")`` when another holds it.

    ``wait`` is how many seconds to try; ``waiting`` is called once when there is something to wait for.
    PostgreSQL: a session advisory lock on a connection of its own, so that neither a rollback nor a lost main
    connection gives it away. SQLite: a locked file beside the database. Not re-entrant. The kernel or the
    server releases it when the process dies.
    """
    hold = _hold_advisory if connection.vendor == "postgresql" else _hold_file
    with hold(name, _patience(name, wait, waiting)):
        yield


def _patience(name: str, wait: float, waiting: Callable[[], None] | None) -> Callable[[], None]:
    """Sleeps a moment as long as there is time left, then refuses."""
    until = clock.stopwatch() + wait
    told = waiting is None

    def pause() -> None:
        nonlocal told
        if clock.stopwatch() >= until:
            raise Conflict("busy", BUSY_BOOK if name == BOOK else BUSY)
        if waiting and not told:
            waiting()
            told = True
        time.sleep(POLL_SECONDS)

    return pause


@contextmanager
def _hold_advisory(name: str, pause: Callable[[], None]) -> Iterator[None]:
    key = int.from_bytes(hashlib.sha256(name.encode()).digest()[:8], signed=True)
    own = connection.copy()
    own.settings_dict = {**own.settings_dict, "CONN_MAX_AGE": None}
    try:
        with own.cursor() as cursor:
            while not _taken(cursor, key):
                pause()
            try:
                yield
            finally:
                # The server ends a closed session in its own time; whoever comes next shall not wait for it.
                with suppress(DatabaseError):
                    cursor.execute("SELECT pg_advisory_unlock(%s)", [key])
    finally:
        own.close()


def _taken(cursor: object, key: int) -> bool:
    cursor.execute("SELECT pg_try_advisory_lock(%s)", [key])  # type: ignore[attr-defined]
    return bool(cursor.fetchone()[0])  # type: ignore[attr-defined]


@contextmanager
def _hold_file(name: str, pause: Callable[[], None]) -> Iterator[None]:
    with _lock_file(name).open("a") as file:
        while True:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                pause()
        yield


def _lock_file(name: str) -> Path:
    """Beside the database file; a database in memory belongs to this process alone."""
    database = str(connection.settings_dict["NAME"])
    slug = hashlib.sha256(name.encode()).hexdigest()[:16]
    if ":memory:" in database or "mode=memory" in database:
        return Path(tempfile.gettempdir()) / f"postloan-{os.getpid()}-{slug}.lock"
    return Path(f"{database}-{slug}.lock")
