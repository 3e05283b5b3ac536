"""Locks exclude, wait, and die with their process."""

import os
import signal
import subprocess
import sys
import threading
import time

import pytest
from django.db import connection, transaction

from core.errors import Conflict
from core.locks import exclusive
from tests.database import server_url

pytestmark = pytest.mark.django_db(transaction=True)

HOLDER = """
import os, sys, time, django
django.setup()
from core.locks import exclusive
with exclusive("crash"):
    print("held", flush=True)
    time.sleep(60)
"""


def is_held(name: str) -> bool:
    try:
        with exclusive(name):
            return False
    except Conflict:
        return True


def test_a_second_holder_is_refused():
    with exclusive("day"), pytest.raises(Conflict) as refusal, exclusive("day"):
        pass
    assert refusal.value.code == "busy"
    assert not is_held("day")


def test_other_names_are_free():
    with exclusive("day"):
        assert not is_held("night")


def test_an_error_inside_releases_the_lock():
    with pytest.raises(ZeroDivisionError), exclusive("day"), transaction.atomic():
        raise ZeroDivisionError
    assert not is_held("day")


def test_waiting_takes_over_when_the_holder_ends():
    held = threading.Event()

    def hold() -> None:
        try:
            with exclusive("day"):
                held.set()
                time.sleep(0.3)
        finally:
            connection.close()

    thread = threading.Thread(target=hold)
    thread.start()
    assert held.wait(5)
    told: list[str] = []
    with exclusive("day", wait=5, waiting=lambda: told.append("waiting")):
        assert told == ["waiting"]
    thread.join()


@pytest.mark.slow
def test_the_lock_of_a_killed_process_is_free_at_once(tmp_path):
    environment = {**os.environ, "DJANGO_SETTINGS_MODULE": "postloan.settings", "VAR_DIR": str(tmp_path)}
    environment["DATABASE_URL"] = database_url(tmp_path)
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLDER], env=environment, stdout=subprocess.PIPE, text=True
    )
    try:
        assert holder.stdout is not None
        assert holder.stdout.readline().strip() == "held"
        assert probe(environment) == "True"
        holder.send_signal(signal.SIGKILL)
        holder.wait(10)
        assert wait_free(environment) == "False"
    finally:
        holder.kill()
        holder.stdout.close()


def database_url(tmp_path) -> str:
    """The test's own server, or a database file that two processes can share."""
    return server_url() if connection.vendor == "postgresql" else f"sqlite:///{tmp_path / 'locks.sqlite3'}"


def probe(environment) -> str:
    code = "import django; django.setup(); from tests.core.test_locks import is_held; print(is_held('crash'))"
    done = subprocess.run(
        [sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True
    )
    return done.stdout.strip()


def wait_free(environment) -> str:
    """PostgreSQL needs a moment to notice that its client is gone."""
    for _ in range(5):
        if probe(environment) == "False":
            return "False"
        time.sleep(0.5)
    return "True"
