"""Runs the web server and the worker with its scheduler as children, and takes both down with it."""

import ctypes
import http.client
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from types import FrameType

from django.conf import settings

from core import clock

HOST = "127.0.0.1"
STOP_SECONDS = 10
START_SECONDS = 60
POLL_SECONDS = 0.2
LOG_LINES = 15
PR_SET_PDEATHSIG = 1


@dataclass
class Child:
    """A running program and the file that it logs to."""

    name: str
    process: "subprocess.Popen[bytes]"
    log: Path

    def last_words(self) -> str:
        """The end of its log."""
        return "\n".join(self.log.read_text(errors="replace").splitlines()[-LOG_LINES:])


class ChildFailed(Exception):
    """A child ended by itself."""

    def __init__(self, child: Child) -> None:
        super().__init__(f"{child.name}: {child.process.returncode}")
        self.child = child


def commands(port: int) -> dict[str, list[str]]:
    """The children's command lines by name."""
    return {
        "web": [
            *(sys.executable, "-m", "gunicorn", "postloan.wsgi:application", "--bind", f"{HOST}:{port}"),
            *("--workers", "1", "--threads", "4", "--no-control-socket"),
        ],
        "worker": [
            *(sys.executable, "-m", "celery", "-A", "postloan", "worker", "-B", "-P", "solo"),
            *("--without-gossip", "--without-mingle", "--without-heartbeat", "--loglevel", "WARNING"),
            *("--hostname", "demo@localhost"),
        ],
    }


def port_is_free(port: int) -> bool:
    """Whether the web server could listen on the port."""
    with socket.socket() as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((HOST, port))
        except OSError:
            return False
        return True


def serve(port: int, logs: Path, on_ready: Callable[[], None]) -> None:
    """Run the children until SIGINT or SIGTERM arrives; `on_ready` is called when the web answers.

    Raises ChildFailed when a child ends by itself; the other one is stopped first.
    """
    logs.mkdir(parents=True, exist_ok=True)
    with _stop_signals() as stopped:
        children = [_start(name, command, logs) for name, command in commands(port).items()]
        try:
            _watch(children, port, stopped, on_ready)
        finally:
            _stop(children)


@contextmanager
def _stop_signals() -> Iterator[list[int]]:
    """Collects the signals that ask to stop, instead of dying of them."""
    received: list[int] = []

    def note(number: int, frame: FrameType | None) -> None:
        received.append(number)

    before = {number: signal.signal(number, note) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield received
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _start(name: str, command: list[str], logs: Path) -> Child:
    """A child in a session of its own, so that Ctrl-C on the terminal reaches only this process."""
    log = logs / f"{name}.log"
    with log.open("wb") as output:
        process = subprocess.Popen(  # noqa: S603 - our own command lines
            command,
            cwd=settings.BASE_DIR,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            preexec_fn=_die_with_parent(os.getpid()),  # noqa: PLW1509 - no threads run here yet
        )
    return Child(name, process, log)


def _die_with_parent(parent: int) -> Callable[[], None]:
    """On Linux the kernel sends SIGTERM to the child when this process dies, even of a kill -9."""
    libc = ctypes.CDLL(None) if sys.platform == "linux" else None

    def prepare() -> None:
        if libc is not None:
            libc.prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
            if os.getppid() != parent:
                os._exit(1)

    return prepare


def _watch(children: list[Child], port: int, stopped: list[int], on_ready: Callable[[], None]) -> None:
    ready, deadline = False, clock.stopwatch() + START_SECONDS
    while not stopped:
        for child in children:
            if child.process.poll() is not None:
                raise ChildFailed(child)
        if not ready and _answers(port):
            ready = True
            on_ready()
        if not ready and clock.stopwatch() > deadline:
            raise TimeoutError
        time.sleep(POLL_SECONDS)


def _answers(port: int) -> bool:
    """Whether a request gets an answer, whatever it says; the port alone listens before Django is loaded."""
    connection = http.client.HTTPConnection(HOST, port, timeout=5)
    try:
        connection.request("GET", "/healthz")
        connection.getresponse()
    except OSError:
        return False
    finally:
        connection.close()
    return True


def _stop(children: list[Child]) -> None:
    """SIGTERM once to each, then up to ten seconds, then the whole group is killed."""
    for child in children:
        with suppress(ProcessLookupError):
            child.process.terminate()
    deadline = clock.stopwatch() + STOP_SECONDS
    for child in children:
        with suppress(subprocess.TimeoutExpired):
            child.process.wait(max(deadline - clock.stopwatch(), 0.1))
    for child in children:
        with suppress(ProcessLookupError):
            os.killpg(child.process.pid, signal.SIGKILL)
        child.process.wait()
