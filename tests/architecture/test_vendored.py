"""Files of other projects are the bytes that the manifest names."""

from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def test_vendored_files_match_their_hashes(vendor):
    assert vendor.differences(vendor.load_manifest()) == []


def test_every_vendored_file_is_in_the_manifest(vendor):
    own = {"manifest.json", "tabler.txt", "alpine.txt"}
    found = {
        path.relative_to(ROOT).as_posix()
        for folder in ("static/vendor", "tests/browser/vendor")
        for path in (ROOT / folder).rglob("*")
        if path.is_file() and path.name not in own
    }
    assert found <= vendor.recorded_hashes(vendor.load_manifest()).keys()


def test_no_vendored_file_points_at_a_source_map():
    files = [*ROOT.glob("static/vendor/*.js"), *ROOT.glob("static/vendor/*.css")]
    assert files
    assert [path.name for path in files if b"sourceMappingURL" in path.read_bytes()] == []


def test_every_icon_of_the_manifest_is_in_the_sprite(vendor):
    sprite = (ROOT / "static/icons.svg").read_text(encoding="utf-8")
    icons = vendor.load_manifest()["packages"]["@tabler/icons"]["icons"]
    assert [name for name in icons if f'<symbol id="{name}"' not in sprite] == []
