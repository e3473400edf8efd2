"""Stylesheets and scripts of the pages: copied once, named by content, served from our own origin.

Third-party files are installed by ``npm ci --ignore-scripts`` and never committed; ``vendor.json``
lists the few that are used with the hash each must have. Our own stylesheets become one file.
"""

import base64
import hashlib
import json
import sys
from collections.abc import Mapping
from pathlib import Path

from insurer.kernel.errors import Invalid, Problem

STYLES = (
    "css/tokens.css",
    "css/base.css",
    "css/layout.css",
    "css/tables.css",
    "css/forms.css",
    "css/components.css",
    "css/case.css",
    "css/money.css",
    "css/intake.css",
    "css/print.css",
)
"""Our stylesheets in the order in which they are joined into ``desk.css``."""

SCRIPTS = (
    "js/keys.js",
    "js/forms.js",
    "js/sums.js",
    "js/selection.js",
    "js/panel.js",
    "js/papers.js",
    "js/uploads.js",
    "js/entry.js",
    "js/leaving.js",
    "js/presence.js",
    "js/fresh.js",
    "js/words.js",
)
OWN = Path(__file__).parent / "static"
MANIFEST = "manifest.json"


class Assets:
    """Answers the address of an asset by its plain name; a name without a file is a :class:`LookupError`."""

    def __init__(self, names: Mapping[str, str], prefix: str = "/static/") -> None:
        self._names = dict(names)
        self._prefix = prefix

    @classmethod
    def load(cls, target: Path, prefix: str = "/static/") -> "Assets":
        """Read the manifest that :func:`build_assets` wrote; raises Invalid when it is not there."""
        try:
            names = json.loads((target / MANIFEST).read_text(encoding="utf-8"))
        except (OSError, ValueError) as error:
            raise Invalid(
                "页面的样式和脚本还没有准备，请先运行 npm ci --ignore-scripts，再准备一次。"
            ) from error
        return cls(names, prefix)

    def url(self, name: str) -> str:
        """Return the address of one asset, for templates as ``asset(name)``."""
        if name not in self._names:
            raise LookupError(f"asset {name} is not in the manifest")
        return self._prefix + self._names[name]

    def files(self) -> tuple[str, ...]:
        """Return the content-named files, relative to the target folder."""
        return tuple(sorted(self._names.values()))


def build_assets(source: Path, target: Path) -> dict[str, str]:
    """Fill ``target`` with content-named copies and a manifest; returns plain name to file name.

    ``source`` is the folder that holds ``node_modules``. Raises Invalid, naming each file, when an
    installed file is missing or is not byte for byte the expected one. Running it again changes nothing.
    """
    contents = _vendored(source)
    contents["desk.css"] = b"".join((OWN / name).read_bytes() for name in STYLES)
    contents.update({name: (OWN / name).read_bytes() for name in SCRIPTS})

    target.mkdir(parents=True, exist_ok=True)
    manifest = {name: _named_by_content(name, content) for name, content in contents.items()}
    for name, content in contents.items():
        _write(target / manifest[name], content)
    _write(target / MANIFEST, json.dumps(manifest, indent=1, sort_keys=True).encode())
    return manifest


def _vendored(source: Path) -> dict[str, bytes]:
    expected = json.loads((OWN / "vendor.json").read_text(encoding="utf-8"))
    contents: dict[str, bytes] = {}
    problems: list[Problem] = []
    for name, entry in expected.items():
        path = source / entry["from"]
        if not path.is_file():
            problems.append(
                Problem(name, "还没有安装，请先运行 npm ci --ignore-scripts。", entry["from"], "missing")
            )
            continue
        content = path.read_bytes()
        if base64.b64encode(hashlib.sha384(content).digest()).decode() != entry["sha384"]:
            problems.append(Problem(name, "内容和登记的不一样，请重新安装后再试。", entry["from"], "hash"))
        contents[name] = content
    if problems:
        raise Invalid("页面用到的文件不齐，没有写入。", tuple(problems))
    return contents


def _named_by_content(name: str, content: bytes) -> str:
    stem, _, suffix = name.rpartition(".")
    return f"{stem}.{hashlib.sha256(content).hexdigest()[:12]}.{suffix}"


def _write(path: Path, content: bytes) -> None:
    """Write through a temporary name, so that a server that is running never reads half a file."""
    if path.is_file() and path.read_bytes() == content:
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(path.name + ".part")
    partial.write_bytes(content)
    partial.replace(path)


def main() -> int:
    """Build ``build/static`` from the current folder (``python -m insurer.web.assets``)."""
    try:
        build_assets(Path(), Path("build/static"))
    except Invalid as error:
        sys.stderr.write("\n".join([error.message, *(str(problem) for problem in error.problems)]) + "\n")
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
