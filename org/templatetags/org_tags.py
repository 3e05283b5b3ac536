"""How people's roles read on a page."""

from django import template

from org.enums import Role

register = template.Library()


@register.filter
def role_name(code: str) -> str:
    return str(Role(code).label) if code in Role.values else code
