"""The manifest of a delivery: what the core system says it sent, checked before anything is applied."""

import datetime as dt
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from typing import Any

from django.utils.translation import gettext as _

from core.staging import Staging, cents
from loans.importers.contract import LOANS
from loans.importers.errors import DeliveryRefused
from loans.importers.loading import Staged
from loans.importers.source import MANIFEST, Source

DATE_IN_NAME = re.compile(r"(?<![0-9])([0-9]{4})-?([0-9]{2})-?([0-9]{2})(?![0-9])")
# Control totals that are known: the sum of a column of the loan file.
TOTALS = ("balance", "principal")


@dataclass(frozen=True)
class Listed:
    """What the manifest says about one file."""

    rows: int | None = None
    sha256: str = ""


@dataclass(frozen=True)
class Manifest:
    """What the manifest says; an absent one says nothing."""

    business_date: dt.date | None = None
    complete: bool = True
    files: Mapping[str, Listed] = field(default_factory=dict)
    totals: Mapping[str, Decimal] = field(default_factory=dict)

    @property
    def unknown_totals(self) -> tuple[str, ...]:
        return tuple(sorted(set(self.totals) - set(TOTALS)))


def read_manifest(content: bytes | None) -> Manifest:
    """The manifest; ``DeliveryRefused`` when it is not what the contract says."""
    if content is None:
        return Manifest()
    try:
        return _manifest(json.loads(content.decode("utf-8-sig")))
    except (ValueError, TypeError, AttributeError, InvalidOperation, RecursionError) as error:
        raise DeliveryRefused(
            "bad_manifest", _("%(file)s cannot be understood: %(error)s") % {"file": MANIFEST, "error": error}
        ) from error


def _manifest(said: Mapping[str, Any]) -> Manifest:
    date = said.get("business_date")
    complete = said.get("complete", True)
    if not isinstance(complete, bool):
        raise TypeError("complete: true or false expected")
    return Manifest(
        business_date=dt.date.fromisoformat(date) if date is not None else None,
        complete=complete,
        files={str(name): _listed(entry) for name, entry in said.get("files", {}).items()},
        totals={str(name): _amount(value) for name, value in said.get("control_totals", {}).items()},
    )


def _listed(entry: Mapping[str, Any]) -> Listed:
    rows = entry.get("rows")
    return Listed(None if rows is None else int(rows), str(entry.get("sha256") or "").lower())


def _amount(value: Any) -> Decimal:
    amount = Decimal(str(value))
    if not amount.is_finite():
        raise ValueError(f"not an amount: {value}")
    return amount


# --- the delivery's date --------------------------------------------------------------------------
def delivery_date(asked: dt.date | None, manifest: Manifest, name: str) -> dt.date:
    """The date that the delivery is the close of: as asked, as the manifest says, or as the name has it."""
    said = manifest.business_date
    if asked and said and asked != said:
        raise DeliveryRefused(
            "date_differs",
            _("The manifest is dated %(manifest)s, not %(date)s.") % {"manifest": said, "date": asked},
        )
    if date := asked or said or _date_in(name):
        return date
    raise DeliveryRefused(
        "no_date",
        _("The delivery's date is unknown: give it (--date YYYY-MM-DD) or put it into manifest or name."),
    )


def _date_in(name: str) -> dt.date | None:
    for match in DATE_IN_NAME.finditer(name):
        try:
            return dt.date(*map(int, match.groups()))
        except ValueError:
            continue
    return None


# --- checks ---------------------------------------------------------------------------------------
def file_problems(manifest: Manifest, source: Source) -> Iterator[str]:
    """Files that are missing or are not the ones that were sent."""
    for name, listed in manifest.files.items():
        file = source.files.get(name)
        if file is None:
            yield _("%(file)s is listed in the manifest but missing.") % {"file": name}
        elif listed.sha256 and not file.sheet and listed.sha256 != file.sha256:
            yield _("%(file)s is not the file that the manifest lists (SHA-256 differs).") % {"file": name}


def row_problems(manifest: Manifest, files: Mapping[str, Staged]) -> Iterator[str]:
    """Files with more or fewer rows than were sent."""
    for name, listed in manifest.files.items():
        if listed.rows is not None and name in files and files[name].read != listed.rows:
            yield _("%(file)s has %(read)s rows, the manifest says %(listed)s.") % {
                "file": name,
                "read": files[name].read,
                "listed": listed.rows,
            }


def total_problems(manifest: Manifest, area: Staging, files: Mapping[str, Staged]) -> Iterator[str]:
    """Control totals that the loan file does not add up to; rejected rows count, they were sent."""
    loans = files.get(LOANS.name)
    for name in TOTALS:
        if name in manifest.totals and loans is not None and loans.has(name):
            summed = Decimal(int(area.value(f"SELECT COALESCE(SUM({cents(name)}), 0) FROM {LOANS.stage}")))
            if summed / 100 != manifest.totals[name]:
                yield _("The sum of %(column)s is %(sum)s, the manifest says %(listed)s.") % {
                    "column": name,
                    "sum": summed / 100,
                    "listed": manifest.totals[name],
                }
