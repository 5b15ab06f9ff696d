"""Which source files a module needs: the inputs that make a workflow job stale when code changes.

Snakemake does not see what a job imports. The transitive closure of a module's imports inside the
package, read from the syntax tree without importing anything, is given to each rule as `code=` inputs.
"""

import ast
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
# module -> the file beside it that it reads
DATA = {
    "pipeline/drawing/style.py": "pipeline/drawing/lazyrich.mplstyle",
    "data/digits.py": "data/digits.csv.gz",
    "data/diabetes.py": "data/diabetes.csv.gz",
}


@cache
def _file(module):
    path = ROOT.joinpath(*module.split("."))
    for candidate in (path / "__init__.py", path.with_suffix(".py")):
        if candidate.is_file():
            return candidate
    return None


def _statements(block):
    """Every statement under a block, however deep: no expression, and a tree is mostly those, has an import."""
    for statement in block:
        yield statement
        for name in ("body", "orelse", "finalbody", "handlers", "cases"):
            yield from _statements(getattr(statement, name, ()))


@cache
def _imports(module):
    """Modules of the package that `module` imports anywhere in its text, and its parent packages."""
    file = _file(module)
    parts = module.split(".")
    package = parts if file.name == "__init__.py" else parts[:-1]
    found = {".".join(parts[:k]) for k in range(1, len(parts))}
    for node in _statements(ast.parse(file.read_text(encoding="utf-8")).body):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            base = package[: len(package) - node.level + 1] if node.level else []
            base = ".".join([*base, *([node.module] if node.module else [])])
            names = [base, *(f"{base}.{alias.name}" for alias in node.names)]
        else:
            continue
        found.update(name for name in names if name.split(".")[0] == parts[0] and _file(name))
    return frozenset(found - {module})


def modules(*roots):
    """Names of `roots` and of every module of the package that they import, directly or not."""
    seen, todo = set(), list(roots)
    while todo:
        module = todo.pop()
        if module not in seen:
            seen.add(module)
            todo.extend(_imports(module))
    return sorted(seen)


def files(*roots):
    """The source files of `modules(*roots)`, with the data that one of them reads."""
    result = [_file(module) for module in modules(*roots)]
    package = ROOT / "lazyrich"
    return result + [package / data for module, data in DATA.items() if package / module in result]
