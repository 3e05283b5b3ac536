"""Names that would break the interpreter, or each other."""

import sys
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def first_party() -> set[str]:
    config = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    return set(config["tool"]["importlinter"]["root_packages"])


def top_level_names() -> set[str]:
    """Everything that ``import`` finds in the project's root, packages without __init__ included."""
    folders = {path.parent.name for path in ROOT.glob("*/*.py") if not path.parent.name.startswith(".")}
    return folders | {path.stem for path in ROOT.glob("*.py")}


def test_top_level_names_do_not_shadow_the_standard_library():
    assert top_level_names() & sys.stdlib_module_names == set()


def test_every_package_of_the_house_is_under_the_import_contracts():
    packages = {path.parent.name for path in ROOT.glob("*/__init__.py")}
    assert packages - {"tests", "bench", "scripts"} == first_party()
