"""Who may use a resource of the API; and the branches."""

from collections.abc import Callable
from typing import Any

from drf_spectacular.extensions import OpenApiAuthenticationExtension

from core.api.resources import Resource
from core.api.rows import ApiRequest, Row, text
from org.enums import ApiScope
from org.models import Branch, User


class ClientScheme(OpenApiAuthenticationExtension):
    """How the schema describes tokens."""

    target_class = "org.authentication.ClientAuthentication"
    name = "token"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        return {"type": "http", "scheme": "bearer", "description": "The token of an API client."}


class PersonScheme(OpenApiAuthenticationExtension):
    """How the schema describes sessions."""

    target_class = "org.authentication.PersonAuthentication"
    name = "session"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        return {"type": "apiKey", "in": "cookie", "name": "sessionid", "description": "A logged-in person."}


class ScopedResource(Resource):
    """A resource that systems use with a scope and people with a role (``person_may``)."""

    scope: ApiScope
    person_may: Callable[[User], bool]

    def admits(self, reader: Any) -> bool:
        if reader.is_system:
            return bool(reader.may(self.scope))
        return type(self).person_may(reader)

    def sees_personal(self, reader: Any) -> bool:
        """People reveal one number at a time, with a reason."""
        return bool(reader.is_system and reader.may(ApiScope.PERSONAL_READ))


class BranchRow(Row):
    """A node of the branch tree."""

    parent_no = text("parent.branch_no", allow_null=True)

    class Meta:
        model = Branch
        fields = ("branch_no", "name", "level", "parent_no", "path")


class BranchResource(ScopedResource):
    """The branches that the reader sees."""

    name = "branches"
    row = BranchRow
    key = ("branch_no",)
    scope = ApiScope.ORGANISATION_READ
    about = "Branches"

    @staticmethod
    def person_may(user: User) -> bool:
        return user.is_active

    def rows(self, request: ApiRequest, **named: str) -> Any:
        return Branch.objects.visible_to(request.user).order_by()


RESOURCES = (BranchResource(),)
