"""What a block does with its open file, and the same with aiofiles or in threads."""

from __future__ import annotations

import ast
from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Literal

from ....engine.analysis import file_lines as lines
from ....engine.analysis import refuse
from ....engine.analysis.files import Access, Opening
from ....engine.analysis.module import Module
from ....engine.model import Edit, Import
from ....engine.rewriting import awaits
from ....engine.rewriting.imports import name_for
from . import prints as prints
from . import tables as tables
from . import uploads as uploads
from .phrases import file_name, short

#: "aiofiles": its files have awaitable methods. "thread": the file stays a plain one, and what reads it runs in a thread.
Style = Literal["aiofiles", "thread"]

_METHODS = frozenset("read readline readlines write writelines seek tell truncate flush close".split())
_PLAIN = frozenset("name mode closed encoding errors newlines fileno".split())
#: Functions that read the whole of a file → the function that takes its text.
_LOADS = {
    "json.load": "loads", "ujson.load": "loads", "simplejson.load": "loads", "pickle.load": "loads", "toml.load": "loads",
    "tomllib.load": "loads", "tomli.load": "loads", "yaml.safe_load": "safe_load", "yaml.load": "load", "yaml.full_load": "full_load",
}  # fmt: skip
#: Functions that write a value to a file → the function that gives the text.
_DUMPS = {
    "json.dump": "dumps", "ujson.dump": "dumps", "simplejson.dump": "dumps", "pickle.dump": "dumps", "toml.dump": "dumps",
    "yaml.dump": "dump", "yaml.safe_dump": "safe_dump",
}  # fmt: skip
_READERS = frozenset({"csv.reader", "csv.DictReader"})
_YAML = "an error message of the YAML parser no longer names the file"


@dataclass
class Rewrite:
    """Edits under way, and what they bring with them."""

    edits: list[Edit] = field(default_factory=list)
    imports: set[Import] = field(default_factory=set)
    #: What differs, as clauses.
    risks: list[str] = field(default_factory=list)
    #: Expressions that are awaited afterwards.
    awaited: list[ast.expr] = field(default_factory=list)
    #: Whether lines that were handled one by one are read at once.
    gathers: bool = False

    def add(self, other: Rewrite) -> None:
        """Take over what another rewrite holds."""
        self.edits += other.edits
        self.imports |= other.imports
        self.risks += [risk for risk in other.risks if risk not in self.risks]
        self.awaited += other.awaited
        self.gathers |= other.gathers


class Refused(Exception):
    """The block cannot be rewritten; the message is the reason, a clause."""

    #: The access that cannot be rewritten, where others are left alone because of it.
    access: Access | None = None
    module: Module | None = None


@dataclass(frozen=True)
class Handle:
    """An open file in a module: how the code will name it and what is done with it."""

    module: Module
    opening: Opening
    style: Style
    #: Plain functions that the same change makes coroutines.
    becoming: Collection[ast.AST] = ()
    #: What is written goes to another file first, which then takes the place of the old one.
    replaced: bool = False
    #: The indentation that its block gets besides.
    moved: str = ""

    def uses(self, name: ast.Name, inside: list[ast.stmt]) -> list[ast.expr]:
        """The places of `inside` that use the file under its variable `name`.

        Raises:
            Refused: the variable is used elsewhere too, or by a function inside.
        """
        module = self.module
        scope = module.scope(name)
        first, last = module.start(inside[0]), module.end(inside[-1])
        blocks = [
            (module.start(block.body[0]), module.end(block.body[-1]))
            for block in module.all(ast.With, ast.AsyncWith)
            if isinstance(block, (ast.With, ast.AsyncWith))
            and any(
                isinstance(n, ast.Name) and n.id == name.id
                for item in block.items
                for n in ast.walk(item.optional_vars or ast.Pass())
            )
        ]
        found: list[ast.expr] = []
        for use in module.uses(name.id, scope):
            at = module.start(use)
            if first <= at < last:
                if module.function(use) is not module.function(name):
                    raise Refused(f"a function inside the block uses {name.id}")
                found.append(use)
            elif not any(start <= at < end for start, end in blocks):
                raise Refused(f"{name.id} is used outside of the block that opens it, perhaps for the open file")
        for binding in module.bindings(name.id, name):
            if binding.node is not name and first <= module.start(binding.node) < last:
                raise Refused(f"{name.id} is given another value while the file is open")
        return found

    def rewrite(self, uses: list[ast.expr], text: str) -> Rewrite:
        """Every use of the open file, written `text` afterwards, as an awaited one.

        Raises:
            Refused: a use cannot be rewritten.
        """
        if gathered := self._gathered(uses, text):
            return gathered
        result = Rewrite()
        for use in uses:
            result.add(self._use(use, text, uses))
        return result

    def _gathered(self, uses: list[ast.expr], text: str) -> Rewrite | None:
        """Everything that is written, as one text: where aiofiles would change threads for every line, or cannot be written to.

        Raises:
            Refused: rows are written in a way in which that is not possible.
        """
        module = self.module
        block = module.statement(self.opening.call)
        name = file_name(module, self.opening.path)
        if emptied := tables.emptied(module, block, uses):
            raise Refused(
                f"{emptied} is written to {name} and emptied: what is cancelled or added while it waits would be lost"
            )
        writing = {use: call for use in uses if (call := tables.written_to(module, use))}
        rows = [call for call in writing.values() if module.resolve(call.func) in tables.PLAIN]
        looped = [call for call in writing.values() if tables.in_loop(module, block, call)]
        if self.style == "thread" or not (rows or (looped and not self.opening.binary)):
            return None
        io, imports = name_for(module, Import("io"), block)
        try:
            edits = tables.buffered(module, block, writing, uses, text, io, self.moved)
        except ValueError as reason:
            if rows:
                raise Refused(str(reason)) from None
            return None
        result = Rewrite(edits, set(imports), awaited=[max(writing.values(), key=module.start)])
        if not self.replaced:
            result.risks.append(f"it is written in one piece at the end: after a failure nothing of it is in {name}")
        for use in uses:
            if use not in writing:
                result.add(self._use(use, text, uses))
        return result

    def _use(self, use: ast.expr, text: str, uses: list[ast.expr]) -> Rewrite:
        module = self.module
        parent = module.parent(use)
        around = module.parent(parent) if parent else None
        match parent:
            case ast.Attribute(attr=attr) if isinstance(around, ast.Call) and around.func is parent:
                if attr in _METHODS:
                    return self._method(use, around, text)
                if attr == "fileno":
                    return self._named(use, text)
            case ast.Attribute(attr=attr) if attr in _PLAIN and not (attr == "name" and self.replaced):
                return self._named(use, text)
            case _ if found := lines.iteration(module, use):
                return self._lines(use, text, found, uses)
            case ast.Call():
                return self._call(use, parent, text, uses)
            case ast.keyword() if isinstance(around, ast.Call):
                return self._call(use, around, text, uses)
        raise Refused(uploads.kept(module, parent))

    def _named(self, use: ast.expr, text: str) -> Rewrite:
        return Rewrite([] if isinstance(use, ast.Name) else [Edit(*self.module.span(use), text)])

    def _asyncio(self, at: ast.AST, result: Rewrite) -> str:
        name, imports = name_for(self.module, Import("asyncio"), at)
        result.imports |= set(imports)
        return name

    def _check(self, node: ast.expr) -> None:
        pieces = self.module.parent(self.module.parent(node) or node)
        if isinstance(pieces, ast.Call) and self.module.resolve(pieces.func) == "builtins.iter":
            raise Refused(
                "it is read in small pieces, for each of which aiofiles would change threads: a plain function that "
                "asyncio.to_thread() calls is faster"
            )
        reason = refuse.cannot_await(self.module, node, self.becoming) or refuse.holds_thread_lock(self.module, node)
        if reason:
            raise Refused(
                f"{short(self.module, node)}{reason.removeprefix('it')}" if reason.startswith("it ") else reason
            )
        if isinstance(self.module.parent(node), ast.Await):
            raise Refused("it is awaited already, which fails when it runs")
        if not awaits.has_exact_span(self.module, node):
            raise Refused("it stands in an f-string in which its place cannot be told")

    def _method(self, use: ast.expr, call: ast.Call, text: str) -> Rewrite:
        self._check(call)
        result = self._named(use, text)
        result.awaited.append(call)
        if self.style == "thread":
            if not isinstance(use, ast.Name):
                result.edits = []
            if self.module.in_fstring(call):
                raise Refused("it stands in an f-string")
            result.edits += awaits.threaded(self.module, call, self._asyncio(call, result))
        else:
            result.edits += awaits.prefixed(self.module, call)
        return result

    def _lines(self, use: ast.expr, text: str, found: lines.Iteration, uses: list[ast.expr]) -> Rewrite:
        module = self.module
        self._check(use)
        name = file_name(module, self.opening.path)
        if reason := lines.refusal(module, found, use, uses, self.opening.call, name):
            raise Refused(reason)
        result = Rewrite(risks=lines.risks(module, found, name, binary=self.opening.binary), awaited=[use])
        result.gathers = found.sort == "loop" or not found.takes_all
        if self.style == "thread":
            text = text if isinstance(use, ast.Name) else module.segment(use)
            replacement = f"await {self._asyncio(use, result)}.to_thread({text}.readlines)"
        else:
            replacement = f"await {text}.readlines()"
        outer = module.parent(use)
        if isinstance(outer, ast.Call) and module.resolve(outer.func) == "builtins.list" and outer.args == [use]:
            if not outer.keywords and not module.has_comment(*module.span(outer)) and awaits.is_plain(module, outer):
                opening, closing = ("(", ")") if awaits.needs_parentheses(module, outer) else ("", "")
                result.edits.append(Edit(*module.span(outer), f"{opening}{replacement}{closing}"))
                return result
        result.edits.append(Edit(*module.span(use), replacement))
        return result

    def _read(self, use: ast.expr, text: str) -> Rewrite:
        """Everything that the file holds, in its place."""
        self._check(use)
        result = Rewrite(awaited=[use])
        if self.style == "thread":
            text = text if isinstance(use, ast.Name) else self.module.segment(use)
            replacement = f"await {self._asyncio(use, result)}.to_thread({text}.read)"
        else:
            replacement = f"await {text}.read()"
        result.edits.append(Edit(*self.module.span(use), replacement))
        return result

    def _call(self, use: ast.expr, call: ast.Call, text: str, uses: list[ast.expr]) -> Rewrite:
        module = self.module
        function = module.resolve(call.func) or ""
        known = function in {*_LOADS, *_DUMPS, *_READERS, "builtins.print"}
        if uploads.takes_bytes(module, call, use, self.opening):
            return self._read(use, text)
        if not known or self.module.in_fstring(call):
            raise Refused(uploads.handed_over(module, call))
        self._check(call)
        if self.style == "thread":
            if function in _READERS:
                raise Refused(f"{module.segment(call.func)}() works on the file line by line later on")
            result = Rewrite(awaited=[call])
            result.edits = awaits.threaded(module, call, self._asyncio(call, result))
            return result
        if function == "builtins.print":
            return self._print(use, call, text)
        if function in _READERS and call.args[:1] == [use]:
            found = lines.iteration(module, call) or lines.Iteration("call", call, False, False)
            return self._lines(use, text, found, uses)
        if function in _LOADS:
            return self._load(use, call, function, text, alone=len(uses) == 1)
        return self._dump(use, call, function, text)

    def _load(self, use: ast.expr, call: ast.Call, function: str, text: str, *, alone: bool) -> Rewrite:
        if call.args[:1] != [use]:
            raise Refused(f"{self.module.segment(call.func)}() does not get the file as its first argument")
        if function == "pickle.load" and not alone:
            raise Refused("several values are read from one file")
        result = Rewrite(awaited=[use], risks=[_YAML] if function.startswith("yaml.") else [])
        self._rename(call, function, _LOADS[function], result)
        read = (
            f"(await {text}.read()).decode()" if function in ("tomllib.load", "tomli.load") else f"await {text}.read()"
        )
        result.edits.append(Edit(*self.module.span(use), read))
        return result

    def _dump(self, use: ast.expr, call: ast.Call, function: str, text: str) -> Rewrite:
        module = self.module
        parent = module.parent(use)
        argument = parent if isinstance(parent, ast.keyword) else use
        items: list[ast.AST] = sorted([*call.args, *call.keywords], key=module.start)
        index = items.index(argument)
        if index == 0 or (isinstance(argument, ast.keyword) and argument.arg not in ("fp", "file", "stream", "f")):
            raise Refused(f"{module.segment(call.func)}() does not get the file where it is expected")
        if argument is use and call.args[1:2] != [use]:
            raise Refused(f"{module.segment(call.func)}() does not get the file where it is expected")
        if not isinstance(module.parent(call), ast.Expr):
            raise Refused(f"the result of {module.segment(call.func)}() is used")
        if any(keyword.arg in ("encoding", None) for keyword in call.keywords) and function.startswith("yaml."):
            raise Refused("the YAML text is encoded before it is written")
        before, after = module.end(items[index - 1]), module.end(argument)
        if module.has_comment(before, after):
            before, after = module.start(argument), module.start(items[index + 1]) if items[index + 1 :] else after
            if before > after or not items[index + 1 :] or module.has_comment(before, after):
                raise Refused("a comment stands between its arguments")
        start, end = module.span(call)
        result = Rewrite(awaited=[call])
        result.edits += [Edit(start, start, f"await {text}.write("), Edit(before, after, ""), Edit(end, end, ")")]
        self._rename(call, function, _DUMPS[function], result)
        return result

    def _rename(self, call: ast.Call, function: str, name: str, result: Rewrite) -> None:
        """Call the sibling of `function` that works on text."""
        library, _, old = function.rpartition(".")
        end = self.module.end(call.func)
        if isinstance(call.func, ast.Attribute):
            if name != old:
                result.edits.append(Edit(end - len(old), end, name))
            return
        written, imports = name_for(self.module, Import(library, name), call)
        result.imports |= set(imports)
        if written != self.module.segment(call.func):
            result.edits.append(Edit(*self.module.span(call.func), written))

    def _print(self, use: ast.expr, call: ast.Call, text: str) -> Rewrite:
        module = self.module
        flushes = prints.flushes(call)
        if not isinstance(module.parent(call), ast.Expr):
            raise Refused("the result of print() is used")
        try:
            written = prints.written(module, call)
        except ValueError as reason:
            raise Refused(str(reason)) from None
        result = Rewrite(awaited=[call])
        if prints.partial(module, call):
            result.risks.append("a value that cannot be printed leaves nothing of its line, where print() had begun it")
        replacement = f"await {text}.write({written})"
        if flushes is not False:
            statement = module.statement(call)
            if flushes is None or module.line_span(statement)[0] + len(module.indent(statement)) != module.start(call):
                raise Refused("whether print() flushes is known only when the bot runs")
            replacement += f"\n{module.indent(statement)}{self.moved}await {text}.flush()"
        result.edits.append(Edit(*module.span(call), replacement))
        return result
