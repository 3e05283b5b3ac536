"""The demo's children: a busy port is seen, a dead child is reported, a signal stops all."""

import os
import signal
import socket
import sys
import threading
import time

import pytest

from postloan.demo import supervisor

SLEEPER = [sys.executable, "-c", "import time; print('up', flush=True); time.sleep(60)"]
FAILS = [sys.executable, "-c", "import sys; print('no database'); sys.exit(3)"]


@pytest.fixture
def free_port():
    with socket.socket() as probe:
        probe.bind((supervisor.HOST, 0))
        return probe.getsockname()[1]


def test_a_taken_port_is_not_free(free_port):
    assert supervisor.port_is_free(free_port)
    with socket.socket() as listener:
        listener.bind((supervisor.HOST, free_port))
        listener.listen()
        assert not supervisor.port_is_free(free_port)


def test_a_child_that_ends_by_itself_stops_the_other(monkeypatch, tmp_path, free_port):
    monkeypatch.setattr(supervisor, "commands", lambda port: {"web": SLEEPER, "worker": FAILS})
    with pytest.raises(supervisor.ChildFailed) as failure:
        supervisor.serve(free_port, tmp_path, lambda: None)
    assert failure.value.child.name == "worker"
    assert failure.value.child.last_words() == "no database"


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_stops_the_children(monkeypatch, tmp_path, free_port, number):
    monkeypatch.setattr(supervisor, "commands", lambda port: {"web": SLEEPER, "worker": SLEEPER})
    started = []
    real_start = supervisor._start
    monkeypatch.setattr(supervisor, "_start", lambda *args: started.append(real_start(*args)) or started[-1])
    threading.Timer(0.8, os.kill, (os.getpid(), number)).start()
    began = time.perf_counter()
    supervisor.serve(free_port, tmp_path, lambda: None)
    assert time.perf_counter() - began < 5
    assert [child.process.returncode for child in started] == [-signal.SIGTERM, -signal.SIGTERM]
