"""What a file starts that runs beside the handlers of updates: jobs, tasks, threads, servers, callbacks of libraries.

A library runs code of the project only if it is given some: a function as an argument, as an attribute or by a decorator,
or a class that derives from one of its own. Wherever that happens and the library is not known to call it in place
(`knowledge.running`), the function may run at any time.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from ...knowledge import running
from ...knowledge.kinds import CLIENT
from ...knowledge.yields import surely_yields
from .evidence import Beside, Evidence
from .module import Module
from .program import FunctionPlace, Program
from .references import References, dotted, root_name
from .replacing import last_of
from .telegram.kinds import Kinds
from .telegram.project import TELETHON

#: What programs call the object that runs the bot.
_APPLICATIONS = frozenset("app application updater dispatcher dp bot_app".split())
_NOT_BLOCKING = "runs in a task of its own, since it has"


def started(program: Program, module: Module, library: str | None) -> Iterator[Evidence]:
    """The places of a file that start something beside the handlers of `library`, or may."""
    yield from _File(program, module, library).places()


class _File:
    def __init__(self, program: Program, module: Module, library: str | None) -> None:
        self.program = program
        self.library = library
        self.module = module
        self.references = References(program, module)

    def places(self) -> Iterator[Evidence]:
        for call in self.module.all(ast.Call):
            yield from self._call(call)
        for node in self.module.all(ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef):
            for decorator in node.decorator_list:
                yield from self._decorator(node, decorator)
        for cls in self.module.all(ast.ClassDef):
            for base in cls.bases:
                yield from self._base(cls, base)
        for assignment in self.module.all(ast.Assign):
            yield from self._assignment(assignment)
        for statement in self.module.all(ast.Import, ast.ImportFrom):
            yield from self._import(statement)

    def _found(self, node: ast.AST, kind: Beside, sentence: str, runs: FunctionPlace | None = None) -> Evidence:
        return Evidence(sentence, self.module.path, getattr(node, "lineno", 1), kind, runs)

    # Calls

    def _call(self, call: ast.Call) -> Iterator[Evidence]:
        name = dotted(self.module, call.func)
        method = call.func.attr if isinstance(call.func, ast.Attribute) else ""
        if name in ("builtins.exec", "builtins.eval"):
            yield self._found(call, Beside.UNKNOWN, f"{_spelled(call)} runs code that the source does not show")
        elif name in running.TOGETHER:
            if not self._only_requests(call):
                yield self._found(call, Beside.TASK, f"{_spelled(call)} runs coroutines beside each other")
        elif name in running.TASKS or (method in running.TASK_METHODS and not self.program.is_own(self.module, name)):
            yield self._starts(call, Beside.TASK, "runs in a task of its own")
        elif name in running.IN_A_THREAD or method in running.IN_A_THREAD_METHODS:
            if not isinstance(self.module.parent(call), ast.Await):
                yield self._starts(call, Beside.THREAD, "runs in a thread that is not waited for")
        elif name.startswith(running.THREADS):
            yield self._starts(call, Beside.THREAD, "runs in a thread")
        elif method in running.JOBS:
            yield self._starts(call, Beside.JOB, "runs as a job")
        elif name.startswith(running.SERVERS):
            yield self._found(call, Beside.SERVER, f"{_spelled(call)} answers other programs in the same process")
        elif name.startswith(running.SCHEDULERS):
            yield self._found(call, Beside.SCHEDULER, f"{_spelled(call)} runs functions at times of its own")
        elif name.startswith(running.CLIENTS) and name.partition(".")[0] != self.library:
            yield self._found(call, Beside.CLIENT, f"{_spelled(call)} is a client beside it")
        else:
            yield from self._keywords(call, name, method)
            if not self._in_place(call, name, method):
                yield from self._handed(call)

    def _starts(self, call: ast.Call, kind: Beside, does: str) -> Evidence:
        values = [*call.args, *(keyword.value for keyword in call.keywords)]
        for value in values:
            if (place := self.program.place(self.module, value)) is not None or isinstance(value, ast.Lambda):
                what = "a lambda" if isinstance(value, ast.Lambda) else f"`{_short(value)}`"
                return self._found(call, kind, f"{what} {does} ({_spelled(call)})", place)
        return self._found(call, kind, f"what {_spelled(call)} is given {does}")

    def _only_requests(self, call: ast.Call) -> bool:
        """Whether all that is run together, and awaited on the spot, are coroutines of libraries: they touch nothing of the project."""
        if not isinstance(self.module.parent(call), ast.Await):
            return False
        values = [value.value if isinstance(value, ast.Starred) else value for value in call.args]
        flat: list[ast.expr] = []
        for value in values:
            match value:
                case ast.ListComp(elt=element) | ast.GeneratorExp(elt=element):
                    flat.append(element)
                case ast.List(elts=elements) | ast.Tuple(elts=elements):
                    flat += elements
                case _:
                    flat.append(value)
        return all(self._is_request(value) for value in flat)

    def _is_request(self, value: ast.expr) -> bool:
        if not (isinstance(value, ast.Call) and isinstance(value.func, ast.Attribute)):
            return False
        own = value.func.attr in self.program.functions or self.program.is_own(
            self.module, dotted(self.module, value.func)
        )
        return not own and not any(self.references.holds(v) for v in (*value.args, *(k.value for k in value.keywords)))

    def _keywords(self, call: ast.Call, name: str, method: str) -> Iterator[Evidence]:
        """What keywords of python-telegram-bot's handlers say."""
        last = method or name.rpartition(".")[2] or getattr(call.func, "id", "")
        handler = (
            name.startswith("telegram.ext.") or last.endswith("Handler") or last in ("__init__", "add_error_handler")
        )
        if not handler and last != "Defaults":
            return
        for keyword in call.keywords:
            value = keyword.value
            constant = value.value if isinstance(value, ast.Constant) else ...
            if (keyword.arg == "block" and constant is not True) or (
                keyword.arg == "run_async" and constant is not False
            ):
                place = next((p for a in call.args if (p := self.program.place(self.module, a))), None)
                told = f"{keyword.arg}={ast.unparse(value)}"
                yield self._found(call, Beside.UNBLOCKED, f"a handler {_NOT_BLOCKING} `{told}`", place)
            elif keyword.arg == "conversation_timeout" and constant is not None:
                yield self._found(call, Beside.JOB, "what a conversation does when it times out runs as a job")
            elif keyword.arg is None and last != "__init__":
                yield self._found(
                    call, Beside.UNKNOWN, f"{_spelled(call)} is configured by values that the source does not show"
                )
        positional = call.args[2:] if last.endswith("Handler") else call.args[1:] if last == "add_error_handler" else ()
        if any(isinstance(value, ast.Constant) and value.value is False for value in positional):
            yield self._found(call, Beside.UNBLOCKED, f"a handler {_NOT_BLOCKING} `block=False`")

    def _in_place(self, call: ast.Call, name: str, method: str) -> bool:
        """Whether what the call is given runs in place, if at all."""
        if name:
            return self.program.is_own(self.module, name) or name.startswith(running.IN_PLACE)
        if isinstance(call.func, ast.Name):
            return (
                call.func.id in self.program.functions
                or call.func.id in self.program.classes
                or (self.module.definition(call.func) is not None)
            )
        own = method in self.program.functions or method in self.program.classes
        return own or method in running.IN_PLACE_METHODS or surely_yields(self.library or "", "", method)

    def _handed(self, call: ast.Call) -> Iterator[Evidence]:
        for value in (*call.args, *(keyword.value for keyword in call.keywords)):
            if self.references.holds(value):
                place = self.program.place(self.module, value)
                sentence = f"{_spelled(call)} is given a function and may run it at any time"
                yield self._found(call, Beside.CALLBACK, sentence, place)
                return
            if isinstance(value, ast.Name) and value.id in _APPLICATIONS:
                yield self._found(
                    call, Beside.UNKNOWN, f"{_spelled(call)} is given `{value.id}`, and what it does is not known"
                )
                return

    # Decorators, classes, attributes, imports

    def _decorator(
        self, node: ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef, decorator: ast.expr
    ) -> Iterator[Evidence]:
        called = decorator.func if isinstance(decorator, ast.Call) else decorator
        name = dotted(self.module, called)
        if name in ("telegram.ext.dispatcher.run_async", "telegram.ext.run_async"):
            yield self._found(node, Beside.UNBLOCKED, f"`{node.name}` runs in a thread, since it has `@run_async`")
            return
        method = last_of(called)
        known = (
            self.program.is_own(self.module, name) or name.startswith(running.IN_PLACE)
            if name
            else method in self.program.functions | self.program.classes or method in running.IN_PLACE_METHODS
        )
        known = known or (isinstance(called, ast.Attribute) and method == "on" and self._is_client(called.value))
        if known or (method == "register" and root_name(called) in self.program.functions):
            return
        place = None if isinstance(node, ast.ClassDef) else (self.module.path, node.lineno)
        kind = Beside.SCHEDULER if name.startswith(running.SCHEDULERS) else Beside.CALLBACK
        yield self._found(node, kind, f"`@{ast.unparse(called)}` may run `{node.name}` at any time", place)

    def _is_client(self, expression: ast.expr) -> bool:
        return self.library == TELETHON and Kinds(self.module).of(expression) == CLIENT

    def _base(self, cls: ast.ClassDef, base: ast.expr) -> Iterator[Evidence]:
        plain = base.value if isinstance(base, ast.Subscript) else base
        name = dotted(self.module, plain)
        if name.startswith(("telegram.ext.Application", "telegram.ext.BaseUpdateProcessor", "telegram.ext.JobQueue")):
            yield self._found(cls, Beside.UNKNOWN, f"`{cls.name}` changes how the library hands out updates")
        elif name.startswith(("threading.", "multiprocessing.", *running.SERVERS, *running.SCHEDULERS)):
            yield self._found(cls, Beside.THREAD, f"`{cls.name}` is a `{ast.unparse(plain)}`")
        elif not name and not self._is_own_class(plain):
            yield self._found(cls, Beside.CALLBACK, f"the base class of `{cls.name}` is not known")
        elif name and not self.program.is_own(self.module, name) and not name.startswith(running.IN_PLACE):
            yield self._found(cls, Beside.CALLBACK, f"`{ast.unparse(plain)}` may call `{cls.name}` at any time")

    def _is_own_class(self, base: ast.expr) -> bool:
        """A class of the project, or one that a known library made: ``Base = declarative_base()``."""
        if last_of(base) in self.program.classes:
            return True
        root = base
        while isinstance(root, (ast.Attribute, ast.Call)):
            root = root.value if isinstance(root, ast.Attribute) else root.func
            if dotted(self.module, root).startswith(running.IN_PLACE):
                return True
        for binding in self.module.bindings(root.id, root) if isinstance(root, ast.Name) else ():
            parent = self.module.parent(binding.node)
            if isinstance(parent, ast.Assign) and isinstance(parent.value, ast.Call):
                made = dotted(self.module, parent.value.func)
                if not self.program.is_own(self.module, made) and not made.startswith(running.IN_PLACE):
                    return False
                continue
            return False
        return isinstance(root, ast.Name) and bool(self.module.bindings(root.id, root))

    def _assignment(self, assignment: ast.Assign) -> Iterator[Evidence]:
        for target in assignment.targets:
            if isinstance(target, ast.Attribute) and target.attr in ("block", "run_async"):
                yield self._found(assignment, Beside.UNBLOCKED, f"`{ast.unparse(target)}` is set by hand")
            if not isinstance(target, ast.Attribute) or not self.references.holds(assignment.value):
                continue
            owner = root_name(target)
            if (
                owner in ("self", "cls")
                or owner in self.program.functions
                or target.attr in running.IN_PLACE_ATTRIBUTES
            ):
                continue
            place = self.program.place(self.module, assignment.value)
            yield self._found(assignment, Beside.CALLBACK, f"`{ast.unparse(target)}` may be called at any time", place)

    def _import(self, statement: ast.Import | ast.ImportFrom) -> Iterator[Evidence]:
        names = (
            [alias.name for alias in statement.names] if isinstance(statement, ast.Import) else [statement.module or ""]
        )
        for name in names:
            if name.partition(".")[0] in running.CHANGES_THE_LOOP:
                yield self._found(statement, Beside.UNKNOWN, f"`{name}` changes how the event loop works")


def _spelled(call: ast.Call) -> str:
    """What a call calls, in a sentence."""
    text = ast.unparse(call.func)
    return f"`{text}`" if len(text) < 60 else f"`{getattr(call.func, 'attr', '')}`"


def _short(value: ast.expr) -> str:
    if isinstance(value, ast.Call) and not ast.unparse(value.func).endswith("partial"):
        value = value.func
    text = ast.unparse(value)
    return text if len(text) < 40 else text.partition("(")[0]
