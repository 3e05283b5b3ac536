"""`manage.py demo` without serving, on its first days."""

import datetime as dt

import pytest
from django.core.management import CommandError, call_command
from django.urls import reverse

from core import audit
from core.models import BusinessDate, DailyRun
from duties.models import Duty
from loans.models import Delivery, Loan
from org.models import Branch
from postloan.demo import supervisor
from postloan.demo.timeline import FIRST_DELIVERY

pytestmark = pytest.mark.django_db


@pytest.fixture
def demo(settings, tmp_path, capsys):
    """Runs the command on a folder of its own; what it printed."""
    settings.VAR_DIR = tmp_path

    def run(*options):
        call_command("demo", "--no-serve", *options)
        return capsys.readouterr().out

    return run


def test_days_are_loaded_run_and_acted_and_never_twice(demo, tmp_path, client):
    printed = demo("--days", "1")
    password = (tmp_path / "demo" / "password.txt").read_text()
    assert password in printed
    assert "rm01" in printed
    before = duties()
    demo("--days", "1")
    assert duties() == before

    demo("--days", "2")
    assert BusinessDate.objects.get().current == FIRST_DELIVERY + dt.timedelta(days=2)
    assert Delivery.objects.filter(state="applied").count() == 2
    assert DailyRun.objects.filter(state="done").count() == 2
    assert Loan.objects.count() > 190
    assert set(Duty.objects.values_list("state", flat=True)) >= {"open", "done"}
    assert audit.verify() is None
    logged_in = client.post(reverse("org:login"), {"username": "rm01", "password": password})
    assert logged_in.status_code == 302


def duties():
    return list(Duty.objects.order_by("pk").values_list("pk", "state", "version"))


def test_another_books_database_is_left_alone(demo):
    Branch.objects.create(branch_no="X1", name="Another bank", level="head_office", path="/X1/")
    BusinessDate.objects.create(current=FIRST_DELIVERY, started_on=FIRST_DELIVERY)
    with pytest.raises(CommandError):
        demo("--days", "1")
    assert not Delivery.objects.exists()


def test_a_busy_port_is_told_before_anything_is_loaded(settings, tmp_path, monkeypatch):
    settings.VAR_DIR = tmp_path
    monkeypatch.setattr(supervisor, "port_is_free", lambda port: False)
    with pytest.raises(CommandError, match="--port 8001"):
        call_command("demo")
    assert not Delivery.objects.exists()


def test_no_days_are_refused(demo):
    with pytest.raises(CommandError):
        demo("--days", "0")
