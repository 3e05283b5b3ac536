"""Which way imports flow, and what pure rules may know."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
# A rule is a function of its arguments: no table, no request, no settings, no clock.
IMPURE = ("django.db", "django.http", "django.conf", "django.core.cache", "core.clock", "core.models")
ENVIRONMENT = ("os.environ", "os.getenv")


def python_files(pattern: str) -> list[Path]:
    return [
        path
        for path in sorted(ROOT.glob(pattern))
        if path.relative_to(ROOT).parts[0] not in {"tests", "bench", "scripts", ".venv", "var"}
    ]


def imported(path: Path) -> set[str]:
    """Every module a file imports, ``from a import b`` as both ``a`` and ``a.b``."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            names.add(node.module)
            names.update(f"{node.module}.{alias.name}" for alias in node.names)
    return names


def rule_files() -> list[Path]:
    return [*python_files("*/rules.py"), *python_files("*/rules/**/*.py")]


def test_import_contracts_are_kept():
    lint_imports = Path(sys.executable).with_name("lint-imports")
    done = subprocess.run([lint_imports, "--no-cache"], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("path", rule_files(), ids=lambda path: path.relative_to(ROOT).as_posix())
def test_rules_are_pure(path):
    impure = {name for name in imported(path) if f"{name}.".startswith(tuple(f"{bad}." for bad in IMPURE))}
    assert impure == set()


def test_the_environment_is_read_in_settings_only():
    # DJANGO_SETTINGS_MODULE is set, not read, by the three entry points.
    allowed = {
        "manage.py",
        "postloan/settings.py",
        "postloan/celery.py",
        "postloan/wsgi.py",
        "postloan/asgi.py",
        # Sets what the processes it starts shall read.
        "postloan/management/commands/demo.py",
    }
    readers = {
        path.relative_to(ROOT).as_posix()
        for path in [*python_files("*.py"), *python_files("*/**/*.py")]
        if any(name in path.read_text(encoding="utf-8") for name in ENVIRONMENT)
    }
    assert readers - allowed == set()
