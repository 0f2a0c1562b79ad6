"""Imports run one way, without circles."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
OURS = ("crawler", "rules", "audit_reports", "db", "tests", "run_audit", "command_line", "evidence_commands")
ALLOWED = {
    "db": ("db",),
    "crawler": ("crawler", "db"),
    "rules": ("rules", "crawler.facts", "crawler.text", "db"),
    "audit_reports": ("audit_reports", "db", "rules", "crawler.facts"),
}
MODULES = {
    ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__"): path
    for layer in ALLOWED
    for path in sorted((ROOT / layer).rglob("*.py"))
}


def imported(path: Path) -> Iterator[tuple[int, str]]:
    """(line, module) of every import of ours in the file, wherever it stands."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}:{node.lineno}: relative import"
            module = node.module or ""
            names = [f"{module}.{alias.name}" for alias in node.names]
            names = [name if name in MODULES else module for name in names]
        else:
            continue
        yield from ((node.lineno, name) for name in names if name.split(".")[0] in OURS)


@pytest.mark.parametrize("module", MODULES)
def test_a_module_imports_only_what_its_layer_may(module: str) -> None:
    allowed = ALLOWED[module.split(".")[0]]
    wrong = [
        f"{MODULES[module].relative_to(ROOT)}:{line}: {name}"
        for line, name in imported(MODULES[module])
        if not any(name == prefix or name.startswith(prefix + ".") for prefix in allowed)
    ]
    assert wrong == []


def test_no_import_goes_in_a_circle() -> None:
    graph = {module: {name for _, name in imported(path)} for module, path in MODULES.items()}
    done: set[str] = set()

    def visit(module: str, trail: tuple[str, ...]) -> None:
        assert module not in trail, " -> ".join((*trail, module))
        if module not in done:
            for name in graph.get(module, ()):
                visit(name, (*trail, module))
            done.add(module)

    for module in graph:
        visit(module, ())


@pytest.mark.parametrize("layer", ALLOWED)
def test_packages_have_empty_init_files(layer: str) -> None:
    """Or else importing crawler.facts would pull in all of the crawler."""
    assert (ROOT / layer / "__init__.py").read_text() == ""


def test_no_module_is_named_for_nothing() -> None:
    banned = {"utils", "util", "helpers", "helper", "common", "manager", "base", "misc"}
    assert [module for module in MODULES if banned & set(module.split("."))] == []
