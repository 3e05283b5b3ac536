"""Who asks the API: other systems by their token, people by their session."""

from django.utils.translation import gettext as _
from rest_framework.authentication import BaseAuthentication, SessionAuthentication, get_authorization_header
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.request import Request

from core import clock
from org.models import ApiClient
from org.selectors import client_by_digest
from org.services import note_client_use, token_digest

KEYWORD = "Bearer"
LONGEST_TOKEN = 200


class ClientAuthentication(BaseAuthentication):
    """``Authorization: Bearer plk_...``; whoever shows no token is asked for one by 401."""

    def authenticate(self, request: Request) -> tuple[ApiClient, None] | None:
        parts = get_authorization_header(request).split()
        if not parts or parts[0].lower() != KEYWORD.lower().encode():
            return None
        if len(parts) != 2 or len(parts[1]) > LONGEST_TOKEN:
            raise AuthenticationFailed(_("One token is expected after the word Bearer."), "bad_token")
        client = client_by_digest(token_digest(parts[1].decode("latin-1")))
        if client is None:
            raise AuthenticationFailed(_("Nobody has this token."), "bad_token")
        _check(client)
        note_client_use(client)
        return client, None

    def authenticate_header(self, request: Request) -> str:
        return f'{KEYWORD} realm="api"'


def _check(client: ApiClient) -> None:
    if client.revoked_at is not None:
        raise AuthenticationFailed(_("This token was revoked."), "token_revoked")
    if client.expires_at <= clock.now():
        raise AuthenticationFailed(_("This token has expired."), "token_expired")


class PersonAuthentication(SessionAuthentication):
    """Whoever is logged in reads by the session; a change needs the CSRF token."""
