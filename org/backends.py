"""How a logged-in person is found for a request."""

from django.contrib.auth.backends import ModelBackend

from org.models import User


class StaffBackend(ModelBackend):
    """Passwords as Django's own; the branch comes with the person, because every page asks for it."""

    def get_user(self, user_id: int) -> User | None:
        user = User.objects.select_related("branch").filter(pk=user_id).first()
        return user if user is not None and self.user_can_authenticate(user) else None
