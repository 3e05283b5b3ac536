"""What loans tell the subject registry: names, pages and scope of borrowers, loans and what secures them."""

from collections.abc import Callable, Iterable
from typing import Any

from django.urls import reverse

from core import subjects
from duties.registration import sees_policy
from loans.models import Borrower, BorrowerGroup, Collateral, FloorRule, Guarantee, Loan
from loans.services.policy import on_floor_approved
from org.models import Branch, User


def register() -> None:
    """Called once, when the app is ready."""
    subjects.register(
        "borrower", title=borrower_titles, visible_to=_sees(Borrower, "borrower_no"), url=_page("borrower")
    )
    subjects.register("loan", title=loan_titles, visible_to=_sees(Loan, "loan_no"), url=_page("loan"))
    for kind in ("guarantee", "guarantor"):
        subjects.register(kind, title=guarantee_titles, visible_to=sees_guarantee, url=guarantee_url)
    subjects.register("collateral", title=collateral_titles, visible_to=sees_collateral)
    subjects.register("group", title=group_titles, visible_to=sees_group)
    subjects.register(
        "floor_rule",
        title=lambda numbers: {str(row.pk): str(row) for row in FloorRule.objects.filter(pk__in=numbers)},
        visible_to=sees_policy,
        content_hash=lambda no: subjects.row_content(FloorRule.objects.get(pk=no)),
        on_approved=on_floor_approved,
    )


def _sees(model: type[Any], key: str) -> Callable[[User, str], bool]:
    return lambda user, no: model.objects.visible_to(user).filter(**{key: no}).exists()


def _page(name: str) -> Callable[[str], str]:
    return lambda no: reverse(f"loans:{name}", args=[no])


def borrower_titles(numbers: list[str]) -> dict[str, str]:
    return dict(Borrower.objects.filter(borrower_no__in=numbers).values_list("borrower_no", "name"))


def loan_titles(numbers: list[str]) -> dict[str, str]:
    """The loan number with the borrower's name."""
    rows = Loan.objects.filter(loan_no__in=numbers).values_list("loan_no", "borrower__name")
    return {no: f"{name} {no}" for no, name in rows}


def guarantee_titles(numbers: list[str]) -> dict[str, str]:
    """The guarantor's name with the loan number; a number is ``loan_no/guarantor_no``."""
    rows = Guarantee.objects.filter(loan__loan_no__in=_loans_of(numbers))
    found = {
        f"{loan}/{no}": f"{name} {loan}"
        for loan, no, name in rows.values_list("loan__loan_no", "guarantor_no", "name")
    }
    return {number: found[number] for number in numbers if number in found}


def _loans_of(numbers: Iterable[str]) -> set[str]:
    return {number.partition("/")[0] for number in numbers}


def guarantee_url(number: str) -> str:
    return reverse("loans:loan", args=[number.partition("/")[0]]) + "?tab=security"


def sees_guarantee(user: User, number: str) -> bool:
    loan_no, _sep, guarantor_no = number.partition("/")
    rows = Guarantee.objects.visible_to(user)
    return rows.filter(loan__loan_no=loan_no, guarantor_no=guarantor_no).exists()


def collateral_titles(numbers: list[str]) -> dict[str, str]:
    """The kind of collateral with its number."""
    rows = Collateral.objects.filter(collateral_no__in=numbers)
    return {row.collateral_no: f"{row.get_kind_display()} {row.collateral_no}" for row in rows}


def sees_collateral(user: User, number: str) -> bool:
    """Through any loan that it secures."""
    return Loan.objects.visible_to(user).filter(collaterals__collateral_no=number).exists()


def group_titles(numbers: list[str]) -> dict[str, str]:
    """The group's name; of an exchange (``group/owing branch>other branch``) with its two branches."""
    groups = dict(
        BorrowerGroup.objects.filter(group_no__in=_loans_of(numbers)).values_list("group_no", "name")
    )
    names = dict(Branch.objects.filter(branch_no__in=_branches_of(numbers)).values_list("branch_no", "name"))
    return {
        number: _exchange(groups[number.partition("/")[0]], number.partition("/")[2], names)
        for number in numbers
        if number.partition("/")[0] in groups
    }


def _branches_of(numbers: Iterable[str]) -> set[str]:
    return {branch for number in numbers for branch in number.partition("/")[2].split(">")}


def _exchange(group: str, branches: str, names: dict[str, str]) -> str:
    if not branches:
        return group
    return f"{group}: " + " → ".join(names.get(branch, branch) for branch in branches.split(">"))


def sees_group(user: User, number: str) -> bool:
    return BorrowerGroup.objects.visible_to(user).filter(group_no=number.partition("/")[0]).exists()
