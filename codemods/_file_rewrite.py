"""The blocking file access of one function, rewritten: blocks, variables that hold a file, files used at once, paths that are read."""

from __future__ import annotations

import ast
import re
from collections.abc import Collection, Iterable, Mapping, Sequence

from ..engine import awaits, refuse
from ..engine.files import Access, Opening
from ..engine.imports import name_for
from ..engine.layout import comments_in
from ..engine.model import Edit, FileChange, Helper, Import
from ..engine.module import Module
from ..engine.sections import deeper
from ..engine.support import place
from ._file_functions import is_path_call
from ._file_handles import Handle, Refused, Rewrite, Style
from ._file_lines import device
from ._file_support import REPLACING

_SIMPLE = (ast.Assign, ast.AnnAssign, ast.AugAssign, ast.Return, ast.Expr, ast.Raise)
_READ = re.compile(r"\(?await \w+\s*\.(\w+)\(")
#: Names for an open file that has none.
_FILES = ("file", "opened", "opened_file", "aio_file")
_COMPREHENSIONS = (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)


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
        from ..engine.files import opening as opening_of

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
        reason = None if self.style == "thread" else _not_first(module, statement, call)
        if reason and not (self.together and opening.kind == "read"):
            raise Refused(reason)
        if reason or self.style == "thread":
            handle = Handle(module, opening, "thread", self.becoming)
            self.result.add(handle.rewrite([call], module.segment(call)))
            return
        handle = self._handle(opening, True)
        name = _free_name(module, statement, _FILES)
        result = handle.rewrite([call], name)
        opened = _applied(module, call, self._opened(opening, handle))
        start = module.start(statement)
        indent = module.indent(statement) + moved
        inner = indent + module.indent_unit
        comments = comments_in(module, module.start(call), module.end(call), indent)
        header = f"{comments}async with {lock + ', ' if lock else ''}{opened} as {name}:\n{inner}"
        if isinstance(statement, _SIMPLE) and not _awaits(statement):
            at_start = sorted(e for e in result.edits if e.start == start)  # the open file stands at the very beginning
            result.edits = [e for e in result.edits if e not in at_start]
            end = max((e.end for e in at_start), default=start)
            result.edits += [Edit(start, end, header + "".join(e.text for e in at_start))]
            result.edits += deeper(module, statement, statement)[1:]
        else:  # nobody waits for anything else with the file open
            value = _holding(module, call, result)
            text = _applied(module, value, result.edits)
            variable = _free_name(module, statement, _names_for(text, opening))
            text = _on_one_line(text)
            text = text[1:-1] if text.startswith("(await ") and text.endswith(")") and _is_whole(text) else text
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


def _free_name(module: Module, statement: ast.stmt, names: Sequence[str]) -> str:
    """The first of several names that the function around a statement does not use."""
    function = module.function(statement) or module.tree
    taken: set[str] = set()
    for node in ast.walk(function):
        match node:
            case ast.Name(id=name) | ast.arg(arg=name) | ast.ExceptHandler(name=str(name)):
                taken.add(name)
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
                taken.add(name)
            case ast.Global(names=declared) | ast.Nonlocal(names=declared):
                taken.update(declared)
            case ast.alias(name=name, asname=alias):
                taken.add(alias or name.partition(".")[0])
    return next(name for name in [*names, *(f"{names[0]}_{n}" for n in range(2, 99))] if name not in taken)


def _names_for(text: str, opening: Opening) -> Sequence[str]:
    """What to call the value of an expression that reads a file."""
    method = _READ.match(text)
    match method and method.group(1):
        case "readlines":
            return ("lines", "file_lines")
        case "readline":
            return ("line", "first_line")
        case "read" if not opening.binary:
            return ("text", "file_text", "content")
    return ("data", "file_data", "content")


def _on_one_line(text: str) -> str:
    """An expression without its line breaks, if that is the same and not long."""
    lines = re.sub(r"\s*\n\s*", "\n", text)
    joined = re.sub(r"(?<=[(\[{])\n|,?\n(?=[)\]}])|\n(?=\.)", "", lines).replace("\n", " ")
    try:
        same = ast.dump(ast.parse(joined, mode="eval")) == ast.dump(ast.parse(f"({text}\n)", mode="eval"))
    except SyntaxError:
        return text
    return joined if same and "#" not in text and len(joined) < 80 else text


def _is_whole(text: str) -> bool:
    """Whether the parentheses around an expression are its own."""
    try:
        return isinstance(ast.parse(text[1:-1], mode="eval").body, ast.Await)
    except SyntaxError:
        return False


def _holding(module: Module, call: ast.Call, result: Rewrite) -> ast.expr:
    """The smallest expression around an opened file that holds all edits: what is wanted of the file."""
    spans = [(edit.start, edit.end) for edit in result.edits] + [module.span(node) for node in result.awaited]
    start, end = min(first for first, _ in spans), max(last for _, last in spans)
    value: ast.expr = call
    for ancestor in module.ancestors(call):
        if module.start(value) <= start and end <= module.end(value):
            break
        if isinstance(ancestor, ast.expr):
            value = ancestor
    return value


def _awaits(statement: ast.stmt) -> bool:
    return any(isinstance(node, ast.Await) for node in ast.walk(statement))


def _applied(module: Module, node: ast.AST, edits: list[Edit]) -> str:
    """The text of a node with edits inside it applied."""
    start, end = module.span(node)
    text, position = "", start
    for edit in sorted(edits):
        text += module.text[position : edit.start] + edit.text
        position = edit.end
    return text + module.text[position:end]


def _heads(module: Module, statement: ast.stmt) -> list[ast.expr] | None:
    """The expressions of a statement with a block that run first, and once; None for simple statements."""
    match statement:
        case ast.If(test=head) if not module.text.startswith("elif", module.start(statement)):
            return [head]
        case ast.For(iter=head) | ast.AsyncFor(iter=head) | ast.Match(subject=head):
            return [head]
        case ast.With(items=[first, *_]) | ast.AsyncWith(items=[first, *_]):
            return [first.context_expr]
    return None if isinstance(statement, _SIMPLE) else []


def _not_first(module: Module, statement: ast.stmt, call: ast.Call) -> str | None:
    """Why the file may not be opened before the rest of its statement runs."""
    heads = _heads(module, statement)
    if heads is not None and call not in heads and not any(ancestor in heads for ancestor in module.ancestors(call)):
        return "it is opened in the head of a statement, after or more often than other things run"
    if module.line_span(statement)[0] + len(module.indent(statement)) != module.start(statement):
        return "several statements stand on one line"
    child: ast.AST = call
    for ancestor in module.ancestors(call):
        owner = module.parent(ancestor)
        first = (
            isinstance(owner, _COMPREHENSIONS) and ancestor is owner.generators[0] and child is owner.generators[0].iter
        )
        if isinstance(ancestor, (ast.IfExp, ast.BoolOp, ast.comprehension)) and not first:
            return "it is opened only under a condition, or many times"
        if isinstance(ancestor, _COMPREHENSIONS) and not isinstance(child, ast.comprehension):
            return "it is opened once for every item"
        if ancestor is statement:
            break
        child = ancestor
    start = module.start(call)
    around = [ancestor for ancestor in module.ancestors(call) if isinstance(ancestor, _COMPREHENSIONS)]
    later = {node for comprehension in around for node in ast.walk(comprehension)}  # than the first iterable
    for other in (*module.all(ast.Call), *module.all(ast.Await), *module.all(ast.NamedExpr)):
        if module.end(other) <= start and module.statement(other) is statement and other not in later:
            return "something else runs before it in the same statement"
    return None


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
