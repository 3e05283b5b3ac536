"""``python -m bench``: how fast the product is, against the database's own way, in one run.

Builds a synthetic book in an empty database (``DATABASE_URL``), then measures imports, days and pages, and
prints a table with ratios. Ratios count; seconds depend on the machine. Nothing here is asserted by tests.
"""

import argparse
import os
import shutil
import sys
from pathlib import Path

import environ
import psycopg2

ROOT = Path(__file__).resolve().parent.parent
DEFAULT_POSTGRESQL = "postgres://postgres@127.0.0.1:5432/postloan_bench"


def main() -> int:
    options = _options()
    folder = Path(os.environ.setdefault("VAR_DIR", str(ROOT / "var" / "bench")))
    folder.mkdir(parents=True, exist_ok=True)
    if options.sqlite:
        for file in folder.glob("bench.sqlite3*"):
            file.unlink()
        os.environ["DATABASE_URL"] = f"sqlite:///{folder / 'bench.sqlite3'}"
    else:
        os.environ.setdefault("DATABASE_URL", DEFAULT_POSTGRESQL)
        _recreate(os.environ["DATABASE_URL"])
    os.environ["LOG_LEVEL"] = "ERROR"
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "postloan.settings")
    import django  # noqa: PLC0415 - after the environment is set

    django.setup()
    from bench.measure import run  # noqa: PLC0415 - after the environment is set

    try:
        run(loans=options.loans, days=options.days, folder=folder)
    finally:
        shutil.rmtree(folder / "deliveries", ignore_errors=True)
    return 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--loans", type=int, default=100_000)
    parser.add_argument("--days", type=int, default=5, help="normal days to take the median of")
    parser.add_argument("--sqlite", action="store_true", help="on SQLite instead of DATABASE_URL")
    return parser.parse_args()


def _recreate(url: str) -> None:
    """An empty database of that name; it is the benchmark's own."""
    config = environ.Env.db_url_config(url)
    name = str(config["NAME"])
    if "bench" not in name:
        sys.exit(f"The benchmark empties its database; {name!r} does not have 'bench' in its name.")
    link = psycopg2.connect(
        host=config["HOST"] or None,
        port=config["PORT"] or None,
        user=config["USER"] or None,
        password=config["PASSWORD"] or None,
        dbname="postgres",
    )
    link.autocommit = True
    with link.cursor() as cursor:
        cursor.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
        cursor.execute(f'CREATE DATABASE "{name}"')
    link.close()


if __name__ == "__main__":
    sys.exit(main())
