"""The scripts are programs, not a package: load them by path."""

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).resolve().parents[2]


def load_script(name: str) -> ModuleType:
    specification = importlib.util.spec_from_file_location(
        f"postloan_script_{name}", ROOT / f"scripts/{name}.py"
    )
    assert specification is not None
    assert specification.loader is not None
    module = importlib.util.module_from_spec(specification)
    sys.modules[specification.name] = module  # dataclasses look their module up
    specification.loader.exec_module(module)
    return module


@pytest.fixture(scope="session")
def messages() -> ModuleType:
    return load_script("messages")


@pytest.fixture(scope="session")
def vendor() -> ModuleType:
    return load_script("vendor")


@pytest.fixture(scope="session")
def rules_page() -> ModuleType:
    return load_script("rules_page")
