"""The reminder digest as an e-mail: sent once, tried again a few times, then left to the page."""

import datetime as dt
import logging
import smtplib

from django.core.mail import send_mail
from django.db.models import F
from django.template.loader import render_to_string
from django.utils import translation
from django.utils.translation import gettext as _

from duties.models import Digest

log = logging.getLogger("postloan.mail")

MAX_ATTEMPTS = 3
KEEP_DAYS = 3


def send_digests(today: dt.date) -> dict[str, int]:
    """Send what is pending for the last days; counts by final state (sent, retry, failed, no_mail).

    Each digest is claimed by a conditional update before the message goes out, so that two workers never
    send the same one; an undeliverable one ends as ``failed`` and shows on the person's page.
    """
    counts: dict[str, int] = {}
    pending = Digest.objects.filter(
        email_state="pending", business_date__gt=today - dt.timedelta(days=KEEP_DAYS)
    ).select_related("recipient")
    for digest in pending.order_by("pk").iterator(chunk_size=500):
        state = _send_one(digest)
        counts[state] = counts.get(state, 0) + 1
    return counts


def _send_one(digest: Digest) -> str:
    mine = Digest.objects.filter(pk=digest.pk, email_state="pending", attempts=digest.attempts)
    if not digest.recipient.email:
        mine.update(email_state="no_mail")
        return "no_mail"
    if not mine.update(email_state="sending", attempts=F("attempts") + 1):
        return "taken"
    state = "sent" if _deliver(digest) else ("failed" if digest.attempts + 1 >= MAX_ATTEMPTS else "pending")
    Digest.objects.filter(pk=digest.pk).update(email_state=state)
    return {"pending": "retry"}.get(state, state)


def _deliver(digest: Digest) -> bool:
    with translation.override(digest.recipient.language or "zh-hans"):
        body = render_to_string("duties/digest.txt", {"digest": digest})
        subject = _("PostLoan: your duties on %(date)s") % {"date": digest.business_date.isoformat()}
    try:
        send_mail(subject, body, None, [digest.recipient.email])
    except (OSError, smtplib.SMTPException):
        log.warning("digest %s was not delivered", digest.pk, exc_info=True)
        return False
    return True
