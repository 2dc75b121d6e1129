"""The vendored front end: every icon that a page asks for is in the sprite, and nothing is fetched from elsewhere."""

import re
from pathlib import Path

import pytest

from distsync.env import ROOT

TEMPLATES = sorted((ROOT / "templates").rglob("*.html"))
OWN_FILES = [*TEMPLATES, *sorted((ROOT / "static" / "js").glob("*.js")), *sorted((ROOT / "static" / "css").glob("*.css"))]
ICON = re.compile(r"""icon[\s=]["']([a-z0-9-]+)["']""")
SPRITE = set(re.findall(r'id="i-([a-z0-9-]+)"', (ROOT / "static/vendor/lucide/icons.svg").read_text()))


def test_the_sprite_holds_the_used_icons_and_no_other() -> None:
    sources = [*TEMPLATES, *(ROOT / "apps" / "console").rglob("*.py")]
    assert {name for path in sources for name in ICON.findall(path.read_text())} == SPRITE


@pytest.mark.parametrize("path", OWN_FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_page_is_made_of_our_own_files(path: Path) -> None:
    text = path.read_text().replace("http://www.w3.org/2000/svg", "")
    assert not re.search(r"(https?:)?//[a-z0-9-]+\.[a-z]", re.sub(r"^\s*//.*$|\s// .*$", "", text, flags=re.MULTILINE))


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: str(path.relative_to(ROOT)))
def test_no_template_has_inline_style_or_script(path: Path) -> None:
    text = path.read_text()
    assert not re.search(r"\sstyle=|<style|\son[a-z]+=|javascript:|hx-on|\|safe\b(?! *}}</div>{% endif %}</div>)", text)


def test_vendored_files_carry_their_licence_and_version() -> None:
    vendor = ROOT / "static" / "vendor"
    folders = [folder for folder in vendor.iterdir() if folder.is_dir()]
    assert {folder.name for folder in folders} == {"htmx", "inter", "lucide", "plotly"}
    assert all((folder / "LICENSE").stat().st_size > 100 for folder in folders)
    script = (ROOT / "scripts" / "vendor_frontend.py").read_text()
    for line in (vendor / "VERSIONS").read_text().splitlines():
        name, version = line.split()
        assert f'"{name}",\n        "{version}",' in script
