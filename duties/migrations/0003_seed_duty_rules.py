"""Load the handbook's deadlines as published rules."""

import csv
import datetime as dt
from pathlib import Path

from django.db import migrations

SEED = Path(__file__).resolve().parent.parent / "data" / "duty_rules.csv"


def load(apps, schema_editor):
    DutyRule = apps.get_model("duties", "DutyRule")
    with SEED.open(encoding="utf-8", newline="") as file:
        rows = [
            DutyRule(
                **row, effective_from=dt.date(2000, 1, 1), state="published", published_by="handbook"
            )
            for row in csv.DictReader(file)
        ]
    DutyRule.objects.bulk_create(rows)


def unload(apps, schema_editor):
    apps.get_model("duties", "DutyRule").objects.filter(published_by="handbook").delete()


class Migration(migrations.Migration):
    dependencies = [("duties", "0002_initial")]
    operations = [migrations.RunPython(load, unload)]
