"""What a function that reads a file does or uses besides: what a cache would keep from happening, or would keep the old result of."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from ....engine.analysis.constants import is_unchanging, rebinding
from ....engine.analysis.files import accesses, argument
from ....engine.analysis.module import Module, Project
from ....engine.analysis.paths import is_made_up, pattern_of
from ....engine.analysis.resolver import Resolver

PARSERS = frozenset(
    {
        f"{library}.{name}"
        for library in ("json", "ujson", "simplejson", "orjson", "tomllib", "tomli", "toml")
        for name in ("load", "loads")
    }
    | {f"yaml.{name}" for name in ("safe_load", "load")}
)
#: What has code of the project's own run for what stands in a YAML file.
_OF_YAML = (
    "add_constructor add_multi_constructor add_implicit_resolver add_path_resolver add_to_loader_class YAMLObject "
    "yaml_constructors yaml_multi_constructors yaml_implicit_resolvers"
).split()
_PLAIN_LOADERS = frozenset(f"yaml.{name}" for name in ("SafeLoader", "CSafeLoader", "BaseLoader", "CBaseLoader"))
#: What the function may call besides: it depends on nothing else and does nothing else.
_PURE = frozenset(
    "builtins.open builtins.dict builtins.list builtins.set builtins.str builtins.int os.path.exists os.path.isfile os.path.join "
    "os.path.getsize os.stat os.path.dirname os.path.normpath io.open pathlib.Path pathlib.PurePath pathlib.PosixPath".split()
)
#: What depends on the working folder, on links and on the environment besides: it may only say where the file is.
_PLACES = frozenset("os.path.abspath os.path.realpath pathlib.Path.home pathlib.Path.cwd".split())
_METHODS = frozenset(
    "read open read_text read_bytes exists is_file get strip items keys values setdefault decode".split()
)
_OF_FILES = frozenset("open read_text read_bytes exists is_file stat".split())


def does_more(resolver: Resolver, module: Module, function: ast.FunctionDef) -> str | None:
    """What a function does or uses besides reading and parsing one file, as a clause."""
    found = accesses(module)
    files = {access.node for access in found}
    if any(function in module.ancestors(a.node) and is_made_up(pattern_of(module, a.path)) for a in found):
        return "no disk is behind its file, whose times say nothing of what it holds"
    paths = {part for access in found for part in ast.walk(access.path)}
    for node in (n for part in function.body for n in _walk(part)):
        match node:
            case ast.Global() | ast.Nonlocal():
                return f"it changes {node.names[0]}"
            case ast.Yield() | ast.YieldFrom():
                return "it is a generator"
            case ast.GeneratorExp() if not isinstance(module.parent(node), ast.Call):
                return "it gives a generator, which can be gone through only once"
            case ast.Attribute() | ast.Subscript() if not isinstance(node.ctx, ast.Load) and not _is_own(module, node):
                return f"it changes {module.segment(node)}"
            case ast.Call() if reason := _calls(module, node, files, node in paths):
                return reason
            case ast.Name(ctx=ast.Load()) if reason := _uses(resolver, module, node, node in paths):
                return reason
    return None


def _walk(node: ast.AST) -> Iterator[ast.AST]:
    """`ast.walk` without annotations."""
    yield node
    for field, value in ast.iter_fields(node):
        for child in value if isinstance(value, list) else [value]:
            if isinstance(child, ast.AST) and field not in ("annotation", "returns"):
                yield from _walk(child)


def _is_own(module: Module, node: ast.expr) -> bool:
    """Whether the object that an attribute or item belongs to is a variable of the function."""
    while isinstance(node, (ast.Attribute, ast.Subscript)):
        node = node.value
    bindings = module.bindings(node.id, node) if isinstance(node, ast.Name) else []
    return bool(bindings) and all(b.kind == "assign" and module.function(b.node) is not None for b in bindings)


def _calls(module: Module, call: ast.Call, files: set[ast.Call], is_path: bool) -> str | None:
    name = module.resolve(call.func)
    if reason := of_yaml(module, call):
        return reason
    if name in PARSERS or name in _PURE or (is_path and name in _PLACES):
        return None
    if name is None and isinstance(call.func, ast.Attribute) and call.func.attr in _METHODS:
        if call.func.attr in _OF_FILES and call not in files:
            return f"it also reads {module.segment(call.func.value)}"
        return None
    return f"it also calls {module.segment(call.func)}()"


def of_yaml(module: Module, call: ast.Call) -> str | None:
    """Why what a call makes of a YAML file may be more than what stands there, as a clause."""
    name = module.resolve(call.func) or ""
    if not name.startswith("yaml."):
        return None
    if name == "yaml.load" and not _is_plain_yaml(module, call):
        return f"what stands in a YAML file may have code run by {module.segment(call.func)}() with its `Loader`"
    own = next((path.name for path in module.project.mentioning(_OF_YAML)), None)
    own = own or module.project.fact(_hands_on_loader)
    return own and f"what stands in a YAML file may have code of {own} run"


def _hands_on_loader(project: Project) -> str | None:
    """The file that names a loader of YAML otherwise than to read with it: it may give it constructors."""
    for path in project.mentioning(name.removeprefix("yaml.") for name in _PLAIN_LOADERS):
        where = project.parsed(path)
        if where is None:
            return path.name
        for node in where.all(ast.Name, ast.Attribute):
            named = where.resolve(node) in _PLAIN_LOADERS and not isinstance(where.parent(node), ast.Attribute)
            given = where.parent(node)
            if named and not (isinstance(given, ast.keyword) and given.arg == "Loader"):
                return path.name
    return None


def _is_plain_yaml(module: Module, call: ast.Call) -> bool:
    """Whether it makes nothing but dictionaries, lists, texts and numbers: https://pyyaml.org/wiki/PyYAMLDocumentation."""
    loader = argument(call, 1, "Loader")
    return loader is not None and module.resolve(loader) in _PLAIN_LOADERS


def _uses(resolver: Resolver, module: Module, name: ast.Name, is_path: bool) -> str | None:
    """Whether a name stands for something outside of the function that may change, or that does more."""
    scope = module.scope(name).find(name.id)
    if scope is not None and scope is not module.names.root:
        return None
    if any(isinstance(a, ast.ExceptHandler) and a.type in (name, module.parent(name)) for a in module.ancestors(name)):
        return None
    chain: ast.expr = name
    while isinstance(parent := module.parent(chain), ast.Attribute):
        chain = parent
    for expression in dict.fromkeys((name, *(a for a in _around(module, name, chain)))):
        if symbol := resolver.symbol(module, expression):
            where, what = symbol
            bound = where.names.root.bindings.get(what, [])
            if any(b.kind == "class" for b in bound) and chain is not expression:
                return f"it uses {module.segment(chain)}, which may change"
            if any(b.kind in ("def", "class") for b in bound):
                return f"it hands {module.segment(chain)} on, which may do more than that"
            if rebinding(where, what) if is_path else not is_unchanging(where, what):
                return f"it uses {module.segment(expression)}, which may change"
            return None
    dotted = module.resolve(chain) or module.resolve(name) or ""
    if dotted.startswith(("os.environ", "sys.argv")):
        return f"it uses {dotted}, which may change"
    if not dotted or resolver.file_of(module.path, dotted) is not None:
        return f"it uses {module.segment(chain)}, of which nothing is known"
    return None


def _around(module: Module, name: ast.expr, chain: ast.expr) -> Iterator[ast.expr]:
    """`a.b` and `a.b.c` for the `a` of ``a.b.c``."""
    node: ast.AST | None = name
    while node is not chain and (node := module.parent(node)) is not None:  # type: ignore[arg-type]
        if isinstance(node, ast.expr):
            yield node
