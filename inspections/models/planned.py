"""Intermediate results of the daily run.

``PlannedDuty`` is a table, written anew every day. The other models are names for queries inside one
statement (``core.bulk.CommonTable``): nothing is stored, and every level of a set-based decision stays a
readable queryset.
"""

from django.core.serializers.json import DjangoJSONEncoder
from django.db import models

from duties.models import DutyRule
from loans.models import Borrower, Collateral, Loan
from org.models import Branch, User


class PlannedDuty(models.Model):
    """What a subject in play owes by today's facts, to be compared with the duties that stand.

    ``kind`` is the sort of duty that the row speaks about, ``scope_on`` the one anchor date it is about
    (null: all of that kind). ``code`` is empty where nothing is owed, and ``reason`` says why; ``gone_on``
    is the date on which the reason for the duty went (null: the day of the run).
    """

    kind = models.CharField(max_length=12)
    scope_on = models.DateField(null=True)
    reason = models.CharField(max_length=20)
    gone_on = models.DateField(null=True)

    code = models.CharField(max_length=32)
    clause = models.CharField(max_length=40)
    subject_type = models.CharField(max_length=20)
    subject_no = models.CharField(max_length=120)
    period_key = models.CharField(max_length=40)
    loans = models.TextField(null=True)
    borrower_no = models.CharField(max_length=64, null=True)
    branch = models.ForeignKey(
        Branch, models.DO_NOTHING, related_name="+", db_constraint=False, db_index=False
    )
    owner = models.ForeignKey(
        User, models.DO_NOTHING, related_name="+", db_constraint=False, db_index=False, null=True
    )
    rule = models.ForeignKey(
        DutyRule, models.DO_NOTHING, related_name="+", db_constraint=False, db_index=False, null=True
    )
    anchor_on = models.DateField(null=True)
    opens_on = models.DateField(null=True)
    due_on = models.DateField(null=True)
    planned_on = models.DateField(null=True)
    provisional = models.BooleanField(null=True)
    explanation = models.JSONField(null=True, encoder=DjangoJSONEncoder)

    class Meta:
        default_permissions = ()
        indexes = [models.Index(fields=["subject_no", "kind"], name="planned_duty_subject")]

    def __str__(self) -> str:
        return f"{self.kind} {self.subject_no} {self.code}"


class LoanReport(models.Model):
    """What one loan owes at one period's end: the SQL side of ``rules.planned_reports``.

    ``foreseen`` ranks the report type, strictest first, null for none. ``ended`` and ``spared`` say why a
    foreseen report need not be written (settled; exempt by INS-7/8).
    """

    loan_no = models.CharField(primary_key=True, max_length=64)
    borrower = models.ForeignKey(Borrower, models.DO_NOTHING, related_name="+")
    foreseen = models.SmallIntegerField(null=True)
    ended = models.BooleanField()
    spared = models.BooleanField()

    class Meta:
        managed = False
        default_permissions = ()
        db_table = "loan_report"

    def __str__(self) -> str:
        return self.loan_no


class BorrowerReport(models.Model):
    """The one report of a borrower at a period's end: the SQL side of ``rules.borrower_reports``.

    ``rank`` is the strictest of the loans that owe it, null when none does; ``standing`` and ``exempt``
    count the loans that have not ended, and those of them that are spared by rule.
    """

    borrower = models.OneToOneField(Borrower, models.DO_NOTHING, primary_key=True, related_name="+")
    rank = models.SmallIntegerField(null=True)
    due_on = models.DateField(null=True)
    loans = models.TextField(null=True)
    standing = models.IntegerField()
    exempt = models.IntegerField()

    class Meta:
        managed = False
        default_permissions = ()
        db_table = "borrower_report"

    def __str__(self) -> str:
        return f"{self.borrower_id} {self.rank}"


class LogMinimum(models.Model):
    """How many work logs a borrower's month asks for (LOG-3), null when the month does not count."""

    borrower = models.OneToOneField(Borrower, models.DO_NOTHING, primary_key=True, related_name="+")
    required = models.SmallIntegerField(null=True)
    loans = models.TextField(null=True)

    class Meta:
        managed = False
        default_permissions = ()
        db_table = "log_minimum"

    def __str__(self) -> str:
        return f"{self.borrower_id} {self.required}"


class CollateralInPlay(models.Model):
    """Collateral whose check is looked at again today."""

    collateral = models.OneToOneField(Collateral, models.DO_NOTHING, primary_key=True, related_name="+")

    class Meta:
        managed = False
        default_permissions = ()
        db_table = "collateral_in_play"

    def __str__(self) -> str:
        return str(self.collateral_id)


class RenewedFrom(models.Model):
    """A renewed loan with every loan before it; the one that is no renewal itself began it all."""

    loan = models.OneToOneField(Loan, models.DO_NOTHING, primary_key=True, related_name="+")
    disbursed_on = models.DateField()
    before_loan_no = models.CharField(max_length=64)
    is_renewal = models.BooleanField()
    steps = models.IntegerField()

    class Meta:
        managed = False
        default_permissions = ()
        db_table = "renewed_from"

    def __str__(self) -> str:
        return f"{self.loan_id} {self.disbursed_on}"


class CollateralState(models.Model):
    """Whether collateral must be checked on site: the SQL side of ``rules.collateral_check``.

    ``main`` stands for all loans that it secures (the oldest row); ``standing`` counts those outstanding and
    ``checked`` those of them that are not exempt; ``first_on`` is their first disbursement.
    """

    collateral = models.OneToOneField(Collateral, models.DO_NOTHING, primary_key=True, related_name="+")
    main = models.ForeignKey(Loan, models.DO_NOTHING, related_name="+")
    loans = models.TextField(null=True)
    standing = models.IntegerField()
    checked = models.IntegerField()
    first_on = models.DateField(null=True)

    class Meta:
        managed = False
        default_permissions = ()
        db_table = "collateral_state"

    def __str__(self) -> str:
        return str(self.collateral_id)
