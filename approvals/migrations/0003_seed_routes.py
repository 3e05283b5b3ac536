"""The house's own routes, and signatures that are never changed."""

import datetime as dt

from django.db import migrations

from core.triggers import install_append_only, remove_append_only

TABLE = "approvals_decision"
FROM = dt.date(2000, 1, 1)

# kind, title, and for each level: role, alternate role, working days, clause
ROUTES = [
    (
        "DUTY_WAIVER",
        "Waiver of a duty",
        [("department_head", "branch_manager", 1, "CAL-8")],
    ),
    (
        "CALENDAR_CHANGE",
        "Change of the calendar",
        [("system_admin", "risk_manager", 1, "CAL-1")],
    ),
    (
        "PARAMETER_PUBLICATION",
        "Publication of a policy",
        [("risk_manager", "system_admin", 1, "Section 6")],
    ),
]


def load(apps, schema_editor):
    Route = apps.get_model("approvals", "Route")
    RouteStep = apps.get_model("approvals", "RouteStep")
    for kind, title, steps in ROUTES:
        route = Route.objects.create(
            kind=kind, title=title, effective_from=FROM, state="published", published_by="handbook"
        )
        RouteStep.objects.bulk_create(
            [
                RouteStep(
                    route=route,
                    level=level,
                    role=role,
                    alternate_role=alternate,
                    sla_workdays=days,
                    clause=clause,
                )
                for level, (role, alternate, days, clause) in enumerate(steps, start=1)
            ]
        )
    install_append_only(schema_editor, TABLE)


def unload(apps, schema_editor):
    remove_append_only(schema_editor, TABLE)
    apps.get_model("approvals", "Route").objects.filter(published_by="handbook").delete()


class Migration(migrations.Migration):
    dependencies = [("approvals", "0002_initial")]
    operations = [migrations.RunPython(load, unload)]
