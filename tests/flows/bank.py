"""A bank of its own for tests that kill processes: one database, real commands in real processes."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
import uuid
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import connection

ROOT = Path(__file__).resolve().parents[2]
# Says when Django is up, so that a kill strikes the work and not the start.
READY = "import django, sys; django.setup(); print('ready', flush=True); "
CALL = (
    "from django.core.management import execute_from_command_line as run; run(['manage.py', *sys.argv[1:]])"
)


@dataclass
class Bank:
    """A database and its folder; ``copy`` gives another bank with the same books."""

    folder: Path
    name: str = field(default_factory=lambda: f"bank_{uuid.uuid4().hex[:12]}")

    @property
    def environment(self) -> dict[str, str]:
        return os.environ | {
            "VAR_DIR": str(self.folder),
            "DATABASE_URL": self.url,
            "REDIS_URL": "",
            "DJANGO_SETTINGS_MODULE": "postloan.settings",
        }

    @property
    def url(self) -> str:
        if connection.vendor == "sqlite":
            return f"sqlite:///{self.folder / 'bank.sqlite3'}"
        server = connection.settings_dict
        login = f"{server['USER']}:{server['PASSWORD']}" if server["PASSWORD"] else server["USER"]
        return f"postgres://{login}@{server['HOST']}:{server['PORT'] or 5432}/{self.name}"

    def create(self, template: "Bank | None" = None) -> "Bank":
        self.folder.mkdir(parents=True, exist_ok=True)
        if connection.vendor == "sqlite":
            if template:
                for file in template.folder.glob("bank.sqlite3*"):
                    shutil.copy(file, self.folder)
        else:
            source = f' TEMPLATE "{template.name}"' if template else ""
            _administer(f'CREATE DATABASE "{self.name}"{source}')
        return self

    def copy(self, folder: Path) -> "Bank":
        return Bank(folder).create(template=self)

    def drop(self) -> None:
        if connection.vendor != "sqlite":
            _administer(f'DROP DATABASE IF EXISTS "{self.name}" WITH (FORCE)')

    def start(self, *command: str, **environment: str) -> "subprocess.Popen[str]":
        """A management command in its own process group; returns once Django is up."""
        process = subprocess.Popen(
            [sys.executable, "-c", READY + CALL, *command],
            cwd=ROOT,
            env=self.environment | environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )
        assert process.stdout is not None
        assert process.stdout.readline().strip() == "ready", process.stderr and process.stderr.read()
        return process

    def manage(self, *command: str, **environment: str) -> str:
        process = self.start(*command, **environment)
        out, err = process.communicate(timeout=300)
        assert process.returncode == 0, err[-3000:]
        return out

    def play(self, *commands: tuple[str, ...]) -> str:
        """Management commands one after the other in one process."""
        code = READY + "from django.core.management import call_command; import json\n"
        code += "for command in json.loads(sys.argv[1]): call_command(*command)"
        out = subprocess.run(
            [sys.executable, "-c", code, json.dumps(commands)],
            cwd=ROOT,
            env=self.environment,
            capture_output=True,
            text=True,
            check=False,
            timeout=600,
        )
        assert out.returncode == 0, (out.stdout + out.stderr)[-3000:]
        return out.stdout

    def manage_and_kill(self, after: float, *command: str) -> bool:
        """Kill the command with SIGKILL after so many seconds of work; False when it had ended before."""
        process = self.start(*command)
        try:
            process.communicate(timeout=after)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.communicate()
            return True
        return False

    def duties(self) -> list[dict[str, Any]]:
        """Every duty in the fields of the contract, without the row ids of the rules behind it."""
        path = self.folder / "duties.jsonl"
        self.manage("export_duties", "--out", str(path))
        return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]

    def start_worker(self, **environment: str) -> "subprocess.Popen[bytes]":
        """A real Celery worker on this bank; returns when it is ready to take tasks."""
        log = (self.folder / f"worker-{uuid.uuid4().hex[:6]}.log").open("w+")
        process = subprocess.Popen(
            [sys.executable, "-m", "celery", "-A", "postloan", "worker", "-P", "solo", "-l", "INFO"],
            cwd=ROOT,
            env=self.environment | environment,
            stdout=log,
            stderr=log,
        )
        for _ in range(200):
            if " ready." in Path(log.name).read_text():
                return process
            time.sleep(0.1)
        raise AssertionError(Path(log.name).read_text()[-3000:])

    def workers(self) -> set[str]:
        """Who did blocks of the daily run."""
        out = self.manage(
            "shell",
            "-v0",
            "-c",
            "from core.models import StepRun; print(*set(StepRun.objects.values_list('worker', flat=True)))",
        )
        return set(out.split())


def _administer(sql: str) -> None:
    import psycopg2

    server = settings.DATABASES["default"]
    link = psycopg2.connect(
        host=server["HOST"],
        port=server["PORT"] or 5432,
        user=server["USER"],
        password=server["PASSWORD"],
        dbname="postgres",
    )
    link.autocommit = True
    with link.cursor() as cursor:
        cursor.execute(sql)
    link.close()
