"""Load the overdue floors of the classification measures of 2023."""

import datetime as dt

from django.db import migrations

CLAUSE = "商业银行金融资产风险分类办法 (2023)"
FLOORS = [(1, "special_mention", 7), (91, "substandard", 0), (271, "doubtful", 0), (361, "loss", 0)]


def load(apps, schema_editor):
    FloorRule = apps.get_model("loans", "FloorRule")
    FloorRule.objects.bulk_create(
        FloorRule(
            min_dpd=days,
            classification=classification,
            clause=CLAUSE,
            technical_until=technical,
            effective_from=dt.date(2000, 1, 1),
            state="published",
            published_by="regulation",
        )
        for days, classification, technical in FLOORS
    )


def unload(apps, schema_editor):
    apps.get_model("loans", "FloorRule").objects.filter(published_by="regulation").delete()


class Migration(migrations.Migration):
    dependencies = [("loans", "0002_initial")]
    operations = [migrations.RunPython(load, unload)]
