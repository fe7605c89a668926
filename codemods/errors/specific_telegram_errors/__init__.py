"""Catch the errors that Telegram calls raise, by name, instead of everything.

## What it does
Where all calls in a `try` body are known, `except Exception` (`except BaseException`, a bare `except:`, a tuple that holds one of
them) becomes the smallest honest set:

- the errors of the calls themselves, where these are few and the body is short, in a clause of their own with the same body, so
  that you can now say something better there ("I am no administrator here");
- `RPCError` (`TelegramError` for python-telegram-bot), the base of everything Telegram may answer, since no list of its errors is
  ever complete, with what the calls raise by contract beside it: `ValueError` and `TypeError` of a look-up that finds nobody,
  `OSError` of a download, `ConnectionError`, `asyncio.TimeoutError` of a conversation, and `BadMessageError` and
  `TypeNotFoundError`, which mean an answer that this Telethon cannot read.

Names that a clause above catches are left out, and only names are used that the oldest Telethon has which the project's
requirements allow.

## Why it is slow
It is not slow, it is blind: a broad clause reports a misspelt name as "Telegram failed", and it swallows flood waits,
`StopPropagation` and, when it is bare, the cancellation by which a bot shuts down.

## When it is safe
Narrowing is *unsafe* by nature, and `why` lists what is no longer caught. `style = "keep"` is safe: the narrow clauses stand
first and the broad clause stays last with the same body, and logs the traceback of what is no error of Telegram. It is offered beside
the narrow form where the body is short and the clause is `except Exception`.

Not named are errors of a connection that ends for good (`AuthKeyNotFound`, `InvalidBufferError`: `run_until_disconnected()` raises
them as well) and of the session's file (`sqlite3.OperationalError`). A `TypeError` is named only where it means a chat that cannot be
looked up.

## When it leaves code alone
Where the body also does something whose errors are not known (functions of the project are looked into, as far as they are plain),
where the clause raises the error again, tells errors apart by itself or reads an attribute of `e` that not every class of the set
has, where other clauses follow it, and in a file that does without the library where that is not installed. It then reports the set
that fits the known calls. A clause behind one for `RPCError` that logs a traceback is no finding.

What an expression is, is followed through assignments, parameters, annotations and imports. Where that leads nowhere, a method's name
counts if only Telethon has it (`get_input_entity`), nothing in the project defines it, and the file uses no other library of bots.

## References
- https://docs.telethon.dev/en/stable/concepts/errors.html
- https://docs.python-telegram-bot.org/en/stable/telegram.error.html
- https://docs.astral.sh/ruff/rules/blind-except/
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from ....engine.analysis.module import Module
from ....engine.analysis.telegram.calls import Calls
from ....engine.analysis.telegram.project import PTB, TELETHON, TelegramProject
from ....engine.analysis.telegram.work import Work, work_of
from ....engine.codemod import Codemod
from ....engine.model import Assumption, Change, Finding, Hazard, Import
from ....engine.rewriting.imports import name_for
from ....engine.sources.config import Option
from ....knowledge.classes import common_attributes
from ....knowledge.kinds import LOGGER
from . import clauses as clauses
from .error_sets import ErrorSet, enumerated, error_set, let_pass, plain
from .examples import EXAMPLES


class SpecificTelegramErrors(Codemod):
    """See the module's docstring."""

    code = "TGF401"
    name = "specific-telegram-errors"
    title = "Catch Telegram's errors by name"
    libraries = ("telethon", "python-telegram-bot")
    needles = (b"except",)
    related = ("BLE001", "E722")
    options = (
        Option(
            "style", str, "narrow", "narrow clauses alone, or in front of the broad one", choices=("narrow", "keep")
        ),
        Option("max-listed", int, 8, "how many errors get a clause of their own", minimum=0),
        Option("listed-only", bool, False, "name only the errors that are known, not the base of all"),
        Option("protocol-errors", bool, True, "name the errors that mean an answer which Telethon cannot read"),
    )
    examples = EXAMPLES

    def find(self, module: Module) -> Iterator[Finding]:
        """Every broad clause around calls to Telegram."""
        found = list(clauses.broad_clauses(module))
        if not found or not TelegramProject.of(module.project).has_telegram:
            return
        calls = Calls(module)
        for clause in found:
            work = work_of(calls, clause.statement.body)
            if telegram := work.telegram(calls):
                yield from self._finding(calls, clause, work, [call for call, _ in telegram])

    def _finding(self, calls: Calls, clause: clauses.Clause, work: Work, telegram: list[ast.Call]) -> Iterator[Finding]:
        module, handler = calls.module, clause.handler
        major = 20 if any(c.kind == "coroutine" for _, c in work.telegram(calls)) else 13
        errors = error_set(
            calls, clause, work, major,
            listed_only=self.option(module, "listed-only"), protocol=self.option(module, "protocol-errors"),
        )  # fmt: skip
        bases = {contract.base for _, contract in work.telegram(calls) if contract.base}
        behind_base = all(clauses.caught_above(clause, base) for base in bases)
        if behind_base and clauses.logs_traceback(module, handler):
            return
        caught = "everything" if clause.handler.type is None else module.segment(clause.handler.type)
        message = f"catching {caught} around {_call_text(module, telegram[0])} hides mistakes in the code"
        reason = _reason(module, clause, work, errors)
        if reason is None:
            narrow = self._narrow(module, clause, work, errors)
            keep = self._keep(calls, clause, errors, telegram)
            wanted: list[Change | str] = [keep, narrow] if self.option(module, "style") == "keep" else [narrow, keep]
            if isinstance(wanted[0], Change):
                others = tuple(c for c in wanted[1:] if isinstance(c, Change))
                yield self.finding(module, handler, message, change=wanted[0], alternatives=others)
                return
            reason = wanted[0]
        yield self.finding(module, handler, message, reason=reason)

    def _parts(
        self, module: Module, clause: clauses.Clause, errors: ErrorSet
    ) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """The classes for a clause of its own, if it shall have one, and those for the clause behind it."""
        if not errors.rest:
            return (), errors.listed
        few = 0 < len(errors.listed) <= self.option(module, "max-listed")
        if few and clause.is_short:
            return errors.listed, errors.rest
        return (), errors.all

    def _narrow(self, module: Module, clause: clauses.Clause, work: Work, errors: ErrorSet) -> Change | str:
        names = clauses.Names(module, clause.handler)
        own, rest = self._parts(module, clause, errors)
        edits = [clauses.copied_above(module, clause.handler, [names.write(n) for n in own])] if own else []
        kept = _kept(module, clause, rest)
        header = clauses.header_edit(
            module, clause.handler, [*(names.write(n) for n in rest if n not in kept.values()), *kept]
        )
        if header is None:
            return f"a comment stands among the types of the clause; {_fitting(errors)} would fit"
        why = "Telegram's errors and what else these calls raise by contract are handled as before. No longer caught: "
        why += f"{let_pass(errors, clause, work.stops)}{_where(module, clause)}."
        return self.change(
            module,
            [*edits, header],
            why,
            verdicts=[Assumption(Hazard.ERRORS, why)],
            imports=names.imports,
            style="narrow",
        )

    def _keep(self, calls: Calls, clause: clauses.Clause, errors: ErrorSet, telegram: list[ast.Call]) -> Change | str:
        module = calls.module
        if clause.beyond:
            return "a bare clause also catches the end of the program, which is nothing to log; `except Exception` would be kept"
        if not clause.is_short:
            return "its body is too long to stand there twice"
        if clauses.logs_traceback(module, clause.handler):
            return "it logs the traceback of every error already"
        names = clauses.Names(module, clause.handler)
        parts = [part for part in self._parts(module, clause, errors) if part]
        edits = [clauses.copied_above(module, clause.handler, *([names.write(n) for n in part] for part in parts))]
        logger = _logger(module, calls, clause.handler, names)
        edits += clauses.logged(module, clause.handler, f'{logger}.exception("{_failed(telegram)}")')
        why = (
            "Every error is handled as before; what is no error of Telegram's is now logged with its traceback as well."
        )
        return self.change(
            module, edits, why, title="Log what is no error of Telegram's", imports=names.imports, style="keep"
        )


def _reason(module: Module, clause: clauses.Clause, work: Work, errors: ErrorSet) -> str | None:
    """Why the clause is left alone."""
    handler = clause.handler
    fits = f"{_fitting(errors)} would fit"
    if not clause.is_last:
        return f"clauses follow it that would come to life; {fits}"
    if clauses.raises_again(handler):
        return f"it raises the error again, so that nothing is hidden; {fits}"
    if work.unknown:
        more = f" (nor are those of {len(work.unknown) - 1} more)" if len(work.unknown) > 1 else ""
        return f"the try body also {work.unknown[0]}, whose errors are not known{more}; for the known calls {fits}"
    if not errors:
        return "what these calls raise by contract is caught above it, and only the unexpected is left"
    library = errors.all[0].partition(".")[0]
    if _is_optional(module, library):
        return f"the file imports {library} only where it is there, and would need it from the start; {fits}"
    if how := clauses.tells_apart(module, handler):
        return f"the clause tells errors apart by itself ({how}); {fits}"
    for name in errors.all:
        if missing := sorted(clauses.attributes_read(module, handler) - common_attributes([name])):
            return f"the clause reads {handler.name}.{missing[0]}, which {plain(name)} does not have; {fits}"
    return None


def _is_optional(module: Module, library: str) -> bool:
    """Whether importing a library at the start of the file may fail where the file works today."""
    if library not in (TELETHON, PTB):
        return False
    own = [node for node in module.all(ast.Import, ast.ImportFrom) if _imports(node, library)]
    if own:
        return not any(module.parent(node) is module.tree for node in own)
    return not TelegramProject.of(module.project).imports_at_start(library)


def _imports(node: ast.Import | ast.ImportFrom, library: str) -> bool:
    names = [node.module or ""] if isinstance(node, ast.ImportFrom) else [alias.name for alias in node.names]
    return not getattr(node, "level", 0) and any(name.partition(".")[0] == library for name in names)


def _fitting(errors: ErrorSet) -> str:
    return enumerated(plain(name) for name in errors.all) or "nothing"


def _kept(module: Module, clause: clauses.Clause, rest: tuple[str, ...]) -> dict[str, str]:
    """The types beside the broad one in the clause's tuple that are still needed: text → dotted name ("" if not known)."""
    kept = {}
    for other in clause.others:
        name = module.resolve(other) or ""
        if not name or name in rest:
            kept[module.segment(other)] = name
    return kept


def _where(module: Module, clause: clauses.Clause) -> str:
    """Where that goes which is no longer caught, as the end of a sentence."""
    child: ast.AST = clause.statement
    for ancestor in module.ancestors(clause.statement):
        if isinstance(ancestor, (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda, ast.ClassDef)):
            return ""
        if isinstance(ancestor, ast.Try) and child in ancestor.body and ancestor.handlers:
            return f"; it goes to the clauses from line {ancestor.handlers[0].lineno} on"
        if isinstance(ancestor, ast.While) and child in ancestor.body and isinstance(ancestor.test, ast.Constant):
            return f"; it ends the loop of line {ancestor.lineno}"
        child = ancestor
    return "; it ends the program"


def _call_text(module: Module, call: ast.Call) -> str:
    if request := _request(call):
        return request
    text = " ".join(module.segment(call.func).split())
    return f"{text if len(text) <= 50 else getattr(call.func, 'attr', 'a call')}()"


def _request(call: ast.Call) -> str | None:
    """The name of the request that a client is called with."""
    match call:
        case ast.Call(args=[ast.Call(func=ast.Name(id=request) | ast.Attribute(attr=request))]) if not isinstance(
            call.func, ast.Attribute
        ):
            return request
        case ast.Call(args=[ast.Call(func=ast.Name(id=request) | ast.Attribute(attr=request))]) if request.endswith(
            "Request"
        ):
            return request
    return None


def _failed(telegram: list[ast.Call]) -> str:
    """What the log says: the last call of the body, since it is what the others lead to."""
    what = _request(telegram[-1]) or getattr(telegram[-1].func, "attr", "the request")
    return f"{what} failed unexpectedly"


def _logger(module: Module, calls: Calls, at: ast.AST, names: clauses.Names) -> str:
    """The logger that the file has, or an expression for its own."""
    for name in (*module.names.root.bindings, "LOGS", "logger"):
        if (
            "log" in name.lower()
            and calls.kinds.named(name) == LOGGER
            and module.scope(at).find(name) in (None, module.names.root)
        ):
            return name
    logging, imports = name_for(module, Import("logging"), at)
    names.imports.update(dict.fromkeys(imports))
    return f"{logging}.getLogger(__name__)"
