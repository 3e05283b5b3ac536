"""Codes of the core-banking delivery (contracts section 2) and of classification."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class BorrowerType(models.TextChoices):
    CORPORATE = "corporate", _("Corporate")
    PERSONAL = "personal", _("Personal")


class Segment(models.TextChoices):
    CORPORATE = "corporate", _("Corporate")
    SMALL_MICRO = "small_micro", _("Small and micro")
    PERSONAL_BUSINESS = "personal_business", _("Personal business")
    PERSONAL_CONSUMPTION = "personal_consumption", _("Personal consumption")


class RepaymentMethod(models.TextChoices):
    EQUAL_INSTALLMENT = "equal_installment", _("Equal instalments")
    EQUAL_PRINCIPAL = "equal_principal", _("Equal principal")
    INTEREST_ONLY = "interest_only", _("Interest first, principal at maturity")
    BULLET = "bullet", _("All at maturity")
    CUSTOM = "custom", _("Own schedule")


class InterestCycle(models.TextChoices):
    MONTHLY = "monthly", _("Monthly")
    QUARTERLY = "quarterly", _("Quarterly")
    HALF_YEARLY = "half_yearly", _("Half-yearly")
    YEARLY = "yearly", _("Yearly")
    AT_MATURITY = "at_maturity", _("At maturity")


class DayCount(models.TextChoices):
    THIRTY_360 = "30/360", "30/360"
    ACT_360 = "act/360", "act/360"
    ACT_365 = "act/365", "act/365"


class Regime(models.TextChoices):
    REGULAR = "regular", _("Regular")
    KEY = "key", _("Key")


class Classification(models.TextChoices):
    NORMAL = "normal", _("Normal")
    SPECIAL_MENTION = "special_mention", _("Special mention")
    SUBSTANDARD = "substandard", _("Substandard")
    DOUBTFUL = "doubtful", _("Doubtful")
    LOSS = "loss", _("Loss")


# From best to worst; the index is the severity.
CLASSIFICATION_ORDER = list(Classification.values)
NON_PERFORMING = [Classification.SUBSTANDARD, Classification.DOUBTFUL, Classification.LOSS]


class GuarantorType(models.TextChoices):
    CORPORATE = "corporate", _("Corporate")
    PERSONAL = "personal", _("Personal")


class Liability(models.TextChoices):
    JOINT = "joint", _("Joint liability")
    GENERAL = "general", _("General guarantee")
    UNCLEAR = "unclear", _("Unclear")


class CollateralKind(models.TextChoices):
    RESIDENTIAL = "residential", _("Residential property")
    COMMERCIAL = "commercial", _("Commercial property")
    LAND = "land", _("Land")
    MACHINERY = "machinery", _("Machinery")
    INVENTORY = "inventory", _("Inventory")
    RECEIVABLE = "receivable", _("Receivables")
    EQUITY = "equity", _("Equity")
    DEPOSIT = "deposit", _("Deposit")
    VEHICLE = "vehicle", _("Vehicle")
    OTHER = "other", _("Other")


class GuaranteeType(models.TextChoices):
    """The main security of a loan; collateral before guarantors, as the supervisory forms count it."""

    MORTGAGE = "mortgage", _("Mortgage")
    PLEDGE = "pledge", _("Pledge")
    GUARANTEED = "guaranteed", _("Guarantee")
    UNSECURED = "unsecured", _("Unsecured")


class RepaymentChannel(models.TextChoices):
    AUTO_DEBIT = "auto_debit", _("Automatic debit")
    COUNTER = "counter", _("Counter")
    TRANSFER = "transfer", _("Transfer")
    GUARANTOR = "guarantor", _("Guarantor")
    DISPOSAL = "disposal", _("Disposal of collateral")
    OTHER = "other", _("Other")


class Direction(models.TextChoices):
    IN = "in", _("In")
    OUT = "out", _("Out")


class Statement(models.TextChoices):
    BALANCE_SHEET = "balance_sheet", _("Balance sheet")
    INCOME = "income", _("Income statement")
    CASH_FLOW = "cash_flow", _("Cash-flow statement")


class RatingKind(models.TextChoices):
    FORMAL = "formal", _("Annual formal rating")
    REVIEW = "review", _("Quarterly review")
    DYNAMIC = "dynamic", _("Dynamic re-rating")


class FactSource(models.TextChoices):
    """Where a dated value of class or regime came from; history wins over the loan file on its date."""

    LOAN_FILE = "loan_file", _("Loan file")
    HISTORY_FILE = "history_file", _("History file")
    APPROVAL = "approval", _("Approval")


class DeliveryState(models.TextChoices):
    RECEIVED = "received", _("Received")
    CHECKING = "checking", _("Checking")
    APPLIED = "applied", _("Applied")
    PARTIAL = "partial", _("Applied in part")
    REFUSED = "refused", _("Refused")
    KNOWN = "known", _("Nothing to do")
