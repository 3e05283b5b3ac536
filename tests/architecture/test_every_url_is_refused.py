"""Every URL has a permission, and a test that refuses."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.conf import settings
from django.db import transaction
from django.urls import URLResolver, get_resolver, reverse

from tests.cast import PEOPLE
from tests.refusals import DOORS, OPEN, Door
from tests.world import World

# Django's own back office is tried as a whole in tests/org/test_admin.py.
ELSEWHERE = ("admin",)
PASSED = (200, 204, 302, 422)


def url_names(resolver: URLResolver, namespace: str = "") -> Iterator[str]:
    for pattern in resolver.url_patterns:
        if isinstance(pattern, URLResolver):
            inner = f"{namespace}{pattern.namespace}:" if pattern.namespace else namespace
            if pattern.namespace not in ELSEWHERE:
                yield from url_names(pattern, inner)
        else:
            yield f"{namespace}{pattern.name or pattern.pattern}"


def test_every_url_is_entered():
    names = set(url_names(get_resolver()))
    entered = OPEN | {door.split()[0] for door in DOORS}
    assert names - entered == set(), "enter these in tests/refusals.py"
    assert entered - names == set(), "these are gone"


@pytest.fixture
def world(cast) -> World:
    return World(cast)


def knock(client: Any, name: str, door: Door, world: World) -> Any:
    url = reverse(name.split(maxsplit=1)[0], args=door.args(world))
    if door.method == "post":
        return client.post(url, door.data(world))
    return client.get(url, door.data(world))


@pytest.mark.parametrize("name", DOORS)
def test_a_stranger_is_led_to_the_login(name, world, client):
    response = knock(client, name, DOORS[name], world)
    if name.startswith("api"):
        assert response.status_code == 401
    else:
        assert response.status_code == 302
        assert response["Location"].startswith(reverse(settings.LOGIN_URL))


@pytest.mark.parametrize("name", DOORS)
def test_each_of_the_cast_gets_what_is_theirs(name, world, client):
    door = DOORS[name]
    got = {who: enter(client, name, door, world, who) for who in PEOPLE}
    assert got == {who: "in" if who in door.admitted else door.status_for(who) for who in PEOPLE}


def enter(client: Any, name: str, door: Door, world: World, who: str) -> str | int:
    """What one person gets; what the visit changed is undone, so that the next one finds the same world."""
    door.args(world)  # makes the record before the savepoint
    with transaction.atomic():
        client.force_login(world.cast.people()[who])
        status = knock(client, name, door, world).status_code
        transaction.set_rollback(True)
    return "in" if status in PASSED else status
