"""What was sent and what came back is never changed: it is the proof of a demand."""

from django.db import migrations

from core.triggers import install_append_only, remove_append_only

TABLES = ("collections_app_noticedelivery", "collections_app_noticereceipt")


def install(apps, schema_editor):
    for table in TABLES:
        install_append_only(schema_editor, table)


def remove(apps, schema_editor):
    for table in TABLES:
        remove_append_only(schema_editor, table)


class Migration(migrations.Migration):
    dependencies = [("collections_app", "0001_notices")]
    operations = [migrations.RunPython(install, remove)]
