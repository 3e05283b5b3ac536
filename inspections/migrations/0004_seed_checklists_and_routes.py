"""The first version of the checklists, and who signs inspection reports (INS-9)."""

import datetime as dt
import json
from pathlib import Path

from django.db import migrations

SEED = Path(__file__).resolve().parent.parent / "data" / "checklist_1.json"
FROM = dt.date(2000, 1, 1)

# kind, title, and for each level: role, alternate role, working days, clause
ROUTES = [
    (
        "INSPECTION_REPORT",
        "Inspection report",
        [
            ("supervisor", "", 2, "INS-9"),
            ("department_head", "branch_manager", 2, "INS-9"),
        ],
    ),
    (
        "INSPECTION_REPORT_KEY",
        "Inspection report: key regime, special mention and worse",
        [
            ("supervisor", "", 2, "INS-9"),
            ("department_head", "branch_manager", 2, "INS-9"),
            ("risk_manager", "", 2, "INS-9"),
        ],
    ),
]


def load(apps, schema_editor):
    load_checklists(apps)
    load_routes(apps)


def load_checklists(apps):
    Checklist = apps.get_model("inspections", "Checklist")
    ChecklistItem = apps.get_model("inspections", "ChecklistItem")
    seed = json.loads(SEED.read_text(encoding="utf-8"))
    for audience in ("corporate", "personal"):
        checklist = Checklist.objects.create(
            audience=audience, version=seed["version"], effective_from=seed["effective_from"]
        )
        rows = [(section, item) for section in seed[audience] for item in section["items"]]
        ChecklistItem.objects.bulk_create(
            [row(ChecklistItem, checklist, place, *pair) for place, pair in enumerate(rows, start=1)]
        )


def row(ChecklistItem, checklist, place, section, item):
    unit_zh, unit_en = item.get("unit", ("", ""))
    return ChecklistItem(
        checklist=checklist,
        place=place,
        section=section["section"],
        section_zh=section["zh"],
        section_en=section["en"],
        code=item["code"],
        question_zh=item["zh"],
        question_en=item["en"],
        answer=item["answer"],
        unit_zh=unit_zh,
        unit_en=unit_en,
        choices=item.get("choices", []),
        adverse=item.get("adverse", []),
        mandatory=item["mandatory"],
        needs=item.get("needs", ""),
        needs_source=item.get("needs_source", False),
    )


def load_routes(apps):
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


def unload(apps, schema_editor):
    kinds = [kind for kind, _title, _steps in ROUTES]
    apps.get_model("approvals", "Route").objects.filter(kind__in=kinds).delete()
    apps.get_model("inspections", "Checklist").objects.all().delete()


class Migration(migrations.Migration):
    dependencies = [
        ("inspections", "0003_reports_and_checklists"),
        ("approvals", "0003_seed_routes"),
    ]
    operations = [migrations.RunPython(load, unload)]
