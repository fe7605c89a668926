"""What runs in a thread when a function works on a database: the library's code, and the bot's own where it has been handed any.

Libraries call what a connection or cursor is made with (`factory=`, `cursor_factory=`, `cursorclass=`), what it is given as
`row_factory`, and what was registered for kinds of values.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from ..analysis import sqlite
from ..analysis.effects import Effects
from ..analysis.module import Module, Project
from ..analysis.resolver import Definition, Resolver
from ..model import Assumption
from .identity import unreplaced
from .thread_values import is_text

#: By what a program has its own code run by a library for databases, or for whatever connects (`sys.addaudithook`).
_REGISTERS = tuple(
    b"register_adapter register_converter register_type register_dumper register_loader register_json register_composite "
    b"new_type new_array_type __conform__ getquoted create_function create_aggregate create_collation set_authorizer "
    b"create_window_function set_progress_handler set_trace_callback addaudithook".split()
)
#: Options of connections and cursors that are texts, numbers and the like for every library.
_DATA = frozenset(
    """database dsn dbname db host hostaddr user username password passwd port unix_socket charset collation use_unicode timeout
    connect_timeout connection_timeout read_timeout write_timeout detect_types isolation_level check_same_thread cached_statements
    uri autocommit sslmode sslrootcert application_name options keepalives buffered dictionary named_tuple raw prepared name
    init_command sql_mode auth_plugin raise_on_warnings""".split()
)


def own_code(effects: Effects, module: Module, node: ast.AST) -> Iterator[tuple[Module, Definition] | None]:
    """The bot's own code that a step on a connection may have run by its library: functions; None for what is not understood.

    Args:
        effects: The project's effects.
        module: The file.
        node: A call that opens or uses a connection, or an attribute of one that is set.
    """
    if isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store):
        assigned = module.parent(node)
        yield from _of_value(effects, module, assigned.value if isinstance(assigned, ast.Assign) else None)
    if not isinstance(node, ast.Call):
        return
    method = node.func.attr if isinstance(node.func, ast.Attribute) else ""
    if module.project.fact(_registers):
        yield None
    name = effects.facts.name_of(module, node.func)
    if name in sqlite.CONNECTS:
        if isinstance(unreplaced(module, name), Assumption) or _sets_attributes(module, name.partition(".")[0]):
            yield None
        for value in node.args[1:]:
            yield from _of_value(effects, module, value)
    if name in sqlite.CONNECTS or method == "cursor":
        for keyword in node.keywords:
            yield from _of_option(effects, module, keyword.arg, keyword.value)
    if method == "cursor":
        for value in node.args:
            yield from _of_value(effects, module, value)


def _of_option(
    effects: Effects, module: Module, name: str | None, value: ast.expr
) -> Iterator[tuple[Module, Definition] | None]:
    if name is not None:
        yield from () if name in _DATA else _of_value(effects, module, value)
        return
    where, given = (
        module.project.fact(Resolver).assigned(module, value) if isinstance(value, ast.Name) else (module, value)
    )
    match given:
        case ast.Dict(keys=keys, values=values) if all(isinstance(key, ast.Constant) for key in keys):
            for key, one in zip(keys, values, strict=True):
                yield from _of_option(effects, where, str(getattr(key, "value", "")), one)
        case ast.Call(func=ast.Name(id="dict"), args=[], keywords=keywords):
            for keyword in keywords:
                yield from _of_option(effects, where, keyword.arg, keyword.value)
        case _:
            yield None


def _of_value(effects: Effects, module: Module, value: ast.expr | None) -> Iterator[tuple[Module, Definition] | None]:
    """The function that a library is handed, None for what may be one; nothing for texts, numbers and what a library offers."""
    if isinstance(value, ast.BinOp):
        yield from _of_value(effects, module, value.left)
        yield from _of_value(effects, module, value.right)
    elif value is None or not (
        isinstance(value, ast.Constant) or effects.facts.name_of(module, value) or is_text(effects, module, value)
    ):
        meant = effects.facts.definition(module, value) if value is not None else None
        yield meant if meant is not None and isinstance(meant[1], ast.FunctionDef) else None


def _registers(project: Project) -> bool:
    """Whether a project may have registered code of its own with a library for databases."""
    return any(map(project.contains, _REGISTERS))


def _sets_attributes(module: Module, library: str) -> bool:
    """Whether the project puts something of its own into a library's classes and modules (`pymysql.cursors.Cursor.execute = …`)."""
    return library in module.project.fact(_altered)


def _altered(project: Project) -> frozenset[str]:
    """The libraries for databases of which the project sets an attribute."""
    libraries = {name.partition(".")[0] for name in sqlite.CONNECTS}
    found: set[str] = set()
    for path in project.mentioning(sorted(libraries)):
        if (where := project.parsed(path)) is None:
            return frozenset(libraries)
        for node in where.all(ast.Attribute):
            if not isinstance(node.ctx, ast.Load):
                found |= {(where.resolve(node.value) or "").partition(".")[0]}
    return frozenset(found & libraries)
