"""Letters, how they travel, what comes back, and the moves between their states."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class NoticeKind(models.TextChoices):
    """The codes of the duties that a letter discharges."""

    MATURITY_NOTICE = "MATURITY_NOTICE", _("Maturity notice")
    INTEREST_REMINDER = "INTEREST_REMINDER", _("Interest reminder")
    DUN_PRINCIPAL = "DUN_PRINCIPAL", _("Dunning of the matured loan")
    DUN_INTEREST = "DUN_INTEREST", _("Dunning of interest")
    GUARANTOR_NOTICE = "GUARANTOR_NOTICE", _("Demand to the guarantor")
    NPL_DUN = "NPL_DUN", _("Monthly dunning (non-performing)")


class NoticeState(models.TextChoices):
    ISSUED = "issued", _("Issued, not sent")
    SENT = "sent", _("Sent")
    DELIVERED = "delivered", _("Delivered to the addressee")
    RECEIPTED = "receipted", _("Receipt returned")
    REFUSED = "refused", _("Refused by the addressee")
    UNDELIVERABLE = "undeliverable", _("Undeliverable")
    CONTACTED = "contacted", _("Told without a letter")
    VOID = "void", _("Void")


class DeliveryMethod(models.TextChoices):
    IN_PERSON = "in_person", _("Handed over in person")
    EMS = "ems", _("EMS with tracking")
    REGISTERED = "registered", _("Registered mail")
    NOTARISED = "notarised", _("Notarised delivery")
    NEWSPAPER = "newspaper", _("Newspaper announcement")
    PHONE = "phone", _("Phone call")
    SMS = "sms", _("Text message")
    VISIT = "visit", _("Spoken to on a visit")


class DeliveryOutcome(models.TextChoices):
    SENT = "sent", _("On its way")
    DELIVERED = "delivered", _("Taken by the addressee")
    REFUSED = "refused", _("Refused to take it")
    UNDELIVERABLE = "undeliverable", _("Came back, or nobody found")


class Capacity(models.TextChoices):
    """Who signed a receipt: the signatures that prove a demand (limitation rules 8)."""

    LEGAL_REPRESENTATIVE = "legal_representative", _("Legal representative or responsible person")
    AUTHORISED = "authorised", _("Authorised person")
    MAIL_ROOM = "mail_room", _("Mail room of the company")
    SELF = "self", _("The person himself or herself")
    RELATIVE = "relative", _("Adult relative living in the household")


LETTER_METHODS = (
    DeliveryMethod.IN_PERSON,
    DeliveryMethod.EMS,
    DeliveryMethod.REGISTERED,
    DeliveryMethod.NOTARISED,
    DeliveryMethod.NEWSPAPER,
)
TRACKED = frozenset({DeliveryMethod.EMS, DeliveryMethod.REGISTERED})
# Without a letter: INT-1 lets the reminder be spoken; NPL-1 counts a call, though it proves nothing.
CONTACT_METHODS: dict[str, tuple[DeliveryMethod, ...]] = {
    NoticeKind.INTEREST_REMINDER: (DeliveryMethod.PHONE, DeliveryMethod.SMS, DeliveryMethod.VISIT),
    NoticeKind.NPL_DUN: (DeliveryMethod.PHONE, DeliveryMethod.VISIT),
}
WITH_RECEIPT = frozenset(set(NoticeKind.values) - {NoticeKind.INTEREST_REMINDER})
COMPANY_CAPACITIES = (Capacity.LEGAL_REPRESENTATIVE, Capacity.AUTHORISED, Capacity.MAIL_ROOM)
PERSON_CAPACITIES = (Capacity.SELF, Capacity.RELATIVE, Capacity.AUTHORISED)

# A letter that was sent may be sent again by a better way until its receipt is complete.
SENDABLE = frozenset(
    {
        NoticeState.ISSUED,
        NoticeState.SENT,
        NoticeState.DELIVERED,
        NoticeState.REFUSED,
        NoticeState.UNDELIVERABLE,
    }
)
RECEIPTABLE = frozenset(
    {
        NoticeState.SENT,
        NoticeState.DELIVERED,
        NoticeState.REFUSED,
        NoticeState.UNDELIVERABLE,
        NoticeState.RECEIPTED,
    }
)
CHASED = frozenset(RECEIPTABLE)
REISSUABLE = frozenset({NoticeState.ISSUED, NoticeState.UNDELIVERABLE})
