"""What a closed month was is never changed."""

from django.db import migrations

from core.triggers import install_append_only, remove_append_only

TABLES = (
    "reports_portfoliomonth",
    "reports_loansnapshot",
    "reports_portfoliofigure",
    "reports_timelinessfigure",
)


def install(apps, schema_editor):
    for table in TABLES:
        install_append_only(schema_editor, table)


def remove(apps, schema_editor):
    for table in TABLES:
        remove_append_only(schema_editor, table)


class Migration(migrations.Migration):
    dependencies = [("reports", "0002_month_end")]
    operations = [migrations.RunPython(install, remove)]
