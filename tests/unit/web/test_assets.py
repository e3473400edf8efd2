import json
import subprocess
from pathlib import Path

import pytest

from insurer.kernel.errors import Invalid
from insurer.web.assets import OWN, SCRIPTS, STYLES, Assets, build_assets

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture
def installed(tmp_path: Path) -> Path:
    """A folder that holds the installed files; skips where they are not installed."""
    if not (ROOT / "node_modules").is_dir():
        pytest.skip("npm ci --ignore-scripts has not been run")
    for entry in json.loads((OWN / "vendor.json").read_text("utf-8")).values():
        target = tmp_path / "source" / entry["from"]
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes((ROOT / entry["from"]).read_bytes())
    return tmp_path / "source"


def test_a_build_names_every_file_by_its_content_and_repeats_itself(installed: Path, tmp_path: Path) -> None:
    first = build_assets(installed, tmp_path / "static")
    again = build_assets(installed, tmp_path / "static")
    assert first == again
    assets = Assets.load(tmp_path / "static")
    assert assets.url("desk.css") == "/static/" + first["desk.css"]
    for name in assets.files():
        assert (tmp_path / "static" / name).is_file()
    assert set(first) == {"desk.css", "vendor/bootstrap.min.css", "vendor/htmx.min.js", *SCRIPTS}


def test_a_vendored_file_with_one_other_byte_is_refused_and_nothing_is_written(
    installed: Path, tmp_path: Path
) -> None:
    script = installed / "node_modules/htmx.org/dist/htmx.min.js"
    script.write_bytes(script.read_bytes() + b" ")
    with pytest.raises(Invalid) as refused:
        build_assets(installed, tmp_path / "static")
    assert [(problem.field, problem.code) for problem in refused.value.problems] == [
        ("vendor/htmx.min.js", "hash")
    ]
    assert not (tmp_path / "static").exists()


def test_files_that_are_not_installed_are_named(tmp_path: Path) -> None:
    with pytest.raises(Invalid) as refused:
        build_assets(tmp_path, tmp_path / "static")
    assert {problem.code for problem in refused.value.problems} == {"missing"}


def test_a_name_without_a_file_is_an_error() -> None:
    with pytest.raises(LookupError):
        Assets({}).url("desk.css")


def test_a_missing_manifest_says_what_to_run(tmp_path: Path) -> None:
    with pytest.raises(Invalid, match="npm ci"):
        Assets.load(tmp_path)


def test_our_stylesheets_use_nothing_newer_than_the_oldest_browser_of_the_desk() -> None:
    for name in STYLES:
        text = (OWN / name).read_text("utf-8")
        assert [word for word in (":has(", "color-mix(", "@layer", "@import", "url(") if word in text] == []


def test_every_own_file_is_listed() -> None:
    on_disk = {f"{path.parent.name}/{path.name}" for path in OWN.glob("*/*") if path.is_file()}
    assert on_disk == {*STYLES, *SCRIPTS}


def test_templates_hold_no_inline_style_script_or_handler() -> None:
    for path in (ROOT / "templates/pages").rglob("*.html"):
        text = path.read_text("utf-8")
        assert [
            word
            for word in (" style=", "<style", "onclick=", "onload=", "javascript:", "hx-on", "|safe")
            if word in text
        ] == [], path
        assert "<script>" not in text, path


def test_the_lock_pins_hashes_and_names_no_registry() -> None:
    lock = json.loads((ROOT / "package-lock.json").read_text("utf-8"))
    packages = {name: entry for name, entry in lock["packages"].items() if name}
    assert set(packages) == {"node_modules/bootstrap", "node_modules/htmx.org"}
    assert all(entry["integrity"].startswith("sha512-") for entry in packages.values())
    assert all("resolved" not in entry for entry in packages.values())


def test_nothing_third_party_is_committed() -> None:
    listed = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=False)
    if listed.returncode:
        pytest.skip("not a checkout")
    names = listed.stdout.split()
    assert [name for name in names if "bootstrap" in name or "htmx" in name or "node_modules" in name] == []
