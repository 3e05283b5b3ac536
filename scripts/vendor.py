"""Keeps the front-end files of other projects: small, unchanged, and known by their hash.

    python scripts/vendor.py verify                    # offline: every file has the hash of the manifest
    python scripts/vendor.py refresh                   # fetch the manifest's versions again with npm
    python scripts/vendor.py refresh echarts=6.1.1     # move a package to another version
    python scripts/vendor.py refresh --icons bell key  # add icons to static/icons.svg

``static/vendor/manifest.json`` is the list: package, version, licence, which member of the
package becomes which file, and its SHA-256. Only ``refresh`` needs node; nobody else does.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import re
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
MANIFEST = ROOT / "static/vendor/manifest.json"
# A map that is not there makes ManifestStaticFilesStorage refuse the whole collection.
SOURCE_MAP = re.compile(rb"\s*(?://[#@]\s*sourceMappingURL=[^\n]*|/\*[#@]\s*sourceMappingURL=[^*]*\*/)\s*")
SVG_BODY = re.compile(r"<svg[^>]*>(.*)</svg>", re.DOTALL)
# Every Tabler icon starts with an invisible square that only holds its place in an editor.
PLACEHOLDER = '<path stroke="none" d="M0 0h24v24H0z" fill="none" />'


def sha256(data: bytes) -> str:
    """Return the hex digest that the manifest stores."""
    return hashlib.sha256(data).hexdigest()


def load_manifest() -> dict[str, Any]:
    """Read the manifest: ``{"packages": {...}, "fonts": {...}}``."""
    manifest: dict[str, Any] = json.loads(MANIFEST.read_text(encoding="utf-8"))
    return manifest


def recorded_hashes(manifest: dict[str, Any]) -> dict[str, str]:
    """Return path (relative to the root) -> SHA-256 for every vendored file, fonts included."""
    hashes: dict[str, str] = dict(manifest["fonts"]["files"])
    for package in manifest["packages"].values():
        hashes |= {path: entry["sha256"] for path, entry in package["files"].items()}
    return hashes


def differences(manifest: dict[str, Any]) -> list[str]:
    """Name every vendored file that is absent or is not what the manifest says."""
    return [
        path
        for path, digest in recorded_hashes(manifest).items()
        if not (ROOT / path).is_file() or sha256((ROOT / path).read_bytes()) != digest
    ]


class Package:
    """One npm package read from its archive, without unpacking anything onto the disk."""

    def __init__(self, name: str, version: str, folder: Path) -> None:
        command = ["npm", "pack", "--silent", "--pack-destination", str(folder), f"{name}@{version}"]
        packed = subprocess.run(command, check=True, capture_output=True, text=True)
        self._archive = tarfile.open(folder / packed.stdout.split()[-1])  # noqa: SIM115
        self.name = name

    def read(self, member: str) -> bytes:
        """Return one member; npm puts every file below ``package/``."""
        try:
            file = self._archive.extractfile(f"package/{member}")
        except KeyError:
            file = None
        if file is None:
            raise SystemExit(f"vendor: {self.name} has no file {member}")
        return file.read()


def symbol(name: str, svg: str) -> str:
    """Turn one icon file into a ``<symbol>`` whose id is the icon's own name."""
    body = SVG_BODY.search(svg)
    if body is None:
        raise SystemExit(f"vendor: the icon {name} is not an svg file")
    shapes = " ".join(body[1].replace(PLACEHOLDER, "").split()).replace("> <", "><")
    return f'<symbol id="{name}" viewBox="0 0 24 24">{shapes}</symbol>'


def sprite(package: Package, folder: str, names: list[str]) -> bytes:
    """Join icons into one file; stroke and colour come from the ``<svg>`` that uses a symbol."""
    symbols = [symbol(name, package.read(f"{folder}{name}.svg").decode()) for name in names]
    return ('<svg xmlns="http://www.w3.org/2000/svg">\n' + "\n".join(symbols) + "\n</svg>\n").encode()


def content(package: Package, member: str, icons: list[str]) -> bytes:
    """Make the bytes of one vendored file; a member that is a folder means the icon sprite."""
    if member.endswith("/"):
        return sprite(package, member, icons)
    return SOURCE_MAP.sub(b"\n", package.read(member)).rstrip() + b"\n"


def refresh_package(name: str, entry: dict[str, Any], folder: Path) -> None:
    """Write every file of one package and record its hash in the manifest's entry."""
    package = Package(name, entry["version"], folder)
    for path, file in entry["files"].items():
        data = content(package, file["member"], entry.get("icons", []))
        (ROOT / path).parent.mkdir(parents=True, exist_ok=True)
        (ROOT / path).write_bytes(data)
        file["sha256"] = sha256(data)
        print(f"vendor: {path} from {name} {entry['version']}")


def refresh(manifest: dict[str, Any], versions: dict[str, str], icons: list[str]) -> None:
    """Fetch the packages again (all, or those named) and rewrite the manifest."""
    packages = manifest["packages"]
    for name, version in versions.items():
        packages[name]["version"] = version
    if icons:
        packages["@tabler/icons"]["icons"] = sorted({*packages["@tabler/icons"]["icons"], *icons})
    wanted = [*versions, *(["@tabler/icons"] if icons else [])] or list(packages)
    with tempfile.TemporaryDirectory() as folder:
        for name in dict.fromkeys(wanted):
            refresh_package(name, packages[name], Path(folder))
    MANIFEST.write_text(json.dumps(manifest, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")


def parse_arguments() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("action", choices=["verify", "refresh"])
    parser.add_argument("packages", nargs="*", metavar="PACKAGE=VERSION")
    parser.add_argument("--icons", nargs="+", default=[], metavar="NAME")
    return parser.parse_args()


def main() -> int:
    """Run the chosen action; exit 1 when a file is not what the manifest says."""
    options = parse_arguments()
    manifest = load_manifest()
    if options.action == "refresh":
        versions = dict(item.rsplit("=", 1) for item in options.packages)
        if unknown := versions.keys() - manifest["packages"].keys():
            raise SystemExit("vendor: not in the manifest: " + ", ".join(sorted(unknown)))
        refresh(manifest, versions, options.icons)
    wrong = differences(manifest)
    for path in wrong:
        print(f"vendor: {path} is missing or differs from the manifest", file=sys.stderr)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
