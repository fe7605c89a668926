"""Regenerate `knowledge/telethon_errors.json` and `knowledge/contracts.json`: what each known call can raise.

    python scripts/build_error_tables.py --data DIR [--commit HASH] [--releases DIR] [--only telethon|contracts]

Run it where Telethon, python-telegram-bot, httpx, aiohttp and requests are installed (`contracts` needs no `--data`).

`--data DIR` holds `methods.csv`, `errors.csv` and `friendly.csv`: the lists that Telethon's contributors keep of the
errors which Telegram was seen to answer with. They are in the repository LonamiWebs/Telethon, branch v1, folder
`telethon_generator/data` (MIT licence); no release on PyPI ships them. `--commit` records where in that repository they
were taken. `--releases DIR` holds wheels or sdists of older Telethon releases (`pip download --no-deps
telethon==1.24.0`); from them comes the first examined release that has an error's name. Without it the present table's
record is kept and names new to it count from the installed release.

The same inputs give the same bytes.
"""

from __future__ import annotations

import argparse
import ast
import builtins
import csv
import hashlib
import importlib.metadata
import inspect
import json
import re
import sys
import types
from pathlib import Path
from typing import Any

#: Owner and method: ("TelegramClient", "send_message").
Key = tuple[str, str]

KNOWLEDGE = Path(__file__).resolve().parent.parent / "knowledge"
CSV_FILES = ("errors.csv", "friendly.csv", "methods.csv")
#: Requests by which Telethon finds out whom an argument means, or which set up a connection: not what a method is for.
PREPARATION = frozenset(
    {
        "contacts.resolveUsername",
        "contacts.getContacts",
        "users.getUsers",
        "channels.getChannels",
        "messages.getChats",
        "messages.checkChatInvite",
        "messages.getDialogs",
        "help.getConfig",
        "auth.exportAuthorization",
        "auth.importAuthorization",
    }
)
#: What a lost connection or a reply that cannot be read ends with, seldom (`network/mtprotosender.py`), and a shared
#: session file.
RARE = [
    "asyncio.IncompleteReadError",
    "sqlite3.OperationalError",
    "telethon.errors.AuthKeyNotFound",
    "telethon.errors.BadMessageError",
    "telethon.errors.InvalidBufferError",
    "telethon.errors.TypeNotFoundError",
]
#: `sign_in` is four calls in one, chosen by the arguments (`client/auth.py`): argument → the requests that it leads to.
SIGN_IN = {
    "code": ["auth.signIn"],
    "password": ["account.getPassword", "auth.checkPassword"],
    "bot_token": ["auth.importBotAuthorization"],
    "phone": ["auth.sendCode", "auth.resendCode"],
}
#: Methods whose docstring names errors of another one.
DOCUMENTS = {"TelegramClient.qr_login": "QRLogin.wait"}
#: Raised on the way for control flow, or never meant for a caller.
INTERNAL = frozenset(
    {
        "StopAsyncIteration",
        "StopIteration",
        "NotImplementedError",
        "CancelledError",
        "AttributeError",
        "StopPropagation",
    }
)


class Telethon:
    """The table of the installed Telethon."""

    def __init__(self, data: Path, commit: str | None, releases: Path | None) -> None:
        import telethon
        from telethon import errors
        from telethon_calls import CallGraph, subclasses_of

        self.module, self.errors, self.subclasses_of = telethon, errors, subclasses_of
        self.data, self.commit, self.archives = data, commit, releases
        self.recorded = KNOWLEDGE / "telethon_errors.json"
        self.graph = CallGraph()
        self.classes = {
            c.__name__: c for c in vars(errors).values() if isinstance(c, type) and issubclass(c, BaseException)
        }
        self.rpc_errors = {name for name, c in self.classes.items() if issubclass(c, errors.RPCError)}
        self.ids = {name: i for i, name in enumerate(sorted(self.classes))}
        self.retried = self._retried()
        self.request_errors = {
            row["method"]: [self._class_of(e) for e in row["errors"].split()] for row in self._rows("methods.csv")
        }
        self.friendly = {row["friendly"]: row["raw"].split() for row in self._rows("friendly.csv")}
        unknown = [row["name"] for row in self._rows("errors.csv") if self._class_of(row["name"]) not in self.classes]
        if unknown:
            sys.exit(f"errors.csv names errors that the installed Telethon does not have: {', '.join(unknown)}")

    def _rows(self, name: str) -> list[dict[str, str]]:
        with (self.data / name).open(encoding="utf-8", newline="") as file:
            return list(csv.DictReader(file))

    def _class_of(self, raw: str) -> str:
        """The class that Telethon raises for an error as Telegram spells it ("FLOOD_WAIT_X")."""
        spelt = raw.replace("_X", "_1")
        found = self.errors.rpc_errors_dict.get(spelt) or self.errors.rpc_errors_dict.get(raw)
        found = found or next((c for pattern, c in self.errors.rpc_errors_re if re.fullmatch(pattern, spelt)), None)
        return found.__name__ if found else raw

    def _retried(self) -> frozenset[str]:
        """Errors after which `TelegramClient._call` tries again and in the end raises ValueError: the clauses that only
        note `last_error`.
        """
        from call_contracts import source_tree

        names: set[str] = set()
        for clause in (
            n for n in ast.walk(source_tree(self.module.TelegramClient._call)) if isinstance(n, ast.ExceptHandler)
        ):
            notes = any(isinstance(n, ast.Name) and n.id == "last_error" for n in ast.walk(clause))
            if notes and not any(isinstance(n, ast.Raise) for n in ast.walk(clause)):
                names |= {n.attr for n in ast.walk(clause.type) if isinstance(n, ast.Attribute)}  # type: ignore[arg-type]
        return self.subclasses_of(frozenset(names)) & set(self.classes)

    def table(self) -> dict[str, Any]:
        functions = {(o, n): f for o, c in self.graph.owners.items() for n, f in self._methods(c)}
        reaches = {(o, n): self.graph.reach(o, n, f) for (o, n), f in functions.items()}
        if gone := self.graph.missing():
            sys.exit(
                f"telethon_calls.UNSEEN names methods that the installed Telethon does not have: {', '.join(gone)}"
            )
        self._check_friendly(reaches)
        documented = self._documented(functions)
        outsides: list[list[Any]] = []
        methods = {}
        for (owner, name), reach in sorted(reaches.items()):
            base = "RPCError" in reach.network
            named = documented.get(f"{owner}.{name}", set())
            every = self._errors_of(reach, set(reach.requests)) | named if base else set()
            use = self._file_use((owner, name), functions, reaches, frozenset())
            outside = self._outside(reach, use)
            if outside not in outsides:
                outsides.append(outside)
            primary = self._errors_of(reach, self._primary((owner, name), reaches)) | named if base else set()
            methods[f"{owner}.{name}"] = [
                self._kind(functions[owner, name]),
                int(base),
                self._numbers(primary),
                self._numbers(every),
                outsides.index(outside),
                int(use == "optional"),
            ]
        from telethon_releases import first_releases

        releases, since = first_releases(self.module.__version__, set(self.classes), self.archives, self.recorded)
        return {
            "provenance": self._provenance(),
            "releases": releases,
            "errors": [self._error_row(name, since) for name in sorted(self.classes)],
            "retried": self._numbers(self.retried),
            "rare": RARE,
            "outside": outsides,
            "methods": methods,
            "sign_in": {
                a: self._numbers({e for r in requests for e in self.request_errors[r]} - self.retried)
                for a, requests in SIGN_IN.items()
            },
            "requests": self._requests(),
        }

    def _methods(self, owner: type) -> list[tuple[str, types.FunctionType]]:
        from telethon_calls import public_methods

        return [(n, f) for n, f in public_methods(owner) if not isinstance(inspect.getattr_static(owner, n), property)]

    @staticmethod
    def _kind(function: types.FunctionType) -> str:
        # `iter_…` hand out an iterator, which fails while it is iterated, not when it is made.
        return (
            "iterator"
            if function.__name__.startswith("iter_")
            else "coroutine"
            if inspect.iscoroutinefunction(function)
            else "function"
        )

    def _numbers(self, names: set[str] | frozenset[str]) -> list[int]:
        return sorted(self.ids[n] for n in names)

    def _errors_of(self, reach: Any, requests: set[str]) -> set[str]:
        found: set[str] = set()
        for request, absorbed in reach.requests.items():
            if request in requests:
                found |= set(self.request_errors.get(request, ())) - self.subclasses_of(absorbed)
        return (found | (set(reach.raised) & self.rpc_errors)) - self.retried

    def _documented(self, functions: dict[Key, types.FunctionType]) -> dict[str, set[str]]:
        """Errors that Telethon's own documentation of a method names, except the flood waits that any method has."""
        found: dict[str, set[str]] = {}
        for (owner, name), function in functions.items():
            words = set(re.findall(r"\w+Error\b", inspect.getdoc(function) or "")) & self.rpc_errors
            key = DOCUMENTS.get(f"{owner}.{name}", f"{owner}.{name}")
            found.setdefault(key, set()).update(words - self.retried - {"FloodWaitError"})
        return found

    def _primary(self, key: Key, reaches: dict[Key, Any], seen: frozenset[Key] = frozenset()) -> set[str]:
        """The requests that are the method's purpose: Telethon's own word for it, else what it and the methods it
        delegates to send.
        """
        from telethon_calls import LOOKUPS

        owner, name = key
        if key in seen or key not in reaches:
            return set()
        if owner == "TelegramClient" and name in self.friendly:
            return set(self.friendly[name])
        requests = set(reaches[key].direct)
        if name not in LOOKUPS:
            requests -= PREPARATION
        for delegate in reaches[key].delegates - (frozenset() if name in LOOKUPS else LOOKUPS):
            requests |= self._primary(("TelegramClient", delegate), reaches, seen | {key})
        return requests

    def _file_use(
        self, key: Key, functions: dict[Key, types.FunctionType], reaches: dict[Key, Any], seen: frozenset[Key]
    ) -> str:
        """Whether a file is touched "always", "never", or is "optional": by the keyword argument `file`, perhaps handed
        on.
        """
        if key in seen or key not in reaches or not any("file" in reasons for reasons in reaches[key].raised.values()):
            return "never"
        parameters = inspect.signature(functions[key]).parameters
        if "file" in parameters:
            optional = parameters["file"].default is None and parameters["file"].kind is inspect.Parameter.KEYWORD_ONLY
            return "optional" if optional else "always"
        delegates = sorted(reaches[key].delegates)
        uses = {self._file_use(("TelegramClient", d), functions, reaches, seen | {key}) for d in delegates} - {"never"}
        if uses != {"optional"}:
            return "always"
        return "optional" if any(p.kind is p.VAR_KEYWORD for p in parameters.values()) else "never"

    def _outside(self, reach: Any, file_use: str) -> list[list[Any]]:
        """[[class, reasons], …] of what is raised besides Telegram's answers, by contract."""
        reasons: dict[str, set[str]] = {}
        if "ConnectionError" in reach.network:
            reasons["builtins.ConnectionError"] = {"network"}
        if "ValueError" in reach.network:
            reasons["builtins.ValueError"] = {"retries"}
        ignored = ({"file"} if file_use == "never" else set()) | (set() if reach.finds_entities else {"entity"})
        for name, why in reach.raised.items():
            qualified = self._qualified(name)
            if qualified and why - ignored:
                reasons.setdefault(qualified, set()).update(why - ignored)
        return [[name, sorted(why)] for name, why in sorted(reasons.items())]

    def _qualified(self, name: str) -> str | None:
        """The dotted name of a class that Telethon raises itself, None for those that are no concern of a caller's or
        are RPCErrors.
        """
        if name in INTERNAL or name in self.rpc_errors:
            return None
        if name in self.classes:
            return f"telethon.errors.{name}"
        return name if "." in name else f"builtins.{name}" if hasattr(builtins, name) else None

    def _requests(self) -> dict[str, list[Any]]:
        """Request class → [whether Telethon looks up entities for it first, its errors]; requests without a list are
        left out.
        """
        from telethon.tl import functions
        from telethon_calls import request_method

        modules = [("", functions)] + [
            (f"{n}.", m)
            for n, m in vars(functions).items()
            if isinstance(m, types.ModuleType) and m.__name__.startswith("telethon.tl.functions.")
        ]
        found = {}
        for prefix, module in modules:
            for name, request in vars(module).items():
                method = request_method([*prefix.rstrip(".").split(), name]) if name.endswith("Request") else ""
                names = set(self.request_errors.get(method, ())) - self.retried
                if names:
                    found[prefix + name] = [int("resolve" in vars(request)), self._numbers(names)]
        return dict(sorted(found.items()))

    def _error_row(self, name: str, since: dict[str, int]) -> list[Any]:
        from call_contracts import own_attributes

        error = self.classes[name]
        parents = [self.ids.get(b.__name__, f"builtins.{b.__name__}") for b in error.__bases__]
        return [name, parents, since[name], sorted(own_attributes(error))]

    def _check_friendly(self, reaches: dict[Key, Any]) -> None:
        """Telethon's own list of the requests behind its methods must be among those found, or the walk has a hole."""
        for name, requests in self.friendly.items():
            found = set(reaches["TelegramClient", name].requests)
            missing = set(requests) - found
            # `catch_up` only wakes the update loop in today's Telethon; the list is of an older one.
            if missing and found:
                sys.exit(f"no way from TelegramClient.{name} to {', '.join(sorted(missing))} in Telethon's sources")

    def _provenance(self) -> dict[str, Any]:
        from telethon.tl.alltlobjects import LAYER

        return {
            "telethon": self.module.__version__,
            "layer": LAYER,
            "data": "https://github.com/LonamiWebs/Telethon, branch v1, telethon_generator/data",
            "commit": self.commit,
            "sha256": {n: hashlib.sha256((self.data / n).read_bytes()).hexdigest() for n in CSV_FILES},
            "licence": next(f for f in importlib.metadata.files("telethon") or () if f.name == "LICENSE").read_text(),
            "note": "The lists hold what Telegram was seen to answer with; what is missing can happen all the same.",
        }


def write(path: Path, table: dict[str, Any]) -> None:
    """One line for each entry of a mapping or list of the top level, so that a regenerated table gives a readable
    diff.
    """

    def dump(value: Any) -> str:
        return json.dumps(value, ensure_ascii=False, separators=(",", ":"))

    parts = []
    for key, value in table.items():
        if isinstance(value, dict):
            parts.append(f"{dump(key)}:{{\n" + ",\n".join(f"{dump(k)}:{dump(v)}" for k, v in value.items()) + "\n}")
        elif isinstance(value, list) and value and isinstance(value[0], list):
            parts.append(f"{dump(key)}:[\n" + ",\n".join(map(dump, value)) + "\n]")
        else:
            parts.append(f"{dump(key)}:{dump(value)}")
    path.write_text("{\n" + ",\n".join(parts) + "\n}\n", encoding="utf-8", newline="\n")
    print(f"{path.name}: {path.stat().st_size:,} bytes")


def main() -> None:
    """Write the tables that the command line asks for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, help="folder with methods.csv, errors.csv and friendly.csv")
    parser.add_argument("--commit", help="the commit of Telethon's repository that the csv files are from")
    parser.add_argument("--releases", type=Path, help="folder with wheels or sdists of older Telethon releases")
    parser.add_argument("--only", choices=("telethon", "contracts"), help="write one of the two tables")
    parser.add_argument("--out", type=Path, default=KNOWLEDGE, help="folder to write to (default: knowledge/)")
    options = parser.parse_args()
    sys.path.insert(0, str(Path(__file__).resolve().parent))
    if options.only != "contracts":
        if options.data is None or not all((options.data / n).is_file() for n in CSV_FILES):
            parser.error(f"--data must name a folder with {', '.join(CSV_FILES)}")
        write(options.out / "telethon_errors.json", Telethon(options.data, options.commit, options.releases).table())
    if options.only != "telethon":
        from call_contracts import table

        write(options.out / "contracts.json", table())


if __name__ == "__main__":
    main()
