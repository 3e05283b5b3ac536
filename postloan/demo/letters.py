"""The demo's officers send their letters and take the receipts in."""

import struct
import zlib
from datetime import date, timedelta
from random import Random

from django.core.files.uploadedfile import SimpleUploadedFile

from collections_app.enums import CONTACT_METHODS, Capacity, DeliveryMethod, DeliveryOutcome, NoticeKind
from collections_app.models import Notice
from collections_app.services.delivering import (
    Attempt,
    Signature,
    record_contact,
    record_delivery,
    record_receipt,
)
from collections_app.services.issuing import issue_notice
from core.errors import ApplicationError
from duties.models import Duty
from org.models import User
from postloan.demo.words import dice, words

KINDS = frozenset(NoticeKind.values)
BY_MAIL, RETURNED = 0.55, 0.75
SIGNED_WITHIN = 4


def send(duty: Duty, actor: User, today: date) -> bool:
    """Discharge a duty to write; False where the facts forbid a letter, as after a payment."""
    text, fate = words()["letters"], dice("letter", duty.code, duty.subject_no, duty.period_key)
    try:
        if duty.code in CONTACT_METHODS:
            call = Attempt(DeliveryMethod.PHONE, today, person=text["spoken_to"], note=text["answer"])
            record_contact(duty, call, actor=actor, business_date=today)
            return True
        notice = issue_notice(duty, actor=actor, business_date=today)
    except ApplicationError:
        return False
    record_delivery(notice, _attempt(today, fate), actor=actor, business_date=today, version=notice.version)
    return True


def _attempt(today: date, fate: Random) -> Attempt:
    if fate.random() < BY_MAIL:
        number = f"EMS{fate.randint(10**9, 10**10 - 1)}CN"
        return Attempt(DeliveryMethod.EMS, today, DeliveryOutcome.SENT, tracking_no=number)
    return Attempt(
        DeliveryMethod.IN_PERSON, today, DeliveryOutcome.DELIVERED, person=words()["letters"]["met"]
    )


def take_receipts(today: date) -> None:
    """Of the letters on their way most receipts come back within days, signed and sealed."""
    since = today - timedelta(days=SIGNED_WITHIN)
    waiting = Notice.objects.filter(
        receipt_due_on__isnull=False, receipt_complete=False, receipts__isnull=True, sent_on=since
    )
    for notice in waiting.select_related("duty", "owner", "document", "borrower", "branch"):
        fate = dice("receipt", notice.duty.code, notice.duty.subject_no, notice.duty.period_key)
        if notice.owner is not None and fate.random() < RETURNED:
            record_receipt(
                notice,
                _signature(notice, today),
                actor=notice.owner,
                business_date=today,
                version=notice.version,
            )


def _signature(notice: Notice, today: date) -> Signature:
    personal = notice.addressee_personal
    return Signature(
        signed_on=today,
        signed_by=notice.addressee if personal else words()["letters"]["signer"],
        capacity=Capacity.SELF if personal else Capacity.LEGAL_REPRESENTATIVE,
        sealed=not personal,
        scan=SimpleUploadedFile("receipt.png", _scan(notice.pk), "image/png"),
    )


def _scan(seed: int) -> bytes:
    """A small picture, a different one for every receipt."""
    size, fate = 24, Random(seed)  # noqa: S311 - a pattern, no secret
    rows = b"".join(b"\0" + fate.randbytes(3 * size) for _ in range(size))
    header = struct.pack(">IIBBBBB", size, size, 8, 2, 0, 0, 0)
    chunks = [(b"IHDR", header), (b"IDAT", zlib.compress(rows)), (b"IEND", b"")]
    body = b"".join(
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        for kind, data in chunks
    )
    return b"\x89PNG\r\n\x1a\n" + body
