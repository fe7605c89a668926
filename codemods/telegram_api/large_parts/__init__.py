"""Move files in large parts, and have the parts encrypted by compiled code.

## What it does
For Telethon:

* `client.upload_file(x)` and `client.download_file(x)` without a part size get `part_size_kb=512`;
* where a bot calls `download_media()` or `send_file()`, which take no part size, it proposes to set the function by which Telethon chooses
  one, in a line above the client;
* where a bot moves files and nothing it asks for installs `cryptg`, it proposes to add `cryptg` to the requirements.

## Why it is slow
Telethon moves files up to 100 MB in parts of 128 KiB and waits for the answer to each. 8 MB take 64 requests, 2.6 s at a round trip of
40 ms; in parts of 512 KiB, which Telethon takes by itself above 750 MB, they take 16 and 0.7 s. The bytes are the same.

Without `cryptg` the parts are encrypted by way of ctypes or by Python itself: a part of 512 KiB stops the event loop for 42 or 788 ms, and
nobody else gets an answer meanwhile; with it for 1 ms. Measured with Telethon 1.45: 525 MB/s against 12 and 0.67.

## When it is safe
Parts of 512 KiB where `cryptg` is asked for and no function follows the progress: Telegram gets and gives the same bytes in fewer requests.
`visibility` is assumed where a `progress_callback` is called less often, or where what is fetched goes to a file, which grows in fewer
steps; `errors` where what is sent may be an object that gives less than it is asked for, which Telethon refuses; `identity` where a bot
does more with what `upload_file()` gives than to send it, which says of how many parts it is, or sets the level of a log, in which
Telethon tells of them, and where a test loads the file, which may have a client of its own. The function that chooses the size is one for
the whole process (`identity`), and `cryptg` has to be installed where the bot runs (`environment`).

## When it leaves code alone
Bots without `cryptg`, until they ask for it: without it a larger part stops the loop for longer at a time. Pictures, by their names
(`thumb=`, `photo`): a few parts at most. What is sent by its address, which Telegram fetches itself, or is in Telegram already. Downloads
whose bytes nobody takes: the line may go. Scripts beside the bot that move nothing themselves. Calls with a part size, uploads of a bot
that sets `get_appropriated_part_size` itself, clients that a function makes at each call, calls with a key of their own (the result
depends on the parts then), or with unpacked arguments. Files of less than 128 KiB take one request before and after.
`iter_download()` takes 512 KiB by itself. Telethon's own repository.

## References
- https://docs.telethon.dev/en/stable/modules/client.html#telethon.client.uploads.UploadMethods.upload_file
- https://docs.telethon.dev/en/stable/basic/installation.html#optional-dependencies
- https://core.telegram.org/api/files
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

from ....engine.analysis.concurrency import concurrency
from ....engine.analysis.facts import Facts
from ....engine.analysis.module import Module
from ....engine.analysis.programs import stands_alone
from ....engine.analysis.telegram.calls import Calls
from ....engine.analysis.telegram.clients import clients_of
from ....engine.analysis.unused import nobody_calls
from ....engine.codemod import Codemod
from ....engine.model import Assumption, Cost, Edit, FileChange, Finding, Hazard, Import, Proof, Time
from ....engine.proofs import identity
from ....engine.proofs.environment import Needed, needs_package
from ....engine.rewriting.arguments import keyword_argument
from ....engine.rewriting.imports import name_for
from ....engine.sources.reach import is_test
from ....knowledge.kinds import CLIENT
from .examples import EXAMPLES
from .files import (
    gives_whole_parts,
    handed_to_telethon,
    has_few_parts,
    is_picture,
    taken_as_a_whole,
    thrown_away,
    told_to_nobody,
)

#: What takes a size, and the one that it chooses for a file whose size it is not told (`DownloadMethods._download_file`).
_SIZES = {"upload_file": 128, "download_file": 64}
#: What a function of the project follows, and what makes the result depend on the parts (`UploadMethods.upload_file`).
_FOLLOWED, _KEYS = "progress_callback", frozenset({"key", "iv"})
_UNSIZED = frozenset({"download_media", "send_file"})
_MOVES = _UNSIZED | _SIZES.keys() | {"iter_download"}
_CHOICE = "get_appropriated_part_size"
_ENCRYPTED = "cryptg encrypts a part in a millisecond"


class LargeParts(Codemod):
    """See the module's docstring."""

    code = "TGF604"
    name = "large-parts"
    title = "Move files in parts of 512 KiB"
    cost = Cost.TENTHS
    libraries = ("telethon",)
    needles = (b"upload_file", b"download_file", b"Client")
    examples = EXAMPLES

    def find(self, module: Module) -> Iterator[Finding]:
        """Calls that may be told a size, and the clients of programs that move files."""
        if is_test(module.project.settings.root, module.path) or module.project.has_module("telethon"):
            return
        for call in module.all(ast.Call):
            if isinstance(call.func, ast.Attribute) and call.func.attr in _SIZES:
                yield from self._sized(module, call, call.func)
        for call in clients_of(_calls(module), CLIENT):
            built = _clients(module)
            if built[:1] == [call] and (moved := _moved(module)):
                needed = self._needed(module)
                if isinstance(needed.verdict, Assumption):
                    yield self._cryptg(module, call, needed.verdict, needed.files, next(iter(moved.values())))
                elif moved.keys() & _UNSIZED:
                    yield from self._chosen(module, call, len(built))

    def _sized(self, module: Module, call: ast.Call, function: ast.Attribute) -> Iterator[Finding]:
        given = {keyword.arg for keyword in call.keywords}
        if (
            module.project.fact(Facts).kind(module, function.value) != CLIENT
            or "part_size_kb" in given
            or not call.args
            or (isinstance(call.args[0], ast.Constant) and isinstance(call.args[0].value, bytes))
        ):
            return
        size = _SIZES[function.attr]
        message = f"{function.attr}() moves a file in parts of {size} KiB, and waits for each"
        if given & _KEYS or None in given or any(isinstance(value, ast.Starred) for value in call.args):
            reason = "its key or its arguments are not seen, and what it gives may depend on the parts"
            yield self.finding(module, call, message, reason=reason)
            return
        chosen = function.attr == "upload_file" and module.project.contains(_CHOICE.encode())
        own = f"the bot chooses the size of parts itself, by `{_CHOICE}`" if chosen else ""
        if reason := thrown_away(module, call) or is_picture(module, call) or own or self._without_cryptg(module):
            yield self.finding(module, call, message, reason=reason)
            return
        verdicts = [
            Proof(Hazard.WIRE, "the same bytes go in parts of a size that Telegram takes"),
            Proof(Hazard.RESOURCES, _ENCRYPTED),
            # a client of the bot's own may count the requests, too
            identity.is_librarys(module, function.value, function.attr, "_call", "__call__"),
            told_to_nobody(module, call),
        ]
        if function.attr == "upload_file":
            verdicts.append(handed_to_telethon(module, call))
            verdicts.append(gives_whole_parts(module, call.args[0]))
        else:
            verdicts.append(taken_as_a_whole(module, call))
        if _FOLLOWED in given:
            sentence = "nobody misses the calls of its `progress_callback` that become fewer"
            verdicts.append(Assumption(Hazard.VISIBILITY, sentence, module.path, call.lineno))
        now = 8 * 1024 // size
        why = f"A file of 8 MB takes {now * 0.04:.1f} s in {now} requests, and then 0.7 s in 16, at a round trip of 40 ms."
        change = self.change(module, [keyword_argument(module, call, "part_size_kb=512")], why, verdicts=verdicts)
        yield self.finding(module, call, message, change=change, cost=Time(f"{now * 0.04:.1f} s", now * 40))

    def _chosen(self, module: Module, client: ast.Call, clients: int) -> Iterator[Finding]:
        """The line that sets the choice for calls that take no size, above the one client of a program."""
        if module.project.contains(_CHOICE.encode()):
            return
        message = "download_media() and send_file() move files in parts of 128 KiB, and wait for each"
        start = module.start(module.statement(client))
        indent = module.text[module.text.rfind("\n", 0, start) + 1 : start]
        reason = "the client does not stand on a line of its own" if indent.strip() else ""
        function = module.function(client)
        at_start = f"let `telethon.utils.{_CHOICE}` answer 512 where the bot starts"
        if clients > 1:
            reason = f"{clients} clients are made; {at_start}"
        elif function is not None and function.name not in ("main", "_main"):
            reason = f"each call of {function.name}() makes a client; {at_start}"
        if reason:
            yield self.finding(module, client, message, reason=reason)
            return
        name, imports = name_for(module, Import("telethon", "utils"), client)
        line = f"{name}.{_CHOICE} = lambda file_size: 512  # KiB, as for files above 750 MB\n{indent}"
        sentence = "nobody else in the process moves files with Telethon by other sizes"
        verdicts = (
            Assumption(Hazard.IDENTITY, sentence, module.path, client.lineno),
            Proof(Hazard.RESOURCES, _ENCRYPTED),
        )
        why = (
            "A file of 8 MB takes 2.6 s in 64 requests, and then 0.7 s in 16, at a round trip of 40 ms. It is Telethon's own "
            "function that is replaced, since `download_media()` and `send_file()` take no size."
        )
        change = self.change(module, [Edit(start, start, line)], why, verdicts=verdicts, imports=imports)
        yield self.finding(module, client, message, change=change, cost=Time("2.6 s", 2600))

    def _cryptg(
        self, module: Module, client: ast.Call, missing: Assumption, declared: tuple[FileChange, ...], moves: Path
    ) -> Finding:
        """The requirement, which is missing; `declared` adds it. `moves` is a file that moves some."""
        named = (
            f" ({moves.relative_to(module.project.settings.root).as_posix()} moves some)"
            if moves != module.path
            else ""
        )
        message = f"without cryptg each part of a file{named} stops the event loop while it is encrypted"
        if not declared:
            reason = f"nothing that tgfix can write to asks for what the bot needs: {missing.sentence}"
            return self.finding(module, client, message, reason=reason)
        why = (
            "Encrypting a part of 512 KiB takes 788 ms in Python, 42 ms by way of OpenSSL and 1 ms with `cryptg`, and nothing else runs "
            "meanwhile."
        )
        change = self.change(module, [], why, title="Ask for cryptg", verdicts=[missing], others=declared)
        return self.finding(module, client, message, change=change, cost=Time("788 ms", 788))

    def _without_cryptg(self, module: Module) -> str:
        """Why parts stay as they are where `cryptg` may be missing, as a clause."""
        if isinstance(self._needed(module).verdict, Proof):
            return ""
        return (
            "`cryptg` comes first: without it a part of 512 KiB stops the bot for 42 ms or more while it is encrypted"
        )

    @staticmethod
    def _needed(module: Module) -> Needed:
        return needs_package(module.project, "cryptg", module.path)


def _calls(module: Module) -> Calls:
    return Calls(module, module.project.fact(Facts).kinds(module))


def _program(module: Module, *needles: bytes) -> list[Module]:
    """The files of the program of a file that hold a needle, in order: scripts beside it, which only make a session, are others."""
    if stands_alone(module):
        return [module]
    found = concurrency(module.project, module.path).program.modules(*needles)
    return sorted((other for other in found if not stands_alone(other)), key=lambda one: one.path)


def _clients(module: Module) -> list[ast.Call]:
    """The calls that make a client in the program of a file, in order of files and lines."""
    return [call for other in _program(module, b"Client") for call in clients_of(_calls(other), CLIENT)]


def _moved(module: Module) -> dict[str, Path]:
    """The methods by which the program of a file moves files with Telethon, and a file in which it does."""
    found: dict[str, Path] = {}
    facts = module.project.fact(Facts)
    for other in _program(module, *(name.encode() for name in _MOVES)):
        for call in other.all(ast.Call):
            match call.func:
                case ast.Attribute(value=owner, attr=method) if method in _MOVES - found.keys():
                    few = has_few_parts(other, call) or nobody_calls(other, call.lineno) is not None
                    if not few and facts.kind(other, owner).startswith("telethon."):
                        found[method] = other.path
    return found
