"""What the charts of the dashboard draw, as data for ``static/js/charts.js``; every chart has its table."""

from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from loans.enums import Classification
from reports.rules.summary import LATE_BUCKETS
from reports.selectors.summary import Summary


def overview_charts(summary: Summary) -> dict[str, Any]:
    """Classes, buckets and the trend."""
    points = summary.trend
    return {
        "classes": {
            "kind": "share",
            "items": [
                {"name": str(Classification(row.code).label), "tone": row.code, "value": _number(row.balance)}
                for row in summary.classes
            ],
        },
        "buckets": {
            "kind": "bars",
            "labels": list(LATE_BUCKETS),
            "series": [
                {
                    "name": _("Balance"),
                    "values": [_number(row.balance) for row in summary.buckets if row.bucket in LATE_BUCKETS],
                }
            ],
        },
        "trend": {
            "kind": "lines",
            "labels": [point.key for point in points],
            "series": [
                {"name": _("NPL ratio"), "values": [_number(point.quality.npl_ratio) for point in points]},
                {
                    "name": _("Overdue ratio"),
                    "values": [_number(point.quality.overdue_ratio) for point in points],
                },
            ],
        },
    }


def quality_charts(summary: Summary) -> dict[str, Any]:
    """The steps from the opening to the closing balance of non-performing loans."""
    found = summary.bridge
    if found is None:
        return {}
    steps = [
        (_("Opening"), found.opening),
        (_("New"), found.moved_in + found.new),
        (_("Recovered"), -found.recovered),
        (_("Upgraded"), -found.upgraded),
        (_("Written off"), -found.written_off),
        (_("Disposed of"), -found.disposed),
        (_("Moved out"), -found.moved_out),
        (_("Closing"), found.closing),
    ]
    return {
        "bridge": {
            "kind": "steps",
            "labels": [name for name, _value in steps],
            "values": [_number(value) for _name, value in steps],
        }
    }


def _number(value: Decimal | None) -> float | None:
    """For drawing alone; the table beside the chart has the exact amount."""
    return None if value is None else float(value)
