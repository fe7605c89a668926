"""How the program's Telegram library hands out updates: one after the other, or several at a time.

python-telegram-bot 20 and later fetches an update, runs its handlers and fetches the next, unless
`concurrent_updates` is given to the builder (`Application._update_fetcher`); 13 does the same in one thread, where
`run_async` is not used. Telethon starts a task per update unless `sequential_updates=True`
(`UpdateMethods._update_loop`), aiogram 3 unless `handle_as_tasks=False` (`Dispatcher._polling`), aiogram 2 always;
Pyrogram and its forks have `workers` (`Dispatcher.start`).
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

from ..sources.imports import packages_in
from .evidence import Evidence
from .module import Module, Project
from .program import Program
from .scope import FunctionNode
from .telegram.project import PTB, TELETHON

_PYROGRAM = ("pyrogram", "hydrogram", "pyrofork", "kurigram")
LIBRARIES = (PTB, TELETHON, "aiogram", *_PYROGRAM, "telebot", "discord", "vkbottle", "nio")
BUILDERS = frozenset({"telegram.ext.ApplicationBuilder", "telegram.ext.Application.builder"})
_PLAIN = frozenset({"telegram.ext.Application", "telegram.ext.Dispatcher", "telegram.ext.dispatcher.Dispatcher"})
UPDATERS = frozenset({"telegram.ext.Updater", "telegram.ext.updater.Updater"})
#: Words without which a file makes no application or client.
_MAKERS = (b"Application", b"Updater", b"Dispatcher", b"Client", b"start_polling")
#: What makes an application hand out updates in another way, wherever it stands.
_BY_HAND = (
    "process_update", "handle_update", "_update_processor", "_concurrent_updates", "_update_fetcher", "do_process_update", "feed_update",
    "feed_webhook_update", "process_new_updates",
)  # fmt: skip


class Dispatch:
    """The answer for one program: `sequential` is None where it is not known."""

    def __init__(self, program: Program) -> None:
        self.program = program
        self.evidence: list[Evidence] = []
        self.sequential: bool | None = None
        #: Where the application or client is made, if at one place only.
        self.made: tuple[Module, ast.Call] | None = None
        #: Whether each of several applications, of which a process may run one, hands out updates one after the other.
        self.each_in_turn = False
        found = {name for source in program.sources for name in packages_in(source.data)}
        libraries = [name for name in LIBRARIES if name in found]
        self.library = libraries[0] if len(libraries) == 1 else None
        if self.library == PTB:
            self.sequential = self._ptb()
        elif self.library == TELETHON:
            self.sequential = self._client("TelegramClient", "sequential_updates", {True: True, False: False})
        elif self.library == "aiogram":
            self.sequential = self._aiogram()
        elif self.library in _PYROGRAM:
            self.sequential = self._client("Client", "workers", {1: True})
        if self.sequential and (other := self._handed_out_by_hand() or self._unread()):
            self.sequential = None
            self.evidence.append(other)

    def _note(self, module: Module, node: ast.AST, sentence: str) -> None:
        self.evidence.append(Evidence(sentence, module.path, getattr(node, "lineno", 1)))

    # python-telegram-bot

    def _ptb(self) -> bool | None:
        made: list[tuple[Module, ast.Call, bool | None]] = []
        for module in self.program.modules(*_MAKERS):
            for call in module.all(ast.Call):
                names = module.candidates(call.func)
                if names & BUILDERS:
                    made.append((module, call, self._built(module, call)))
                elif names & UPDATERS:
                    made.append((module, call, self._updater(module, call)))
                elif names & _PLAIN:
                    self._note(module, call, f"`{ast.unparse(call.func)}` is made without a builder")
                    made.append((module, call, None))
        return self._only(made)

    def _updater(self, module: Module, call: ast.Call) -> bool | None:
        """An `Updater` of release 13 has a dispatcher of its own; one of later releases only fills a queue."""
        if len(call.args) > 1 or any(keyword.arg in (None, "update_queue", "dispatcher") for keyword in call.keywords):
            self._note(module, call, "who takes updates out of the queue of `Updater` is not known")
            return None
        self._note(module, call, "updates are handled one after the other: an `Updater` is made")
        return True

    def _built(self, module: Module, builder: ast.Call) -> bool | None:
        """Whether the chain of calls on a builder leaves updates one after the other; None where it is not seen to its end."""
        steps = list(self._steps(module, builder, set()))
        names = [step.func.attr for step in steps if step is not None and isinstance(step.func, ast.Attribute)]
        if None in steps or names.count("build") != 1 or "application_class" in names:
            self._note(module, builder, "the builder of the application is used in a way that is not understood")
            return None
        for name, step in zip(names, steps, strict=True):
            if name == "concurrent_updates" and step is not None:
                return self._concurrent(module, step)
        sentence = "updates are handled one after the other: an `Application` is built without `concurrent_updates`"
        self._note(module, builder, sentence)
        return True

    def _concurrent(self, module: Module, step: ast.Call) -> bool | None:
        value = step.args[0] if step.args else next((k.value for k in step.keywords), None)
        if not isinstance(value, ast.Constant) or not isinstance(value.value, int):
            self._note(module, step, "what `concurrent_updates` is given is not known")
            return None
        sequential = value.value is not True and value.value <= 1
        does = "leaves updates one after the other" if sequential else "handles several updates at a time"
        self._note(module, step, f"`concurrent_updates({value.value})` {does}")
        return sequential

    def _steps(self, module: Module, start: ast.AST, seen: set[str]) -> Iterator[ast.Call | None]:
        """The method calls on a builder, through variables; None for a use that is no such call."""
        current = start
        while True:
            parent = module.parent(current)
            match parent:
                case ast.Attribute(value=value) if value is current and isinstance(module.parent(parent), ast.Call):
                    call = module.parent(parent)
                    assert isinstance(call, ast.Call)
                    if call.func is not parent or call.keywords and any(k.arg is None for k in call.keywords):
                        yield None
                        return
                    yield call
                    if parent.attr == "build":
                        return
                    current = call
                case ast.Assign(targets=[ast.Name(id=name)]) | ast.AnnAssign(target=ast.Name(id=name)):
                    if name not in seen:
                        yield from self._variable(module, name, parent, {*seen, name})
                    return
                case ast.Expr():
                    return
                case _:
                    yield None
                    return

    def _variable(self, module: Module, name: str, at: ast.AST, seen: set[str]) -> Iterator[ast.Call | None]:
        scope = module.scope(at).find(name)
        if scope is None or (scope is module.names.root and module.project.imports_from(module.path, name)):
            yield None
            return
        for use in module.uses(name, scope):
            yield from self._steps(module, use, seen)

    # Other libraries

    def _client(self, cls: str, option: str, means: dict[object, bool]) -> bool | None:
        """How the one client that is made is configured by a keyword."""
        made = []
        for module in self.program.modules(cls.encode()):
            for call in module.calls_of(cls):
                if not any(
                    name.endswith(f".{cls}") and name.startswith(LIBRARIES) for name in module.candidates(call.func)
                ):
                    continue
                given = self._constant(call, option)
                answer = None if given is ... else means.get(given, False)
                if any(keyword.arg is None for keyword in call.keywords) and given is None:
                    answer = None
                told = (
                    f"`{option}={given}`"
                    if given not in (None, ...)
                    else f"no `{option}`"
                    if given is None
                    else f"`{option}`"
                )
                does = {True: "one after the other", False: "several at a time", None: "in a way that is not known"}[
                    answer
                ]
                self._note(module, call, f"updates are handled {does}: `{ast.unparse(call.func)}` has {told}")
                made.append((module, call, answer))
        if made and all(answer is False for _, _, answer in made):
            return False
        return self._only(made)

    def _aiogram(self) -> bool | None:
        made = []
        for module in self.program.modules(b"start_polling"):
            for call in module.all(ast.Call):
                if isinstance(call.func, ast.Attribute) and call.func.attr == "start_polling":
                    given = self._constant(call, "handle_as_tasks")
                    answer = {False: True, None: False, True: False}.get(given)  # type: ignore[call-overload]
                    if len(call.args) > 1 or any(isinstance(bot, ast.Starred) for bot in call.args):
                        answer = False  # each bot is polled beside the others
                    does = "one after the other" if answer else "several at a time"
                    self._note(module, call, f"updates are handled {does}: aiogram's `start_polling`")
                    made.append((module, call, answer))
        return self._only(made) if made else False

    # Common to all

    @staticmethod
    def _constant(call: ast.Call, option: str) -> object:
        """The constant that a keyword has; None without the keyword, `...` where it is computed."""
        for keyword in call.keywords:
            if keyword.arg == option:
                return keyword.value.value if isinstance(keyword.value, ast.Constant) else ...
        return None

    def _only(self, made: list[tuple[Module, ast.Call, bool | None]]) -> bool | None:
        """The answer where one object hands out updates, and is made once."""
        if len(made) != 1:
            for module, call, _ in made[1:2]:
                self._note(module, call, "there is more than one application or client")
            self.each_in_turn = bool(made) and all(answer is True for _, _, answer in made)
            return False if made and all(answer is False for _, _, answer in made) else None
        module, call, answer = made[0]
        if answer and not self._made_once(module, call):
            self._note(
                module, call, "the application may be built several times, or by somebody whom the source does not show"
            )
            return None
        self.made = module, call
        return answer

    def _made_once(self, module: Module, node: ast.AST, depth: int = 4, *, runs: bool = False) -> bool:
        """Whether the code at `node` runs once: at the top of a file, or in a function that is called at one place that does.

        `runs`: a function on the way runs the bot to its end, so that nobody needs to be seen who calls the outermost.
        """
        if any(True for _ in module.loops(node)) or any(
            isinstance(a, (ast.ListComp, ast.GeneratorExp, ast.SetComp, ast.DictComp, ast.Lambda))
            for a in module.ancestors(node)
        ):
            return False
        function = module.function(node)
        if function is None:
            return True
        owner = module.parent(function)
        target = owner if isinstance(owner, ast.ClassDef) and function.name == "__init__" else function
        calls = list(self._named(target, isinstance(owner, ast.ClassDef) and target is function))
        runs = runs or self._runs_it(module, function)
        if not calls:
            return runs
        return depth > 0 and len(calls) == 1 and self._made_once(*calls[0], depth - 1, runs=runs)

    def _named(self, target: FunctionNode | ast.ClassDef, is_method: bool) -> Iterator[tuple[Module, ast.AST]]:
        """The places that name a function or class, to call it or to hand it out."""
        for other in self.program.modules(target.name.encode()):
            named: list[ast.Name | ast.Attribute] = [*other.called(target.name), *other.attributes(target.name)]
            for node in named:
                if not isinstance(node.ctx, ast.Load):
                    continue
                root: ast.AST = node
                while isinstance(root, (ast.Attribute, ast.Call, ast.Subscript)):
                    root = root.func if isinstance(root, ast.Call) else root.value
                resolved = other.resolve(root)
                if resolved is None and root is not node and not is_method:
                    continue  # no function of a module is an attribute of a local object
                if other.definition(node) in (None, target) and (not resolved or self.program.is_own(other, resolved)):
                    yield other, node

    @staticmethod
    def _runs_it(module: Module, function: FunctionNode) -> bool:
        """Whether a function that nobody calls (an entry point) runs the bot to its end by itself."""
        ends = ("run_polling", "run_webhook", "idle", "run_until_disconnected", "start_polling", "run")
        return any(
            isinstance(call.func, ast.Attribute) and call.func.attr in ends
            for call in module.within(function, ast.Call)
        )

    def _unread(self) -> Evidence | None:
        """A file that cannot be read and names what hands out updates."""
        for path, line in self.program.unread.items():
            source = self.program.project.source(path)
            if source is None or any(word in source.data for word in _MAKERS):
                return Evidence("the file cannot be read", path, line)
        return None

    def _handed_out_by_hand(self) -> Evidence | None:
        for module in self.program.modules(*(name.encode() for name in _BY_HAND)):
            for node in module.all(ast.Attribute, ast.Constant):
                name = node.attr if isinstance(node, ast.Attribute) else node.value
                if name in _BY_HAND:
                    return Evidence(f"`{name}` hands out updates by hand", module.path, node.lineno)
            for function in module.all(ast.FunctionDef, ast.AsyncFunctionDef):
                # of the file's own functions the library knows nothing
                if function.name in _BY_HAND and isinstance(module.parent(function), ast.ClassDef):
                    return Evidence(f"`{function.name}` hands out updates by hand", module.path, function.lineno)
        return None


def uses_library(project: Project, path: Path) -> bool:
    """Whether a file imports a library for bots."""
    return not packages_in(project.data(path)).isdisjoint(LIBRARIES)
