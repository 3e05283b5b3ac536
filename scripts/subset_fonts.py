"""Makes the committed Chinese fonts again from Debian's fonts-noto-cjk.

    sudo apt-get install -y --no-install-recommends fonts-noto-cjk
    python scripts/subset_fonts.py [/usr/share/fonts/opentype/noto]

Two weights, each as OTF (WeasyPrint loads it twice as fast) and as WOFF2 (the web). The
hashes in static/vendor/manifest.json are renewed. A character missing in a name? Add it to
``RARE`` and run this again.
"""

from __future__ import annotations

import json
import sys
import tempfile
from pathlib import Path

from fontTools import subset

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "scripts"))
import vendor  # noqa: E402

# Latin with diacritics, punctuation, currency and mathematical signs, circled numbers, boxes,
# CJK punctuation, vertical and full-width forms.
RANGES = (
    (0x20, 0x7E), (0xA0, 0x17F), (0x2000, 0x206E), (0x20A0, 0x22FF), (0x2460, 0x26FF),
    (0x3000, 0x303F), (0xFE30, 0xFE4F), (0xFF00, 0xFFEF),
)  # fmt: skip
# Characters of people's and firms' names that GB2312 lacks.
RARE = "㛃䶮億叒喆垚堃彧旻昇燊犇玘玚玥珅珺祎翀萬赟靐韡頔顗龘𫖯𬭚𬱟"
SIMPLIFIED_CHINESE_FACE = 2
# Where each format lives.
TARGETS = {"otf": "documents/fonts", "woff2": "static/fonts"}


def gb2312() -> set[int]:
    """Return the code points of GB 2312: 6,763 hanzi and its symbols."""
    rows = range(0xA1, 0xF8)
    cells = (bytes((row, cell)).decode("gb2312", "ignore") for row in rows for cell in range(0xA1, 0xFF))
    return {ord(character) for character in cells if character}


def unicodes() -> set[int]:
    """Return every code point the two fonts should have."""
    ranges = {point for first, last in RANGES for point in range(first, last + 1)}
    return gb2312() | ranges | set(map(ord, RARE))


def make(source: Path, weight: str, extension: str) -> Path:
    """Write one weight in one format and return its path."""
    target = ROOT / TARGETS[extension] / f"NotoSansSC-{weight}.gb2312.{extension}"
    with tempfile.NamedTemporaryFile("w", suffix=".txt") as points:
        points.write("\n".join(f"{point:X}" for point in sorted(unicodes())))
        points.flush()
        arguments = [
            str(source / f"NotoSansCJK-{weight}.ttc"),
            f"--font-number={SIMPLIFIED_CHINESE_FACE}",
            f"--unicodes-file={points.name}",
            "--layout-features=kern,mark,tnum",
            "--no-hinting",
            "--desubroutinize",
            f"--output-file={target}",
        ]
        subset.main([*arguments, "--flavor=woff2"] if extension == "woff2" else arguments)
    return target


def main() -> None:
    """Make the four files and record their hashes."""
    source = Path(sys.argv[1] if len(sys.argv) > 1 else "/usr/share/fonts/opentype/noto")
    manifest = vendor.load_manifest()
    for weight in ("Regular", "Bold"):
        for extension in TARGETS:
            made = make(source, weight, extension)
            name = made.relative_to(ROOT).as_posix()
            manifest["fonts"]["files"][name] = vendor.sha256(made.read_bytes())
            print(f"fonts: {name}, {made.stat().st_size:,} bytes")
    vendor.MANIFEST.write_text(json.dumps(manifest, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
