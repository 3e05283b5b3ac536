"""The health of the installation."""

import datetime as dt

import pytest
from django.db import DatabaseError, connection

from core import views
from core.enums import RunState
from core.models import BusinessDate, DailyRun

DAY = dt.date(2026, 6, 1)


@pytest.fixture
def healthz(db, client):
    BusinessDate.objects.create(current=DAY, started_on=DAY)
    return lambda: client.get("/healthz")


def test_everything_is_well(healthz):
    DailyRun.objects.create(business_date=DAY, state=RunState.DONE)
    response = healthz()
    assert response.status_code == 200
    health = response.json()
    assert health["status"] == "ok"
    assert health["daily_run"]["last_closed"] == "2026-06-01"
    assert health["calendar"] == {"ok": True, "business_date": "2026-06-01", "confirmed_until": 2026}


def test_a_year_without_calendar_degrades(healthz):
    BusinessDate.objects.update(current=dt.date(2027, 1, 4))
    health = healthz().json()
    assert (health["status"], health["calendar"]["ok"]) == ("degraded", False)


def test_a_failed_run_degrades(healthz):
    DailyRun.objects.create(business_date=DAY, state=RunState.FAILED)
    health = healthz().json()
    assert (health["status"], health["daily_run"]["ok"]) == ("degraded", False)


def test_a_broker_that_is_away_degrades_quickly(healthz, monkeypatch):
    def away(**kwargs):
        raise ConnectionRefusedError

    monkeypatch.setattr(views.current_app, "connection_for_write", away)
    health = healthz().json()
    assert (health["status"], health["broker"]["ok"]) == ("degraded", False)


def test_a_database_that_is_away_is_down(healthz):
    def away():
        raise DatabaseError

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(connection, "cursor", away)
        response = healthz()
    assert response.status_code == 503
    assert response.json() == {"status": "down", "database": {"ok": False}}
