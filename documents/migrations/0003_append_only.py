"""Issued documents are never changed."""

from django.db import migrations

from core.triggers import install_append_only, remove_append_only

TABLE = "documents_issueddocument"


def install(apps, schema_editor):
    install_append_only(schema_editor, TABLE)


def remove(apps, schema_editor):
    remove_append_only(schema_editor, TABLE)


class Migration(migrations.Migration):
    dependencies = [("documents", "0002_initial")]
    operations = [migrations.RunPython(install, remove)]
