"""The blocking file access of one function, rewritten: blocks, variables that hold a file, files used at once, paths that are read."""

from __future__ import annotations

import ast
from collections.abc import Collection, Iterable, Mapping

from ....engine.analysis import refuse
from ....engine.analysis.calls.functions import is_path_call
from ....engine.analysis.file_lines import device
from ....engine.analysis.files import Access, Opening, is_descriptor, key_of
from ....engine.analysis.module import Module
from ....engine.analysis.sections import deeper
from ....engine.model import Edit, FileChange, Helper, Import
from ....engine.rewriting import awaits
from ....engine.rewriting.imports import name_for
from ....engine.rewriting.layout import comments_in
from ....engine.rewriting.support import place
from .handles import Handle, Refused, Rewrite, Style
from .phrases import short
from .preparation import (
    SIMPLE,
    applied,
    awaits_something,
    free_name,
    holding,
    is_whole,
    names_for,
    not_first,
    on_one_line,
)
from .support import REPLACING

#: Names for an open file that has none.
_FILES = ("file", "opened", "opened_file", "aio_file")


#: Methods that only say what they are given.
_SAYING = frozenset("debug info warning error exception critical log format join".split())


class Rewriter:
    """Rewrites the accesses of functions in one module and gathers the edits."""

    def __init__(
        self, module: Module, style: Style = "aiofiles", becoming: Collection[ast.AST] = (), together: bool = False
    ) -> None:
        self.module = module
        #: Whether all of several accesses must be rewritten: then what aiofiles cannot read is read in a thread.
        self.together = together
        self.style = style
        self.becoming = becoming
        self.result = Rewrite()
        self.helpers: list[Helper] = []
        self.others: list[FileChange] = []
        self._done: set[ast.AST] = set()
        #: Whether a file is written beside its place and put there in one step.
        self.replaces = False

    def use(self, helper: Helper) -> str:
        """The name of support code in this module, which the change then brings.

        Raises:
            Refused: the name means something else.
        """
        placed = place(self.module, helper)
        if isinstance(placed, str):
            raise Refused(placed)
        self.result.imports |= set(placed.imports)
        self.helpers += [h for h in placed.helpers if h not in self.helpers]
        self.others += [o for o in placed.others if o not in self.others]
        return placed.name

    def name(self, wanted: Import, at: ast.AST) -> str:
        """The name of an import in this module, which the change then brings."""
        name, imports = name_for(self.module, wanted, at)
        result = self.result
        result.imports |= set(imports)
        return name

    def access(self, access: Access, moved: Mapping[ast.stmt, str], lock: Mapping[ast.stmt, str]) -> None:
        """Rewrite one blocking access (once for all that share its block).

        `moved` are the statements that get that much more indentation, `lock` those before which a lock is taken in one `with`.

        Raises:
            Refused: it cannot be rewritten, for the reason given.
        """
        module = self.module
        if reason := refuse.foreign_event_loop(module):
            raise Refused(reason)
        if is_path_call(access):
            self._path_call(access.node)
            return
        opening = access.opening
        assert opening is not None
        statement = module.statement(opening.call)
        item = module.parent(opening.call)
        if isinstance(item, ast.withitem):
            if statement not in self._done and isinstance(statement, ast.With):
                self._done.add(statement)
                self._block(statement, moved.get(statement, ""), lock.get(statement, ""))
            return
        if isinstance(item, ast.Assign) and len(item.targets) == 1 and isinstance(item.targets[0], ast.Name):
            self._variable(item, item.targets[0], opening)
        else:
            self._at_once(statement, opening, moved.get(statement, ""), lock.get(statement, ""))

    def _check(self, opening: Opening) -> None:
        if opening.mode is None:
            raise Refused("the mode in which it is opened is known only when the bot runs")
        if isinstance(opening.path, ast.Constant) and isinstance(opening.path.value, int):
            raise Refused("it opens a file descriptor")
        if is_descriptor(self.module, opening.path):
            raise Refused(f"{short(self.module, opening.path)} is a file descriptor")
        if path := device(self.module, opening.path):
            raise Refused(f"{path} is a device, not a file")
        if not awaits.is_plain(self.module, opening.call):
            raise Refused("it stands in an f-string or in parentheses of its own")

    def _opened(self, opening: Opening, handle: Handle) -> list[Edit]:
        """Edits that make ``open`` into its asynchronous counterpart."""
        module = self.module
        self.replaces |= handle.replaced
        callee = self.use(REPLACING) if handle.replaced else f"{self.name(Import('aiofiles'), opening.call)}.open"
        start, end = module.start(opening.call), module.end(opening.call.func)
        if not opening.method:
            return [Edit(start, end, callee)]
        edits = awaits.awaited(module, opening.call, callee, module.segment(opening.path))
        return [Edit(e.start, e.end, e.text.removeprefix("(").removeprefix("await ")) for e in edits if e.text != ")"]

    def _handle(self, opening: Opening, whole: bool, moved: str = "") -> Handle:
        replaced = whole and opening.kind == "write" and self.style == "aiofiles" and not self._is_put_in_place(opening)
        return Handle(self.module, opening, self.style, self.becoming, replaced, moved)

    def _is_put_in_place(self, opening: Opening) -> bool:
        """Whether the function itself renames what it writes, so that its readers see whole files already."""
        path = ast.dump(opening.path)
        function = self.module.function(opening.call)
        for call in self.module.all(ast.Call):
            if self.module.resolve(call.func) in ("os.replace", "os.rename", "shutil.move") and call.args[:1]:
                if self.module.function(call) is function and ast.dump(call.args[0]) == path:
                    return True
        return False

    def _block(self, statement: ast.With, moved: str, lock: str) -> None:
        from ....engine.analysis.files import opening as opening_of

        module, result = self.module, Rewrite()
        if reason := refuse.cannot_await(module, statement, self.becoming) or refuse.holds_thread_lock(
            module, statement
        ):
            raise Refused(reason)
        opened: list[ast.expr] = []
        for item in statement.items:
            opening = opening_of(module, item.context_expr) if isinstance(item.context_expr, ast.Call) else None
            if opening is None or opening.awaited:
                raise Refused(f"{module.segment(item.context_expr)[:40]} stands in the same with")
            self._check(opening)
            handle = self._handle(opening, True, moved)
            if handle.replaced and (seen := _named_inside(module, statement, opening.path)):
                raise Refused(
                    f"{short(module, opening.path)} is used in line {seen.lineno} while it is open for writing"
                )
            if item.optional_vars is not None:
                if not isinstance(item.optional_vars, ast.Name):
                    raise Refused("the open file is not kept in a plain variable")
                name = item.optional_vars
                result.add(handle.rewrite(handle.uses(name, statement.body), name.id))
            if self.style == "aiofiles":
                result.edits += self._opened(opening, handle)
                opened.append(item.context_expr)
        if not result.awaited and not self.together:
            raise Refused("it is only opened there, neither read nor written, which takes microseconds")
        result.awaited += opened
        if self.style == "aiofiles":
            start = module.start(statement)
            result.edits.append(Edit(start, start, "async "))
            if lock:
                first = module.start(statement.items[0].context_expr)
                result.edits.append(Edit(first, first, f"{lock}, "))
        self.result.add(result)

    def _variable(self, assignment: ast.Assign, name: ast.Name, opening: Opening) -> None:
        module = self.module
        self._check(opening)
        if reason := refuse.cannot_await(module, assignment, self.becoming):
            raise Refused(reason)
        if len(module.bindings(name.id, name)) != 1:
            raise Refused(f"{name.id} is bound several times")
        function = module.function(assignment)
        assert function is not None
        handle = self._handle(opening, False)
        result = handle.rewrite(handle.uses(name, function.body), name.id)
        if self.style == "aiofiles":
            start = module.start(opening.call)
            result.edits += [Edit(start, start, "await "), *self._opened(opening, handle)]
            result.awaited.append(opening.call)
        self.result.add(result)

    def _at_once(self, statement: ast.stmt, opening: Opening, moved: str, lock: str) -> None:
        """``data = open(path).read()``: the file gets a block of its own."""
        module, call = self.module, opening.call
        self._check(opening)
        if reason := refuse.cannot_await(module, call, self.becoming):
            raise Refused(reason)
        reason = None if self.style == "thread" else not_first(module, statement, call)
        if reason and not (self.together and opening.kind == "read"):
            raise Refused(reason)
        if reason or self.style == "thread":
            handle = Handle(module, opening, "thread", self.becoming)
            self.result.add(handle.rewrite([call], module.segment(call)))
            return
        handle = self._handle(opening, True)
        name = free_name(module, statement, _FILES)
        result = handle.rewrite([call], name)
        opened = applied(module, call, self._opened(opening, handle))
        start = module.start(statement)
        indent = module.indent(statement) + moved
        inner = indent + module.indent_unit
        comments = comments_in(module, module.start(call), module.end(call), indent)
        header = f"{comments}async with {lock + ', ' if lock else ''}{opened} as {name}:\n{inner}"
        if isinstance(statement, SIMPLE) and not awaits_something(statement):
            at_start = sorted(e for e in result.edits if e.start == start)  # the open file stands at the very beginning
            result.edits = [e for e in result.edits if e not in at_start]
            end = max((e.end for e in at_start), default=start)
            result.edits += [Edit(start, end, header + "".join(e.text for e in at_start))]
            result.edits += deeper(module, statement, statement)[1:]
        else:  # nobody waits for anything else with the file open
            value = holding(module, call, result)
            text = applied(module, value, result.edits)
            variable = free_name(module, statement, names_for(text, opening))
            text = on_one_line(text)
            text = text[1:-1] if text.startswith("(await ") and text.endswith(")") and is_whole(text) else text
            first, last = module.span(value)
            header += f"{variable} = {text}\n{indent}"
            result.edits = [Edit(start, last, header + variable)] if first == start else [
                Edit(start, start, header), Edit(first, last, variable)
            ]  # fmt: skip
        self.result.add(result)

    def _path_call(self, call: ast.Call) -> None:
        module = self.module
        if reason := (refuse.cannot_await(module, call, self.becoming) or refuse.holds_thread_lock(module, call)):
            raise Refused(reason)
        if not awaits.is_plain(module, call):
            raise Refused("it stands in an f-string or in parentheses of its own")
        self.result.edits += awaits.threaded(module, call, self.name(Import("asyncio"), call))
        self.result.awaited.append(call)


def united(edits: Iterable[Edit]) -> tuple[Edit, ...]:
    """The edits in order; indentation that two of them add to one line adds up.

    Raises:
        Refused: two insertions meet and their order is not known.
    """
    united: list[Edit] = []
    for edit in sorted(edits):
        previous = united[-1] if united else None
        if previous and previous.start == previous.end == edit.start == edit.end:
            if edit.text.strip() and previous.text.strip():
                raise Refused("two of its edits meet at one place")
            united[-1] = Edit(
                edit.start, edit.end, edit.text + previous.text if edit.text.strip() else previous.text + edit.text
            )
        else:
            united.append(edit)
    return tuple(united)


def _named_inside(module: Module, block: ast.With, path: ast.expr) -> ast.expr | None:
    """The place in a block that names the file which the block writes: beside its place at first, it is not there yet."""
    wanted = key_of(module, path)
    for statement in block.body:
        for node in ast.walk(statement):
            if isinstance(node, ast.expr) and isinstance(getattr(node, "ctx", ast.Load()), ast.Load):
                if ast.dump(node) == ast.dump(path) or (
                    isinstance(node, ast.Constant) and isinstance(node.value, str) and key_of(module, node) == wanted
                ):
                    if not module.in_fstring(node) and _is_given(module, node, block):
                        return node
    return None


def _is_given(module: Module, node: ast.expr, block: ast.With) -> bool:
    """Whether a call gets `node` that may do something with the file of that name: not one that only writes or prints it."""
    names = {item.optional_vars.id for item in block.items if isinstance(item.optional_vars, ast.Name)}
    for ancestor in module.ancestors(node):
        match ancestor:
            case ast.Call(func=ast.Attribute(value=ast.Name(id=name), attr=attr)) if name in names or attr in _SAYING:
                return False
            case ast.Call(func=func):
                return module.resolve(func) not in ("builtins.print", "builtins.str", "builtins.repr")
            case ast.stmt():
                return False
    return False
