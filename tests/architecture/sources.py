"""The files of the checkout as the architecture tests read them."""

import ast
import subprocess
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]

BUILT = frozenset(
    {".git", ".venv", "node_modules", "build", "var", "__pycache__", ".hypothesis", ".mypy_cache"}
    | {".ruff_cache", ".pytest_cache", ".import_linter_cache"}
)
"""Folders that hold nothing written by us."""


@cache
def our_files() -> tuple[str, ...]:
    """Return every file that is or would be committed, as paths from the root of the checkout."""
    asked = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"]
    answer = subprocess.run(asked, cwd=ROOT, capture_output=True, check=False)
    if answer.returncode == 0:
        names = [name for name in answer.stdout.decode().split("\0") if name]
    else:  # an unpacked archive
        found = (path.relative_to(ROOT) for path in ROOT.rglob("*") if path.is_file())
        names = [path.as_posix() for path in found if not BUILT & set(path.parts)]
    return tuple(sorted(name for name in names if (ROOT / name).is_file()))


def python_files(*folders: str) -> list[str]:
    """Return the Python files below these folders."""
    prefixes = tuple(f"{folder}/" for folder in folders)
    return [name for name in our_files() if name.endswith(".py") and name.startswith(prefixes)]


def text_of(name: str) -> str:
    """Return the text of one of our files."""
    return (ROOT / name).read_text(encoding="utf-8")


@cache
def tree_of(name: str) -> ast.Module:
    """Return a Python file as a syntax tree."""
    return ast.parse(text_of(name), name)


def dotted(node: ast.expr) -> str:
    """Return ``a.b.c`` of a name or attribute, an empty text of anything else."""
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute):
        before = dotted(node.value)
        return f"{before}.{node.attr}" if before else ""
    return ""
