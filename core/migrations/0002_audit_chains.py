"""The heads of the audit chains, and triggers that keep the audit trail append-only."""

from django.db import migrations

from core.triggers import install_append_only, remove_append_only

CHAINS = 16
TABLE = "core_auditevent"


def install(apps, schema_editor):
    AuditChain = apps.get_model("core", "AuditChain")
    AuditChain.objects.bulk_create([AuditChain(shard=shard) for shard in range(CHAINS)])
    install_append_only(schema_editor, TABLE)


def remove(apps, schema_editor):
    remove_append_only(schema_editor, TABLE)
    apps.get_model("core", "AuditChain").objects.all().delete()


class Migration(migrations.Migration):
    dependencies = [("core", "0001_initial")]
    operations = [migrations.RunPython(install, remove)]
