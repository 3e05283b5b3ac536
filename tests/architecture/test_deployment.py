"""docker-compose.yml and Dockerfile start what the settings know."""

import re
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]
OURS = ("migrate", "web", "worker", "beat")


@pytest.fixture(scope="module")
def compose():
    return yaml.safe_load((ROOT / "docker-compose.yml").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def settings_source():
    return (ROOT / "postloan/settings.py").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", OURS)
def test_services_get_the_same_settings_and_only_known_ones(compose, settings_source, name):
    environment = compose["services"][name]["environment"]
    assert environment == compose["x-app"]["environment"]
    assert [key for key in environment if key != "HOME" and f'"{key}"' not in settings_source] == []


@pytest.mark.parametrize("name", ["db", "redis", "worker", "beat"])
def test_service_has_a_health_check(compose, name):
    assert compose["services"][name]["healthcheck"]["test"]


def test_image_has_a_health_check_and_no_root():
    dockerfile = (ROOT / "Dockerfile").read_text(encoding="utf-8")
    assert re.search(r"^HEALTHCHECK ", dockerfile, re.MULTILINE)
    assert re.findall(r"^USER (\w+)", dockerfile, re.MULTILINE) == ["postloan"]


@pytest.mark.parametrize("name", ["web", "worker", "beat"])
def test_service_waits_for_the_migration(compose, name):
    assert compose["services"][name]["depends_on"]["migrate"] == {
        "condition": "service_completed_successfully"
    }


def test_image_sets_only_known_settings(settings_source):
    dockerfile = (ROOT / "Dockerfile").read_text(encoding="utf-8")
    names = re.findall(r"^(?:ENV|   ) ([A-Z_]+)=", dockerfile, re.MULTILINE)
    interpreter = {"PATH", "PYTHONUNBUFFERED", "PYTHONDONTWRITEBYTECODE", "DJANGO_SETTINGS_MODULE"}
    assert names
    assert [name for name in names if name not in interpreter and f'"{name}"' not in settings_source] == []
