"""Checks the system libraries that Python packages cannot bring, and installs or names them.

    python scripts/system_packages.py            # what PDF rendering needs
    python scripts/system_packages.py --browser  # and a Chromium for the browser tests

Runs on the standard library alone. A missing library is not an error: without it only
PDF files (or browser tests) are not to be had, so the exit code is 0 unless ``--strict``.
"""

from __future__ import annotations

import argparse
import ctypes
import ctypes.util
import os
import shlex
import shutil
import subprocess
import sys

# Debian package -> the shared objects WeasyPrint opens from it. harfbuzz-subset is optional
# to WeasyPrint, but without it a notice takes ten times as long.
PDF_LIBRARIES = {
    "libpango-1.0-0": ("libgobject-2.0.so.0", "libpango-1.0.so.0"),
    "libpangoft2-1.0-0": ("libpangoft2-1.0.so.0", "libfontconfig.so.1", "libharfbuzz.so.0"),
    "libharfbuzz-subset0": ("libharfbuzz-subset.so.0",),
}
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


def loads(shared_object: str) -> bool:
    """Say whether the dynamic linker finds a library, whatever the platform calls it."""
    if not sys.platform.startswith("linux"):
        return (
            ctypes.util.find_library(shared_object.split(".so", maxsplit=1)[0].removeprefix("lib"))
            is not None
        )
    try:
        ctypes.CDLL(shared_object)
    except OSError:
        return False
    return True


def missing_packages(*, browser: bool) -> list[str]:
    """Return the Debian packages whose contents are not on this machine."""
    missing = [name for name, objects in PDF_LIBRARIES.items() if not all(map(loads, objects))]
    if browser and not any(map(shutil.which, BROWSERS)):
        missing.append("chromium")
    return missing


def can_install() -> bool:
    """Only root on a Debian-like system may install without asking anybody."""
    return hasattr(os, "geteuid") and os.geteuid() == 0 and shutil.which("apt-get") is not None


def apt_install(packages: list[str]) -> bool:
    """Install packages; the package lists are refreshed only when the first try fails."""
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    install = ["apt-get", "install", "-y", "-q", "--no-install-recommends", *packages]

    def run(command: list[str]) -> bool:
        done = subprocess.run(command, env=environment, stdout=subprocess.DEVNULL, check=False)
        return done.returncode == 0

    return run(install) or (run(["apt-get", "update", "-q"]) and run(install))


def advice(packages: list[str]) -> str:
    """Word the line a person has to type."""
    if sys.platform == "darwin":
        return "brew install pango" + (" && brew install --cask chromium" if "chromium" in packages else "")
    return "sudo apt-get install -y --no-install-recommends " + shlex.join(packages)


def main() -> int:
    """Check, install when allowed, and say what stays missing."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--browser", action="store_true", help="also want a Chromium for the browser tests")
    parser.add_argument("--strict", action="store_true", help="exit 1 when something stays missing")
    options = parser.parse_args()

    missing = missing_packages(browser=options.browser)
    if missing and can_install():
        print("setup: installing system packages: " + " ".join(missing))
        apt_install(missing)
        missing = missing_packages(browser=options.browser)
    if not missing:
        return 0
    print("setup: missing system packages: " + " ".join(missing), file=sys.stderr)
    print("setup: " + advice(missing), file=sys.stderr)
    print("setup: everything but PDF files (and browser tests) works without them.", file=sys.stderr)
    return 1 if options.strict else 0


if __name__ == "__main__":
    sys.exit(main())
