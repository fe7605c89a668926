"""What the packaging of a project takes: setuptools, Poetry, Hatch, Flit, PDM and uv.

https://setuptools.pypa.io/en/latest/userguide/package_discovery.html, https://python-poetry.org/docs/pyproject/#packages,
https://hatch.pypa.io/latest/plugins/builder/wheel/, https://flit.pypa.io/en/stable/pyproject_toml.html
"""

from __future__ import annotations

import ast
import configparser
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

from ..ignore import Patterns
from ..old_copies import parts_below
from ..requirements.metadata import strings, table, toml_of
from ..requirements.setuptools_files import setup_arguments
from .taken import Taken

#: What setuptools leaves out of a flat project: https://setuptools.pypa.io/en/latest/userguide/package_discovery.html#flat-layout
_RESERVED = frozenset(
    "ci bin debian doc docs documentation manpages news newsfragments changelog test tests unit_test unit_tests example "
    "examples scripts tools util utils python build benchmark benchmarks exercise exercises htmlcov setup conftest noxfile "
    "pavement tasks fabfile toxfile dodo".split()
)


class Layout:
    """The Python files of a project, as packaging looks at them."""

    def __init__(self, files: Iterable[Path], folder: Path) -> None:
        self.folder = folder
        self.files = frozenset(path for path in files if parts_below(folder, path) is not None)
        inner = {path.parent for path in self.files}
        self.folders = frozenset(p for f in inner for p in (f, *f.parents) if parts_below(folder, p) is not None)

    def holds(self, path: Path) -> bool:
        """Whether there is such a file, or Python below such a directory."""
        return path in self.files or path in self.folders

    def is_package(self, folder: Path) -> bool:
        """Whether a directory has an ``__init__.py``."""
        return folder / "__init__.py" in self.files

    def found(
        self, where: Path, include: list[str] | None = None, exclude: Iterable[str] = (), *, namespaces: bool
    ) -> frozenset[Path]:
        """The packages that setuptools finds below a directory."""
        return frozenset(
            folder
            for folder in self.folders
            if folder != where and folder.is_relative_to(where) and self._is_found(folder, where, namespaces)
            for dotted in [".".join(folder.relative_to(where).parts)]
            if any(fnmatchcase(dotted, pattern) for pattern in include or ["*"])
            and not any(fnmatchcase(dotted, pattern) for pattern in exclude)
        )

    def _is_found(self, folder: Path, where: Path, namespaces: bool) -> bool:
        parts = folder.relative_to(where).parts
        if not all(part.isidentifier() for part in parts):
            return False
        return namespaces or all(self.is_package(where.joinpath(*parts[: n + 1])) for n in range(len(parts)))


def build_of(folder: Path, text_of: Callable[[Path], str | None], files: Iterable[Path]) -> Taken | None:
    """What the package takes that is built from a folder; None where none is."""
    texts = {name: text_of(folder / name) for name in ("pyproject.toml", "setup.cfg", "setup.py")}
    layout = Layout(files, folder)
    data = toml_of(texts["pyproject.toml"] or "")
    backend = str(table(data, "build-system").get("build-backend", ""))
    tool, name = table(data, "tool"), str(table(data, "project").get("name", ""))
    where = folder / "pyproject.toml"
    if "poetry" in backend or ("poetry" in tool and not backend):
        poetry = table(tool, "poetry")
        built = None if poetry.get("package-mode") is False else _poetry(where, layout, poetry, name)
        return _but(built, poetry.get("exclude"))
    if "hatchling" in backend:
        hatch = table(tool, "hatch", "build")
        left_out = table(hatch, "targets", "wheel").get("exclude", hatch.get("exclude"))
        return _but(_hatch(where, layout, hatch, name), left_out)
    if "flit" in backend:
        return _named(where, layout, str(table(tool, "flit", "module").get("name", name)))
    if "uv_build" in backend:
        return _uv(where, layout, table(tool, "uv", "build-backend"), name)
    if "pdm" in backend:
        pdm = table(tool, "pdm", "build")
        return _but(_pdm(where, layout, pdm), pdm.get("excludes"))
    if backend and "setuptools" not in backend:
        return Taken(where, open=True)
    return _setuptools(layout, texts, data)


def _but(taken: Taken | None, left_out: Any) -> Taken | None:
    return replace(taken, without=Patterns(strings(left_out))) if taken and strings(left_out) else taken


def _named(where: Path, layout: Layout, name: str) -> Taken | None:
    """A package or module with the name of the project, where it is by convention."""
    module = name.replace("-", "_").replace(".", "_")
    for base in (layout.folder, layout.folder / "src"):
        for spelling in dict.fromkeys((module, module.lower())):
            if layout.holds(base / spelling):
                return Taken(where, trees=frozenset({base / spelling}))
            if layout.holds(base / f"{spelling}.py"):
                return Taken(where, files=frozenset({base / f"{spelling}.py"}))
    return None


def _poetry(where: Path, layout: Layout, poetry: dict[str, Any], name: str) -> Taken | None:
    listed = poetry.get("packages")
    if not isinstance(listed, list):
        return _named(where, layout, str(poetry.get("name", name)))
    taken = Taken(where)
    for item in listed:
        if isinstance(item, dict) and isinstance(item.get("include"), str):
            taken = _with(taken, layout.folder / str(item.get("from", "")), item["include"], layout)
    return taken


def _with(taken: Taken, base: Path, pattern: str, layout: Layout) -> Taken:
    """What is taken, and what a path or a pattern names."""
    pattern = pattern.removeprefix("./").removesuffix("/")
    if pattern.endswith(("/**/*.py", "/**/*", "/**")):
        pattern = pattern.partition("/**")[0]
    target = base / pattern
    if "*" not in pattern and "?" not in pattern:
        if target.suffix == ".py" and not layout.holds(target / "__init__.py"):
            return replace(taken, files=taken.files | {target})
        return replace(taken, trees=taken.trees | {target})
    if "*" in target.parent.as_posix() or "**" in pattern:
        return replace(taken, open=True)
    return replace(taken, patterns=(*taken.patterns, (target.parent, target.name)))


def _hatch(where: Path, layout: Layout, build: dict[str, Any], name: str) -> Taken | None:
    wheel = table(build, "targets", "wheel")
    for key in ("packages", "only-include", "include"):
        listed = strings(wheel.get(key, build.get(key)))
        if listed:
            taken = Taken(where)
            for item in listed:
                taken = _with(taken, layout.folder, item.removeprefix("/"), layout)
                if key == "include" and "/" not in item and "*" in item:  # it matches at every depth
                    taken = replace(taken, open=True)
            return taken
    return _named(where, layout, name)


def _uv(where: Path, layout: Layout, build: dict[str, Any], name: str) -> Taken | None:
    base = layout.folder / str(build.get("module-root", "src"))
    wanted = build.get("module-name", name.replace("-", "_"))
    names = strings([wanted] if isinstance(wanted, str) else wanted)
    trees = frozenset(base.joinpath(*item.split(".")) for item in names)
    return Taken(where, trees=trees) if any(layout.holds(tree) for tree in trees) else None


def _pdm(where: Path, layout: Layout, build: dict[str, Any]) -> Taken | None:
    listed = strings(build.get("includes"))
    taken = Taken(where)
    if listed:
        for item in listed:
            taken = _with(taken, layout.folder, item, layout)
        return taken
    base = layout.folder / "src" if layout.holds(layout.folder / "src") else layout.folder
    trees = frozenset(folder for folder in layout.folders if folder.parent == base and layout.is_package(folder))
    return Taken(where, trees=trees) if trees else None


# setuptools


def _setuptools(layout: Layout, texts: Mapping[str, str | None], data: dict[str, Any]) -> Taken | None:
    given = table(data, "tool", "setuptools")
    from_setup = setup_arguments(texts["setup.py"] or "")
    config = configparser.ConfigParser(interpolation=None, strict=False)
    try:
        config.read_string(texts["setup.cfg"] or "")
    except configparser.Error:
        config.clear()
    is_built = "build-system" in data or given or from_setup is not None or config.has_section("options")
    if not is_built and not table(data, "project", "scripts"):
        return None
    name = next(name for name in ("setup.py", "pyproject.toml", "setup.cfg") if texts[name] is not None)
    for taken in (
        _of_pyproject(layout, given),
        _of_cfg(layout, config),
        _of_setup(layout, from_setup or {}),
    ):
        if taken is not None:
            return taken
    return _discovered(layout, layout.folder / name)


def _of_pyproject(layout: Layout, given: dict[str, Any]) -> Taken | None:
    where = layout.folder / "pyproject.toml"
    roots = {key: value for key, value in table(given, "package-dir").items() if isinstance(value, str)}
    modules, packages = given.get("py-modules"), given.get("packages")
    if modules is None and packages is None:
        return None
    files = frozenset(_placed(layout.folder, roots, item, ".py") for item in strings(modules))
    if not isinstance(packages, dict):
        return Taken(where, files, frozenset(_placed(layout.folder, roots, item) for item in strings(packages)))
    find = table(packages, "find")
    found: frozenset[Path] = frozenset()
    for base in strings(find.get("where")) or [roots.get("", ".")]:
        include, exclude = strings(find.get("include")), strings(find.get("exclude"))
        found |= layout.found(
            _inside(layout.folder, base), include, exclude, namespaces=find.get("namespaces") is not False
        )
    return Taken(where, files, found)


def _of_cfg(layout: Layout, config: configparser.ConfigParser) -> Taken | None:
    modules = config.get("options", "py_modules", fallback=None)
    packages = config.get("options", "packages", fallback=None)
    if modules is None and packages is None:
        return None
    where = layout.folder / "setup.cfg"
    mapped = [line.partition("=") for line in config.get("options", "package_dir", fallback="").splitlines()]
    roots = {key.strip(): value.strip() for key, sign, value in mapped if sign}
    files = frozenset(_placed(layout.folder, roots, item, ".py") for item in _lines(modules or ""))
    listed = _lines(packages or "")
    if listed and listed[0] in ("find:", "find_namespace:"):
        section = "options.packages.find"
        base = config.get(section, "where", fallback=roots.get("", "."))
        include, exclude = (_lines(config.get(section, key, fallback="")) for key in ("include", "exclude"))
        found = layout.found(_inside(layout.folder, base), include, exclude, namespaces=listed[0] != "find:")
        return Taken(where, files, found)
    return Taken(where, files, frozenset(_placed(layout.folder, roots, item) for item in listed))


def _lines(value: str) -> list[str]:
    return [item.strip() for line in value.splitlines() for item in line.split(",") if item.strip()]


def _of_setup(layout: Layout, given: Mapping[str, Any]) -> Taken | None:
    where = layout.folder / "setup.py"
    if not {"packages", "py_modules", "**"} & given.keys():
        return None
    mapped = given.get("package_dir")
    roots: dict[str, str] = mapped if isinstance(mapped, dict) else {}
    modules, packages = given.get("py_modules", ()), given.get("packages", ())
    if "**" in given or not isinstance(modules, (list, tuple)):
        return Taken(where, open=True)
    files = frozenset(_placed(layout.folder, roots, item, ".py") for item in strings(list(modules)))
    if isinstance(packages, (list, tuple)):
        return Taken(where, files, frozenset(_placed(layout.folder, roots, item) for item in strings(list(packages))))
    match packages:
        case ast.Call(func=ast.Name(id=name) | ast.Attribute(attr=name)) if name in (
            "find_packages",
            "find_namespace_packages",
        ):
            options = _literal_arguments(packages)
            if options is not None:
                include, exclude = (strings(list(options.get(key, ()))) for key in ("include", "exclude"))
                base = _inside(layout.folder, options.get("where", "."))
                return Taken(where, files, layout.found(base, include, exclude, namespaces=name != "find_packages"))
    return Taken(where, files, open=True)


def _literal_arguments(call: ast.Call) -> dict[str, Any] | None:
    names = [("where", "exclude", "include")[n] for n in range(min(len(call.args), 3))]
    given = [*zip(names, call.args, strict=False), *((keyword.arg, keyword.value) for keyword in call.keywords)]
    try:
        return {name or "": ast.literal_eval(value) for name, value in given}
    except (ValueError, TypeError):
        return None


def _placed(folder: Path, roots: Mapping[str, str], dotted: str, suffix: str = "") -> Path:
    """Where a module or package is, by setuptools' ``package_dir``."""
    parts = dotted.split(".")
    for length in range(len(parts), 0, -1):
        if (base := roots.get(".".join(parts[:length]))) is not None:
            inside = _inside(folder, base).joinpath(*parts[length:])
            return inside.with_name(inside.name + suffix) if suffix else inside
    target = _inside(folder, roots.get("", ".")).joinpath(*parts)
    return target.with_name(target.name + suffix) if suffix else target


def _inside(folder: Path, relative: str) -> Path:
    return folder if relative in ("", ".", "./") else folder / relative.removeprefix("./")


def _discovered(layout: Layout, where: Path) -> Taken | None:
    """What setuptools takes where nothing is said: a ``src`` directory, one package, or one module."""
    source = layout.folder / "src"
    if layout.holds(source):
        return Taken(where, folders=layout.found(source, namespaces=True) | {source})
    tops = [
        f for f in layout.folders if f.parent == layout.folder and f.name not in _RESERVED and f.name.isidentifier()
    ]
    if len(tops) == 1:
        return Taken(where, folders=layout.found(layout.folder, [tops[0].name, f"{tops[0].name}.*"], namespaces=True))
    beside = (path for path in layout.files if path.parent == layout.folder)
    modules = frozenset(path for path in beside if path.stem not in _RESERVED and not path.stem.startswith("_"))
    return Taken(where, files=modules) if not tops and len(modules) == 1 else None
