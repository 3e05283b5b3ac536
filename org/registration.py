"""What the organisation tells the subject registry: the names of branches."""

from core import subjects
from org.models import Branch, User


def register() -> None:
    """Called once, when the app is ready."""
    subjects.register("branch", title=branch_titles, visible_to=sees_branch)


def branch_titles(numbers: list[str]) -> dict[str, str]:
    return dict(Branch.objects.filter(branch_no__in=numbers).values_list("branch_no", "name"))


def sees_branch(user: User, number: str) -> bool:
    return Branch.objects.visible_to(user).filter(branch_no=number).exists()
