"""The locks install the same bytes everywhere, from wherever a machine gets its packages."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PIN = re.compile(r"^([a-z0-9._-]+)==([^ ;\\]+)", re.MULTILINE)
LOCKS = ("base", "dev", "e2e")


def text(name: str) -> str:
    return (ROOT / f"requirements/{name}.txt").read_text(encoding="utf-8")


def pins(name: str) -> set[tuple[str, str]]:
    return set(PIN.findall(text(name)))


@pytest.mark.parametrize("name", LOCKS)
def test_lock_names_no_address(name):
    assert re.findall(r"https?:|://|^--(?:extra-)?index|^--find-links", text(name), re.MULTILINE) == []


@pytest.mark.parametrize("name", LOCKS)
def test_lock_has_a_hash_for_every_pin(name):
    blocks = re.split(r"^(?=[a-z0-9])", text(name), flags=re.MULTILINE)
    assert [
        block.splitlines()[0] for block in blocks if PIN.match(block) and "--hash=sha256:" not in block
    ] == []


@pytest.mark.parametrize(("smaller", "larger"), [("base", "dev"), ("dev", "e2e")])
def test_larger_lock_contains_the_smaller_one(smaller, larger):
    assert pins(smaller) - pins(larger) == set()


@pytest.mark.parametrize("name", LOCKS)
def test_lock_pins_every_direct_dependency(name):
    source = (ROOT / f"requirements/{name}.in").read_text(encoding="utf-8")
    wanted = {found.lower() for found in re.findall(r"^([A-Za-z0-9._-]+)", source, re.MULTILINE)} - {"-r"}
    assert wanted - {package for package, _ in pins(name)} == set()
