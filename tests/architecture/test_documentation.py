"""docs/ covers what an operator and a maintainer meet."""

import re
from pathlib import Path

import pytest
from django.apps import apps
from django.core.management import get_commands

ROOT = Path(__file__).resolve().parents[2]
PAGES = [*ROOT.glob("*.md"), *ROOT.glob("docs/*.md")]
LINK = re.compile(r"\]\((?!https?:)([^)#]+)")
SETTING = re.compile(r"""\benv(?:\.\w+)?\(\s*["']([A-Z][A-Z0-9_]*)["']""")
DIRECT = re.compile(r"^([A-Za-z0-9_.-]+)(?:\[[^]]*])?\s*(?:[~=<>!]=?|$)", re.MULTILINE)


def read(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def own_commands() -> list[str]:
    ours = {config.name for config in apps.get_app_configs() if Path(config.path).parent == ROOT}
    return sorted(name for name, app in get_commands().items() if app in ours)


def environment_settings() -> list[str]:
    return sorted(set(SETTING.findall(read("postloan/settings.py"))))


def direct_dependencies() -> list[str]:
    lines = "\n".join(read(f"requirements/{name}.in") for name in ("base", "dev", "e2e"))
    return sorted({name.lower() for name in DIRECT.findall(lines)})


def make_targets() -> list[str]:
    return re.findall(r"^([a-z-]+):.*## ", read("Makefile"), re.MULTILINE)


def test_every_management_command_is_documented():
    text = read("docs/operation.md")
    assert [
        name for name in own_commands() if f"`{name}" not in text and f"manage.py {name}" not in text
    ] == []


def test_every_environment_setting_is_documented():
    text = read("docs/operation.md")
    assert environment_settings()
    assert [name for name in environment_settings() if f"`{name}`" not in text] == []


def test_every_environment_setting_has_a_line_in_the_example():
    text = read(".env.example")
    assert [
        name for name in environment_settings() if not re.search(rf"^#?\s*{name}=", text, re.MULTILINE)
    ] == []


def test_every_make_target_is_documented():
    text = read("docs/operation.md")
    assert [name for name in make_targets() if f"`make {name}" not in text] == []


@pytest.mark.parametrize("name", direct_dependencies())
def test_every_direct_dependency_is_explained(name):
    assert f"| {name} " in read("docs/dependencies.md").lower()


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_link_leads_to_a_file(page):
    links = LINK.findall(page.read_text(encoding="utf-8"))
    assert [link for link in links if not (page.parent / link).is_file()] == []


@pytest.mark.parametrize("readme", ["README.md", "README.zh-CN.md"])
def test_readme_lists_every_page(readme):
    text = read(readme)
    assert [page.name for page in ROOT.glob("docs/*.md") if f"](docs/{page.name})" not in text] == []
