"""What tests do to the database that the product never does: tamper, flush, and seed again."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.apps import apps
from django.db import connection, models, transaction

from core.triggers import install_append_only, remove_append_only

APPEND_ONLY = (
    "core_auditevent",
    "approvals_decision",
    "documents_issueddocument",
    "collections_app_noticedelivery",
    "collections_app_noticereceipt",
    "reports_portfoliomonth",
    "reports_loansnapshot",
    "reports_portfoliofigure",
    "reports_timelinessfigure",
)
# Flushing lets Django write these again by itself.
DJANGO_OWN = {"contenttypes", "auth"}


class Statements:
    """The part of a schema editor that the triggers need."""

    connection = connection

    def execute(self, sql: str, params: Any = None) -> None:
        with connection.cursor() as cursor:
            cursor.execute(sql, params)


@contextmanager
def without_triggers() -> Iterator[None]:
    """Let a test change what is append-only."""
    for table in APPEND_ONLY:
        remove_append_only(Statements(), table)
    try:
        yield
    finally:
        for table in APPEND_ONLY:
            install_append_only(Statements(), table)


def server_url() -> str:
    """The DATABASE_URL with which another process joins this test's database on the server."""
    parts = connection.settings_dict
    return f"postgres://{parts['USER']}@{parts['HOST']}:{parts['PORT']}/{parts['NAME']}"


class Seeds:
    """The rows that the migrations wrote; a flushing test takes them away, and gets them back."""

    def __init__(self) -> None:
        self.rows: dict[type[models.Model], list[models.Model]] = {}

    def remember(self) -> None:
        existing = set(connection.introspection.table_names())
        models_ = [model for model in apps.get_models() if model._meta.app_label not in DJANGO_OWN]
        tables = [model for model in models_ if model._meta.db_table in existing]
        rows = {model: list(model._base_manager.all()) for model in tables}
        self.rows = {model: found for model, found in rows.items() if found}

    def restore(self) -> None:
        with transaction.atomic():
            for model, rows in self.rows.items():
                model._base_manager.bulk_create(rows, batch_size=1000)


seeds = Seeds()


def end_other_sessions() -> None:
    """A browser may hold a thread of the live server, and with it a session of the database to be dropped."""
    if connection.vendor != "postgresql":
        return
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
