"""Batches: letters of many duties issued and printed in the background."""

import datetime as dt
from collections.abc import Collection, Sequence
from dataclasses import asdict
from typing import Any

from django.db import IntegrityError, transaction
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

from collections_app.models import Notice, NoticeBatch
from collections_app.services.issuing import Issued, Refusal, issue_notices
from core import audit, clock
from core.errors import ApplicationError, PermissionRefused
from core.jobs import enqueue
from documents import pdf
from documents.enums import MediaType
from documents.models import StoredFile
from documents.services import store_made
from org.models import User

JOB = "collections.notices"
SUBJECT = "notice_batch"
MAX_BATCH = 200
CHUNK = 50


def open_batch(duty_ids: Collection[int], *, actor: User, business_date: dt.date, token: str) -> NoticeBatch:
    """A batch whose letters a worker issues; the same batch when the same form was sent twice.

    ApplicationError("nothing_chosen") or ("too_many") for a wrong selection.
    """
    wanted = sorted(set(duty_ids))
    _require_selection(wanted)
    if actor.branch is None:
        raise PermissionRefused("no_branch", _("You belong to no branch."))
    try:
        with transaction.atomic():
            return _open(wanted, actor, business_date, token)
    except IntegrityError:
        return NoticeBatch.objects.get(created_by=actor, token=token)


def _require_selection(wanted: Sequence[int]) -> None:
    if not wanted:
        raise ApplicationError("nothing_chosen", _("Choose at least one letter."))
    if len(wanted) > MAX_BATCH:
        message = ngettext(
            "At most %(n)d letter can be issued at once.",
            "At most %(n)d letters can be issued at once.",
            MAX_BATCH,
        )
        raise ApplicationError("too_many", message % {"n": MAX_BATCH})


def _open(wanted: list[int], actor: User, business_date: dt.date, token: str) -> NoticeBatch:
    assert actor.branch is not None
    batch = NoticeBatch.objects.create(
        token=token,
        created_by=actor,
        branch=actor.branch,
        business_date=business_date,
        created_at=clock.now(),
        duty_ids=wanted,
    )
    payload = {"batch_id": batch.pk, "language": get_language()}
    batch.job_id = enqueue(JOB, f"batch-{batch.pk}", payload, owner_no=actor.employee_no).pk
    batch.save(update_fields=["job_id"])
    audit.record(
        "notice.batch_asked",
        actor=actor,
        subject_type=SUBJECT,
        subject_no=str(batch.pk),
        after={"duties": wanted},
        business_date=business_date,
    )
    return batch


def work_off(batch: NoticeBatch, tell: Any) -> dict[str, int]:
    """Issue what is not issued yet, then print all of it. Safe to repeat after a crash.

    ``tell(done, total)`` counts letters twice: issued, printed. Returns the counts.
    """
    total = 2 * len(batch.duty_ids)
    issued = _issue(batch, lambda done: tell(done, total))
    _keep_refusals(batch, issued.refusals)
    notices = letters_of(batch)
    before = len(batch.duty_ids)
    if notices and batch.pdf_id is None:
        batch.pdf = _print(batch, notices, lambda done, _of: tell(before + done, total))
        batch.save(update_fields=["pdf"])
    tell(total, total)
    return {"issued": len(notices), "refused": len(batch.refusals)}


def _issue(batch: NoticeBatch, tell: Any) -> Issued:
    result = Issued()
    done = set(batch.notices.values_list("duty", flat=True))
    waiting = [pk for pk in batch.duty_ids if pk not in done]
    for start in range(0, len(waiting), CHUNK):
        part = issue_notices(
            waiting[start : start + CHUNK],
            actor=batch.created_by,
            business_date=batch.business_date,
            batch=batch,
        )
        result.notices.extend(part.notices)
        result.refusals.update(part.refusals)
        tell(len(done) + start + CHUNK)
    return result


def _keep_refusals(batch: NoticeBatch, refusals: dict[int, Refusal]) -> None:
    batch.refusals = [{"duty": pk, **asdict(reason)} for pk, reason in sorted(refusals.items())]
    batch.save(update_fields=["refusals"])


def letters_of(batch: NoticeBatch) -> list[Notice]:
    """The letters of a batch in the order of their numbers."""
    rows = batch.notices.select_related("document", "borrower", "branch", "owner", "duty")
    return list(rows.order_by("document__number"))


def _print(batch: NoticeBatch, notices: Sequence[Notice], tell: pdf.Tell) -> StoredFile:
    content = pdf.render([notice.document for notice in notices if notice.document], tell)
    name = f"notices-{batch.business_date}-{batch.pk}.pdf"
    return store_made(
        content, name, MediaType.PDF, actor=batch.created_by, subject_type=SUBJECT, subject_no=str(batch.pk)
    )


@transaction.atomic
def note_dispatch_exported(batch: NoticeBatch, *, actor: User, business_date: dt.date) -> None:
    """Every export leaves a trace: addresses left the product."""
    audit.record(
        "notice.dispatch_exported",
        actor=actor,
        subject_type=SUBJECT,
        subject_no=str(batch.pk),
        business_date=business_date,
    )
