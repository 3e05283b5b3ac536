"""The State Council's calendar of every year that the ``chinesecalendar`` package knows (CAL-1)."""

import datetime as dt
from importlib.metadata import version

from django.db import migrations

from core.triggers import install_calendar_version, remove_calendar_version

def known_days():
    from chinese_calendar import constants

    first = min(constants.workdays.keys() | constants.holidays.keys()).year
    last = max(constants.workdays.keys() | constants.holidays.keys()).year
    day, end = dt.date(first, 1, 1), dt.date(last, 12, 31)
    while day <= end:
        off, made_up = constants.holidays.get(day), constants.workdays.get(day)
        is_workday = bool(made_up) or (not off and day.weekday() < 5)
        yield day, is_workday, off or made_up or ""
        day += dt.timedelta(days=1)


def load(apps, schema_editor):
    BusinessDay = apps.get_model("core", "BusinessDay")
    source = f"chinesecalendar {version('chinesecalendar')}"
    apps.get_model("core", "CalendarVersion").objects.create(id=1)
    BusinessDay.objects.bulk_create(
        [
            BusinessDay(date=day, is_workday=is_workday, name=name, source=source, confirmed=True)
            for day, is_workday, name in known_days()
        ],
        batch_size=1000,
    )
    install_calendar_version(schema_editor)


def unload(apps, schema_editor):
    remove_calendar_version(schema_editor)
    apps.get_model("core", "BusinessDay").objects.all().delete()
    apps.get_model("core", "CalendarVersion").objects.all().delete()


class Migration(migrations.Migration):
    dependencies = [("core", "0002_audit_chains")]
    operations = [migrations.RunPython(load, unload)]
