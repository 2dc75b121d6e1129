"""Renews the vendored front-end files from their npm packages: `python scripts/vendor_frontend.py`.

Versions and digests are pinned here; only the icons that templates use go into the sprite. Needs npm on the path.
"""

# ruff: noqa: INP001 - a script, not a package
import base64
import hashlib
import re
import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree as ET

ROOT = Path(__file__).resolve().parent.parent
STATIC = ROOT / "static" / "vendor"
SVG = "{http://www.w3.org/2000/svg}"


@dataclass(frozen=True)
class Package:
    """An npm package, the digest that the registry published for it, and where its files go."""

    name: str
    version: str
    sha512: str
    folder: Path
    files: dict[str, str]


PACKAGES = (
    Package(
        "htmx.org",
        "2.0.11",
        "Thx/WtpeOQqSrqBCw/A1cwGJGg4UrVa3+sW0GmrM3p4gJgO89ecH4qtbnyzDDWFvBTqjnIMCgELTNt636dtamA==",
        STATIC / "htmx",
        {"dist/htmx.min.js": "htmx.min.js", "LICENSE": "LICENSE"},
    ),
    Package(
        "@fontsource-variable/inter",
        "5.3.0",
        "OupL48va4JNofb97w6NYeF9S7W/kHNKM0Er8Dem5nqi4jeOLrVJDoE8tZEpnMJmtkvNbB1EIPPwHcdkF6b1oUA==",
        STATIC / "inter",
        {
            "files/inter-latin-wght-normal.woff2": "inter-latin.woff2",
            "files/inter-latin-ext-wght-normal.woff2": "inter-latin-ext.woff2",
            "LICENSE": "LICENSE",
        },
    ),
    Package(
        "lucide-static",
        "1.62.0",
        "WBZA/m2PvkFpMGHDtsBck5P2A9G4ehLlYu4GwwICcmEm1BvYVgj00lCDxKRWLlbMlOibLaiwdQ88G5pHkSWgwA==",
        STATIC / "lucide",
        {"LICENSE": "LICENSE"},
    ),
    Package(
        "plotly.js-cartesian-dist-min",
        "4.1.1",
        "o8GrFeusncwBIxbBynRJpY4pkgVB6caM+JLpwrLYbbsO7dZ8FJ+SVN2Fr+L7kiG/Z6w4P5O0Jus/Qr5EefHVeg==",
        STATIC / "plotly",
        {"plotly-cartesian.min.js": "plotly-cartesian.min.js", "LICENSE": "LICENSE"},
    ),
    Package(
        "axe-core",
        "4.14.1",
        "FHfa+lmNjQZfJz1q8wKqIDwC6DExcHt/pkjNQb09a3NPjCKg2rhu5qb2S4r76ASyFNNtuFooJpZe37OgudVGtQ==",
        ROOT / "tests" / "vendor" / "axe",
        {"axe.min.js": "axe.min.js", "LICENSE": "LICENSE"},
    ),
)


def used_icons() -> list[str]:
    """Names that templates and code ask for: `{% icon "name" %}` and `icon="name"`."""
    pattern = re.compile(r"""icon[\s=]["']([a-z0-9-]+)["']""")
    sources = [*ROOT.glob("templates/**/*.html"), *ROOT.glob("static/js/*.js"), *ROOT.glob("apps/console/**/*.py")]
    return sorted({name for path in sources for name in pattern.findall(path.read_text())})


def unpack(package: Package, into: Path) -> Path:
    """The package's unpacked folder. Raises SystemExit when the registry's file is not the pinned one."""
    npm = shutil.which("npm")
    if npm is None:
        raise SystemExit("npm was not found: install Node.js, or keep the vendored files as they are.")
    subprocess.run([npm, "pack", "--silent", f"{package.name}@{package.version}"], cwd=into, check=True, capture_output=True)  # noqa: S603 - own list
    archive = next(into.glob("*.tgz"))
    found = base64.b64encode(hashlib.sha512(archive.read_bytes()).digest()).decode()
    if found != package.sha512:
        raise SystemExit(f"{package.name} {package.version}: expected sha512 {package.sha512}, got {found}.")
    shutil.unpack_archive(archive, into, "gztar")
    return into / "package"


def sprite(icons: Path, names: list[str]) -> str:
    """One SVG with a symbol per icon (24 x 24, stroke in the current colour)."""
    ET.register_namespace("", SVG[1:-1])
    root = ET.Element(f"{SVG}svg")
    for name in names:
        drawing = ET.parse(icons / f"{name}.svg").getroot()  # noqa: S314 - a pinned package's own file
        symbol = ET.SubElement(root, f"{SVG}symbol", {"id": f"i-{name}", "viewBox": "0 0 24 24"})
        symbol.extend(list(drawing))
    ET.indent(root, space="")
    return ET.tostring(root, encoding="unicode") + "\n"


def plotly_styles(script: str) -> str:
    """The rules that Plotly would put into a style element of its own, which the content security policy blocks."""
    begin = script.index('{"X,X div":')
    table = script[begin : script.index("}", begin + script[begin:].index('"X .plotly-cloud-dialog"')) + 1]
    rules = re.findall(r"""["']([XY][^"']*)["']:(["'])(.*?)\2(?=[,}])""", table)
    if len(rules) < 40:
        raise SystemExit(f"Plotly's own style rules are not where they were: found {len(rules)}.")
    return "".join(
        f"{selector.replace('X', '.js-plotly-plot .plotly').replace('Y', '.plotly-notifier')} {{ {rule} }}\n"
        for selector, _, rule in rules
        if "cloud-dialog" not in selector
    )


def main() -> None:
    versions = []
    for package in PACKAGES:
        with tempfile.TemporaryDirectory() as folder:
            source = unpack(package, Path(folder))
            package.folder.mkdir(parents=True, exist_ok=True)
            for name, target in package.files.items():
                shutil.copyfile(source / name, package.folder / target)
            if package.folder.name == "plotly":
                styles = plotly_styles((source / "plotly-cartesian.min.js").read_text())
                (package.folder / "plotly.css").write_text(styles)
            if package.name == "lucide-static":
                (package.folder / "icons.svg").write_text(sprite(source / "icons", used_icons()))
        versions.append(f"{package.name} {package.version}")
    (STATIC / "VERSIONS").write_text("\n".join(versions) + "\n")


if __name__ == "__main__":
    main()
