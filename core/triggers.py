"""Database triggers: tables that only grow, and the calendar's version.

Called by migrations. A migration that alters such a table on SQLite rebuilds it and so drops its
triggers: it must install them again (a test looks for them).
"""

from typing import Any

APPEND_ONLY_POSTGRESQL = """
CREATE OR REPLACE FUNCTION postloan_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'rows of % are never changed or removed', TG_TABLE_NAME;
END $$;
CREATE OR REPLACE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {table}
    FOR EACH STATEMENT EXECUTE FUNCTION postloan_append_only();
"""

APPEND_ONLY_SQLITE = """
CREATE TRIGGER IF NOT EXISTS {table}_append_only_{event} BEFORE {event} ON {table}
BEGIN SELECT RAISE(ABORT, 'rows of {table} are never changed or removed'); END;
"""

CALENDAR_POSTGRESQL = """
CREATE OR REPLACE FUNCTION postloan_calendar_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE core_calendarversion SET token = gen_random_uuid();
    RETURN NULL;
END $$;
CREATE OR REPLACE TRIGGER core_businessday_version
    AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON core_businessday
    FOR EACH STATEMENT EXECUTE FUNCTION postloan_calendar_changed();
"""

CALENDAR_SQLITE = """
CREATE TRIGGER IF NOT EXISTS core_businessday_version_{event} AFTER {event} ON core_businessday
BEGIN UPDATE core_calendarversion SET token = lower(hex(randomblob(16))); END;
"""

EVENTS = ("INSERT", "UPDATE", "DELETE")


def install_append_only(schema_editor: Any, table: str) -> None:
    """Refuse UPDATE and DELETE on a table."""
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute(APPEND_ONLY_POSTGRESQL.format(table=table), params=None)
    else:
        for event in EVENTS[1:]:
            schema_editor.execute(APPEND_ONLY_SQLITE.format(table=table, event=event), params=None)


def remove_append_only(schema_editor: Any, table: str) -> None:
    """Allow them again; for migrations backwards, and for tests that tamper."""
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute(f"DROP TRIGGER IF EXISTS {table}_append_only ON {table}", params=None)
    else:
        for event in EVENTS[1:]:
            schema_editor.execute(f"DROP TRIGGER IF EXISTS {table}_append_only_{event}", params=None)


def is_append_only(connection: Any, table: str) -> bool:
    """Whether the table's triggers are there (an administrator of the database can remove them)."""
    if connection.vendor == "postgresql":
        found = "SELECT COUNT(*) FROM pg_trigger WHERE tgname = %s AND tgenabled <> 'D'"
        names, expected = [f"{table}_append_only"], 1
    else:
        found = "SELECT COUNT(*) FROM sqlite_master WHERE type = 'trigger' AND name IN (%s, %s)"
        names, expected = [f"{table}_append_only_{event}" for event in EVENTS[1:]], 2
    with connection.cursor() as cursor:
        cursor.execute(found, names)
        return bool(cursor.fetchone()[0] == expected)


def install_calendar_version(schema_editor: Any) -> None:
    """Give the calendar a new version with every change of a row."""
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute(CALENDAR_POSTGRESQL, params=None)
    else:
        for event in EVENTS:
            schema_editor.execute(CALENDAR_SQLITE.format(event=event), params=None)


def remove_calendar_version(schema_editor: Any) -> None:
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute(
            "DROP TRIGGER IF EXISTS core_businessday_version ON core_businessday", params=None
        )
    else:
        for event in EVENTS:
            schema_editor.execute(f"DROP TRIGGER IF EXISTS core_businessday_version_{event}", params=None)
