"""What each step of a function does that others can see or depend on, the calls among them (see `call_touches`)."""

from __future__ import annotations

import ast
from collections.abc import Callable
from dataclasses import replace

from ...knowledge.kinds import CONTEXT
from ...knowledge.purity import is_harmless
from ..counters import STEPS, work
from .assignments import values_of
from .call_touches import Calls, Summaries
from .constants import rebinding
from .evaluation import Point
from .facts import Facts, reads_file
from .fates import TELLS_NAMES, Whose
from .file_reads import may_send_by_path
from .lasting import is_put_off
from .looks import are_taken_apart, is_looked_at, looks_into
from .module import Module
from .ownership import Frame
from .resolver import Definition
from .touch import Touch
from .waits import Wait

#: What a loop may go over in the place of its argument.
_PASSES_ON = frozenset("builtins.enumerate builtins.zip builtins.reversed builtins.iter".split())
#: What is closed, and so written or removed, where nobody has it any more.
_CLOSED_AT_LAST = frozenset(
    "builtins.open io.open codecs.open gzip.open bz2.open lzma.open os.fdopen zipfile.ZipFile tarfile.open shelve.open sqlite3.connect "
    "tempfile.NamedTemporaryFile tempfile.TemporaryFile tempfile.TemporaryDirectory socket.socket socket.create_connection".split()
)
_PROCESS = ("os.environ", "sys.stdout", "sys.stderr", "sys.stdin", "sys.path", "sys.modules", "sys.argv")


class Steps(Calls):
    """The touches of the steps of one function."""

    def __init__(
        self, facts: Facts, summaries: Summaries, frame: Frame, exact: Callable[[], Frame] | None = None
    ) -> None:
        super().__init__(facts, summaries, frame, exact)
        self._touches: dict[Point, Touch | None] = {}
        #: Of the waits that steps turned out to be (`touch_of_wait`).
        self.of_waits: dict[tuple[Point, Wait], Touch] = {}

    def touch(self, point: Point) -> Touch | None:
        """What a step touches by itself, the await of a coroutine left out."""
        if point not in self._touches:
            work.calls[STEPS] += 1
            self._touches[point] = self._touch(point) or self._looked_into(point)
        return self._touches[point]

    def _looked_into(self, point: Point) -> Touch | None:
        """What a statement looks at of an expression in it without saying so: whether it is true, what is in it."""
        node = point.node
        if point.role == "eval" and isinstance(node, ast.expr) and looks_into(self.module, node):
            return self._content(node)
        return None

    def _touch(self, point: Point) -> Touch | None:
        node = point.node
        if point.role == "mark":
            return None
        if point.role == "next":
            return self._next(node)
        if point.role in ("enter", "exit"):
            return self._ends(node, point.role)
        if point.role == "given":
            return self.arguments(node)
        match node:
            case ast.Name():
                return self._name(node)
            case ast.Attribute():
                return self._attribute(node)
            case ast.Subscript(value=value, ctx=ctx):
                return self._item(value, value, writes=not isinstance(ctx, ast.Load))
            case ast.Call():
                return self._call(node)
            case ast.AugAssign(target=target):
                touched = self._name(target, writes=True) if isinstance(target, ast.Name) else None
                if touched or isinstance(target, ast.Name):
                    return touched or (self._content(target, writes=True) if isinstance(target, ast.Name) else None)
                return self._part_of(target, writes=True)
            case ast.BinOp(left=left, right=right):
                return self._content(left) or self._content(right)
            case ast.UnaryOp(operand=operand):
                return self._content(operand)
            case ast.Compare(left=left, comparators=others, ops=ops):
                if all(isinstance(op, (ast.Is, ast.IsNot)) for op in ops):
                    return None
                return next(filter(None, map(self._content, [left, *others])), None)
            case ast.FormattedValue(value=value):
                return self._content(value)
            case ast.Starred(value=value, ctx=ast.Load()):
                return self._content(value)
            case ast.Tuple(ctx=ast.Store()) | ast.List(ctx=ast.Store()):
                return None
            case ast.Yield() | ast.YieldFrom():
                return self._found(node, "the code that iterates over it")
            case ast.match_case():
                return self._found(node, "looking at the subject of the `match`", writes=False)
            case ast.FunctionDef() | ast.AsyncFunctionDef():
                return self._found(node, f"decorating `{node.name}`") if node.decorator_list else None
            case ast.ClassDef():
                return (
                    self._found(node, f"making the class `{node.name}`") if node.bases or node.decorator_list else None
                )
        return None

    # Names, attributes

    def _name(self, node: ast.Name, *, writes: bool = False) -> Touch | None:
        scope = self.module.scope(node).find(node.id)
        writes = writes or not isinstance(node.ctx, ast.Load)
        if scope is None:
            return self._found(node, f"reading `{node.id}`", writes=False) if not self._is_known(node) else None
        if self.frame.is_local(scope):
            if writes and self._lets_go(node):
                return self._found(node, f"letting go of `{node.id}`")
            elsewhere = any(
                self.module.function(b.node) is not self.frame.function
                for b in scope.bindings[node.id]
                if b.kind == "assign"
            )
            return (
                self._found(node, f"{'setting' if writes else 'reading'} `{node.id}`", writes=writes)
                if elsewhere
                else None
            )
        if scope is self.module.names.root:
            if _is_process(self._facts.name_of(self.module, node)):
                called = self.module.parent(node)
                return None if isinstance(called, ast.Call) and called.func is node else self._process(node)
            if not writes and (self._is_known(node) or self._is_imported(node)):
                return None
        elif not writes and len(scope.bindings[node.id]) == 1:
            return None
        return self._found(node, f"{'setting' if writes else 'reading'} `{node.id}`", writes=writes)

    def _is_imported(self, name: ast.Name) -> bool:
        """Whether a module-level name stands for what one import gave it, and for nothing else later."""
        found = self.module.names.root.bindings[name.id]
        return all(binding.kind == "import" for binding in found) and rebinding(self.module, name.id) is None

    def _lets_go(self, name: ast.Name) -> bool:
        """Whether what a variable of the function has held so far may do something where nobody has it any more."""
        deletes = isinstance(name.ctx, ast.Del)
        if not deletes and len(self.module.bindings(name.id, name)) == 1 and not any(self.module.loops(name)):
            return False  # it has held nothing so far
        if any(map(self._ends_itself, values_of(self.module, name))):
            return True
        own = deletes and any(map(self.module.project.contains, (b"def __del__(", b"finalize(")))
        return own and self.whose(name) > Whose.OWN and not self._is_text(name)

    def _ends_itself(self, value: ast.expr) -> bool:
        if not isinstance(value, ast.Call) or isinstance(self.module.parent(value), ast.withitem):
            return False
        name = self._facts.name_of(self.module, value.func)
        if name in _CLOSED_AT_LAST:
            return not reads_file(name, value)
        if not name and isinstance(value.func, ast.Attribute) and value.func.attr == "open":
            return True
        made = self._facts.graph.class_of(self.module, value)
        return made is not None and self._facts.graph.method(*made, "__del__") is not None

    def _is_known(self, node: ast.Name) -> bool:
        return bool(self._facts.name_of(self.module, node)) or self._is_steady(node)

    def _attribute(self, node: ast.Attribute) -> Touch | None:
        parent = self.module.parent(node)
        writes = not isinstance(node.ctx, ast.Load)
        if not writes:
            if isinstance(parent, ast.Call) and parent.func is node:
                return None  # the call says it
            if node.attr in TELLS_NAMES:
                return None
            if self._facts.name_of(self.module, node):
                return None if not _is_process(self._facts.name_of(self.module, node)) else self._process(node)
            if self._facts.kind(self.module, node.value) == CONTEXT or self._facts.is_of_update(
                self.module, node.value
            ):
                return None
            if (meant := self._facts.definition(self.module, node)) is not None:
                return self._property(node, *meant)
            if self._is_steady(node):
                return None
            if self._facts.is_own_constant(self.module, node):
                return None
        elif self.whose(node.value) is Whose.FIXED:
            # which it is not any more: a logger, the loop, a member of an enumeration
            return self._found(node, f"changing `{self.text(node)}`")
        return self._part_of(node, writes=writes)

    def _part_of(self, node: ast.Attribute | ast.Subscript, *, writes: bool) -> Touch | None:
        """An attribute or item is looked at or changed: of something that others have, or of a class or function."""
        if isinstance(node, ast.Attribute) and self._facts.definition(self.module, node.value) is not None:
            return self._found(node, f"{'changing' if writes else 'reading'} `{self.text(node)}`", writes=writes)
        if isinstance(node, ast.Subscript):
            return self._item(node.value, node, writes=writes)
        return self._content(node.value, node, writes=writes)

    def _item(self, owner: ast.expr, shown: ast.expr, *, writes: bool) -> Touch | None:
        """An item of an object is looked at or changed: of a library's, too, which is the whole program's."""
        name = self._facts.name_of(self.module, owner)
        if name and (writes or not is_harmless(name)):
            return self._found(owner, f"{'changing' if writes else 'reading'} `{self.text(shown)}`", writes=writes)
        return self._content(owner, shown, writes=writes)

    def _process(self, node: ast.expr) -> Touch:
        return self._found(node, f"`{self.text(node)}`", writes=not is_looked_at(self.module, node))

    def _property(self, node: ast.Attribute, module: Module, meant: Definition) -> Touch | None:
        if isinstance(meant, ast.ClassDef) or not meant.decorator_list:
            return None
        return self._found(node, f"reading `{self.text(node)}`")

    def _next(self, node: ast.AST) -> Touch | None:
        if isinstance(node, ast.AsyncFor) or (isinstance(node, ast.comprehension) and node.is_async):
            return None
        iterated: ast.expr = node.iter  # type: ignore[attr-defined]
        if are_taken_apart(node) and self.whose(iterated, Frame.item) is Whose.SHARED and not self._are_made(iterated):
            return self._found(iterated, f"reading what is in `{self.text(iterated)}`", writes=False)
        whole, name_of = iterated, self._facts.name_of
        while isinstance(iterated, ast.Call) and name_of(self.module, iterated.func) in _PASSES_ON and iterated.args:
            iterated = iterated.args[0]
        if is_put_off(self.frame, whole) and is_put_off(self.exact, whole):
            return self._found(iterated, f"the next item of `{self.text(whole)}`")
        if (
            isinstance(iterated, ast.Call)
            and isinstance(iterated.func, ast.Attribute)
            and iterated.func.attr in ("items", "keys", "values")
        ):
            iterated = iterated.func.value
        if isinstance(iterated, ast.Call) and self._call(iterated) is None and self.whose(iterated) is not Whose.SHARED:
            return None
        if touch := self._content(iterated):
            return touch
        return self._found(iterated, f"the next item of `{self.text(iterated)}`") if self._is_lazy(iterated) else None

    def _are_made(self, iterated: ast.expr) -> bool:
        """Whether what a loop goes over makes its items while it does."""
        if not isinstance(iterated, ast.Call):
            return False
        name = self._facts.name_of(self.module, iterated.func)
        return name in _PASSES_ON or (isinstance(iterated.func, ast.Attribute) and iterated.func.attr == "items")

    def _is_lazy(self, iterated: ast.expr) -> bool:
        if isinstance(iterated, ast.Name):
            return any(
                isinstance(parent := self.module.parent(b.node), ast.Assign)
                and isinstance(parent.value, ast.GeneratorExp)
                for b in self.module.bindings(iterated.id, iterated)
            )
        return False

    def _ends(self, node: ast.AST, role: str) -> Touch | None:
        """A ``with`` begins or ends."""
        assert isinstance(node, ast.withitem)
        if self._facts.is_harmless_block(self.module, node):
            return None
        manager = node.context_expr
        found = self._found(manager, f"{'entering' if role == 'enter' else 'leaving'} `{self.text(manager)}`")
        # What a library has just made is seldom anybody else's.
        is_made = isinstance(manager, ast.Call) and bool(self._facts.name_of(self.module, manager.func))
        return replace(found, is_slight=found.is_slight or is_made)


def _is_process(name: str) -> bool:
    return name.startswith(_PROCESS)


def touch_of_wait(steps: Steps, point: Point, wait: Wait) -> Touch:
    """What awaiting a library's coroutine does to others, the same for all walks that come by."""
    if (point, wait) not in steps.of_waits:
        steps.of_waits[point, wait] = _touch_of_wait(steps, point, wait)
    return steps.of_waits[point, wait]


def _touch_of_wait(steps: Steps, point: Point, wait: Wait) -> Touch:
    line = getattr(point.node, "lineno", steps.line)
    awaited = point.node.value if isinstance(point.node, ast.Await) else point.node
    text = f"{steps.text(awaited.func)}()" if isinstance(awaited, ast.Call) else steps.text(awaited)
    # a file that is sent by its path is read when it is sent, and others may write it meanwhile
    file = wait.answers and isinstance(awaited, ast.Call) and may_send_by_path(steps.module, awaited)
    place = "" if file else wait.place
    return Touch(steps.module.path, line, f"`{text}`", wait.is_seen, place=place, is_slight=file)
