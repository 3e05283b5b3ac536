"""Acts of the workbench that put acts of several apps into one transaction."""

import datetime as dt

from django.core.files.uploadedfile import UploadedFile
from django.db import transaction

from documents.services import store_upload
from duties.acts import require_by_hand
from duties.enums import SubjectType
from duties.models import Duty
from duties.services import complete
from org.models import User


@transaction.atomic
def complete_with_file(
    duty: Duty,
    *,
    actor: User,
    business_date: dt.date,
    note: str,
    version: int,
    file: UploadedFile | None = None,
) -> Duty:
    """Mark a duty done and keep the evidence that was uploaded with it, or neither.

    ApplicationError("has_form") for a duty with a form of its own; raises besides what
    ``duties.services.complete`` and ``documents.services.store_upload`` raise.
    """
    require_by_hand(duty)
    evidence = ""
    if file is not None:
        stored = store_upload(file, actor=actor, subject_type=SubjectType.DUTY, subject_no=str(duty.pk))
        evidence = f"file:{stored.pk}"
    return complete(
        duty, actor=actor, business_date=business_date, note=note, evidence=evidence, version=version
    )
