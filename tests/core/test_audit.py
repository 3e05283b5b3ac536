"""The audit trail holds, and shows every way of tampering."""

import datetime as dt
import json
import threading
from decimal import Decimal

import pytest
from django.core.management import CommandError, call_command
from django.db import DatabaseError, connection, transaction
from django.utils.translation import gettext_lazy

from core import audit
from core.models import AuditChain, AuditEvent
from tests.database import without_triggers

DAY = dt.date(2026, 6, 1)
ON_POSTGRESQL = pytest.mark.skipif(connection.vendor != "postgresql", reason="one writer on SQLite")


def act(n: int, **fields):
    return audit.record("loan.changed", subject_type="loan", subject_no=f"L{n}", business_date=DAY, **fields)


@pytest.fixture
def trail(db):
    """Five events in one chain."""
    return [act(n, after={"balance": Decimal("100.10") + n, "on": DAY}) for n in range(5)]


def tamper(sql: str, *params: object) -> None:
    with without_triggers(), connection.cursor() as cursor:
        cursor.execute(sql, params)


def test_an_honest_trail_holds(trail):
    assert audit.verify() is None
    assert audit.summary()["events"] == 5


def test_values_come_back_as_they_were_hashed(db):
    act(
        1,
        after={
            "rate": 0.1,
            "many": (1, 2),
            "text": gettext_lazy("no message at all"),
            "nul": "a\x00b",
            "中": None,
        },
    )
    assert audit.verify() is None
    assert AuditEvent.objects.get().after == {
        "rate": "0.1",
        "many": [1, 2],
        "text": "no message at all",
        "nul": "ab",
        "中": None,
    }


def test_the_actor_is_frozen_as_text(cast):
    act(1, actor=cast.rm_a, on_behalf_of=cast.rm_b)
    cast.rm_a.name = "Renamed"
    cast.rm_a.save()
    event = AuditEvent.objects.get(subject_no="L1")
    assert (event.actor_no, event.actor_name, event.actor_branch) == ("E001", "Person E001", "S01")
    assert event.on_behalf_of == str(cast.rm_b)


@pytest.mark.django_db(transaction=True)
def test_an_event_outside_a_transaction_is_refused():
    with pytest.raises(RuntimeError):
        act(1)


@pytest.mark.parametrize(
    "statement", ["UPDATE core_auditevent SET action='x'", "DELETE FROM core_auditevent"]
)
def test_the_database_refuses_to_change_the_trail(trail, statement):
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)
    assert audit.verify() is None


@pytest.mark.parametrize(
    ("statement", "place", "reason"),
    [
        ("UPDATE core_auditevent SET actor_no='E999' WHERE sequence=3", 3, "changed"),
        ("UPDATE core_auditevent SET business_date='2026-06-02' WHERE sequence=3", 3, "changed"),
        ("UPDATE core_auditevent SET hash=previous_hash WHERE sequence=2", 2, "changed"),
        ("DELETE FROM core_auditevent WHERE sequence=1", 1, "removed"),
        ("DELETE FROM core_auditevent WHERE sequence=3", 3, "removed"),
        ("DELETE FROM core_auditevent WHERE sequence>=4", 4, "removed from the end"),
        ("DELETE FROM core_auditevent", 1, "removed from the end"),
        ("UPDATE core_auditchain SET head='', length=4 WHERE shard=0", 5, "not written by the product"),
        ("UPDATE core_auditchain SET head='0' WHERE shard=0", 5, "the chain's head was changed"),
        ("DELETE FROM core_auditchain WHERE shard=0", 0, "the chain's head was removed"),
    ],
)
def test_tampering_is_found_at_its_place(trail, statement, place, reason):
    tamper(statement)
    bad = audit.verify()
    assert bad is not None
    assert (bad.sequence, bad.reason) == (place, reason)


def test_two_events_in_exchanged_places_are_found(trail):
    tamper("UPDATE core_auditevent SET sequence=100 WHERE sequence=2")
    tamper("UPDATE core_auditevent SET sequence=2 WHERE sequence=3")
    tamper("UPDATE core_auditevent SET sequence=3 WHERE sequence=100")
    assert audit.verify() == audit.BadRow(0, 2, "changed")


def test_an_event_replaced_together_with_its_hash_breaks_the_chain(trail):
    event = trail[1]
    event.action = "forged"
    forged = audit.digest({name: getattr(event, name) for name in audit.HASHED})
    tamper("UPDATE core_auditevent SET action='forged', hash=%s WHERE sequence=2", forged)
    assert audit.verify() == audit.BadRow(0, 3, "reordered, or an event before it was replaced")


def test_an_event_in_a_chain_of_its_own_is_found(trail):
    tamper("UPDATE core_auditevent SET shard=99, sequence=1 WHERE sequence=5")
    assert audit.verify() is not None


def test_the_command_says_where_and_fails(trail, capsys):
    call_command("verify_audit")
    assert "5 audit events hold" in capsys.readouterr().out
    tamper("UPDATE core_auditevent SET action='x' WHERE sequence=2")
    with pytest.raises(CommandError, match="chain 0, event 2: changed"):
        call_command("verify_audit")


def test_missing_triggers_are_reported(trail, capsys):
    call_command("verify_audit")
    assert "triggers" not in capsys.readouterr().err
    with without_triggers():
        call_command("verify_audit", "--json")
    captured = capsys.readouterr()
    assert "triggers" in captured.err
    assert json.loads(captured.out)["protected"] is False


def test_the_summary_changes_when_a_whole_chain_is_written_anew(trail):
    before = audit.summary()["digest"]
    tamper("DELETE FROM core_auditevent WHERE sequence=5")
    AuditChain.objects.filter(shard=0).update(length=4, head=trail[3].hash)
    assert audit.verify() is None
    assert audit.summary()["digest"] != before


def test_an_undone_act_leaves_no_trace(trail):
    with transaction.atomic():
        act(9)
        transaction.set_rollback(True)
    assert audit.verify() is None
    assert audit.summary()["events"] == 5


@ON_POSTGRESQL
@pytest.mark.services
@pytest.mark.django_db(transaction=True)
def test_writers_at_the_same_time_take_different_chains():
    inside = threading.Barrier(4, timeout=10)

    def write(n: int) -> None:
        try:
            with transaction.atomic():
                act(n)
                inside.wait()  # all four hold their chain at once: nobody waits for anybody
                act(n)
        finally:
            connection.close()

    run_threads(write, 4)
    assert AuditEvent.objects.values("shard").distinct().count() == 4
    assert audit.verify() is None


@ON_POSTGRESQL
@pytest.mark.services
@pytest.mark.django_db(transaction=True)
def test_more_writers_than_chains_lose_nothing():
    def write(n: int) -> None:
        try:
            for turn in range(5):
                with transaction.atomic():
                    act(n * 100 + turn)
        finally:
            connection.close()

    run_threads(write, 24)
    assert AuditEvent.objects.count() == 120
    assert audit.verify() is None


def run_threads(target, number: int) -> None:
    threads = [threading.Thread(target=target, args=(n,)) for n in range(number)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=30)
    assert not any(thread.is_alive() for thread in threads)
