"""A user's own Bowler script as codemods: each of its queries is one change over all files that it edits.

Half a rename breaks a program, so the edits of a query stand and fall together, and what they do to the program is the
script's claim, not one that was checked: the change is unsafe. The script's calls of ``.execute()``, ``.diff()``,
``.write()`` and the like only say which queries are meant; reading, asking and writing stay with tgfix.
"""

from __future__ import annotations

import contextlib
import os
import re
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..codemod import NotSearched
from ..foreign.codemod import ANY, ForeignCodemod, told
from ..sources.git import UsageError
from ..sources.ignore import absolute
from . import adapter as bowler

if TYPE_CHECKING:
    from bowler import Query

    from ..analysis.module import Project


def load_scripts(paths: Sequence[Path]) -> list[ScriptQuery]:
    """The queries of scripts, as codemods. Runs the scripts.

    Raises:
        UsageError: a script cannot be read, fails, or has no query.
    """
    found = []
    taken: set[str] = set()
    for path in paths:
        queries = _queries(path)
        stem = re.sub(r"[^a-z0-9]+", "-", path.stem.lower()).strip("-") or "script"
        for number, query in enumerate(queries, 1):
            name = base = stem if len(queries) == 1 else f"{stem}-{number}"
            while name in taken:  # two scripts of one name in different directories
                name = f"{base}-{len(taken) + 1}"
            taken.add(name)
            found.append(ScriptQuery(path, query, name))
    return found


class ScriptQuery(ForeignCodemod):
    """One query of a script."""

    code = bowler.Scripts.code
    noun = "query"
    unread = "Bowler cannot read"

    def __init__(self, script: Path, query: Query, name: str) -> None:
        super().__init__(_described(query), f"the script {script.name}")
        self.script = script
        self.query = query
        self.name = name  # type: ignore[misc]
        self.title = f"Apply {_described(query)} of {script.name}"  # type: ignore[misc]
        self.needles = _needles(query)  # type: ignore[misc]
        self._within: list[tuple[str, str]] = [(path, absolute(path)) for path in query.paths]

    def rewritten(self, project: Project, path: Path, text: str) -> str:
        """What the query makes of the text."""
        try:
            with contextlib.redirect_stdout(sys.stderr):  # stdout is for reports
                return bowler.refactored(text, self.query, self._label(path) or str(path))
        except bowler.Unreadable:
            raise
        except Exception as error:
            raise NotSearched(f"the script fails: {told(error, self.script)}", fatal=True) from error

    def takes(self, path: Path) -> bool:
        """Whether the query is about the file."""
        return self._label(path) is not None

    def takes_all(self) -> bool:
        """Whether files that the run was not asked to look at are the query's as well.

        Half a rename breaks a program, so a query that goes by names would have to edit them, and a change that has to
        edit such a file is refused as a whole.
        """
        return self.needles != ANY

    def _label(self, path: Path) -> str | None:
        """The file's name as Bowler would pass it to the query's filters; None for a file that the query is not about."""
        if path == self.script:
            return None
        for given, base in self._within:
            inside = os.path.relpath(path, base)
            if inside == os.curdir:
                return given
            if inside != os.pardir and not inside.startswith(os.pardir + os.sep):
                name = os.path.join(given, inside)
                matcher = self.query.filename_matcher
                return name if matcher is None or matcher(name) else None
        return None


def _needles(query: Query) -> tuple[bytes, ...]:
    """Bytes of which a file holds one if the query can match in it: the names that its selectors ask for."""
    names = [transform.kwargs.get("name") for transform in query.transforms]
    if names and all(isinstance(name, str) and name.isascii() and name for name in names):
        return tuple(dict.fromkeys(str(name).partition(".")[0].encode() for name in names))
    return ANY


def _described(query: Query) -> str:
    """The query's selectors, as they are written."""
    calls = []
    for transform in query.transforms:
        if transform.fixer:
            calls.append(f"fixer({transform.fixer.__name__})")
            continue
        argument = transform.kwargs.get("name") or transform.kwargs.get("pattern") or ""
        shown = " ".join(str(argument).split())
        calls.append(f"select_{transform.selector}({shown if len(shown) <= 40 else shown[:39] + '…'})")
    return f"the query {'.'.join(dict.fromkeys(calls)) or 'select_root()'}"


# Loading


def _queries(path: Path) -> list[Query]:
    """What a script asks to be executed when Bowler runs it: as it is loaded, by its `main()`, or as a module-level name."""
    import importlib.util

    from bowler import Query as BowlerQuery

    if not path.is_file():
        raise UsageError(f"--bowler {path}: {'is not a file' if path.exists() else 'does not exist'}")
    executed: list[Query] = []
    original, arguments, search = BowlerQuery.execute, sys.argv[:], sys.path[:]

    def execute(query: Query, **options: Any) -> Query:
        if query not in executed:
            executed.append(query)
        query.retcode = 0
        return query

    spec = importlib.util.spec_from_file_location(path.stem, path)
    if spec is None or spec.loader is None:
        raise UsageError(f"--bowler {path}: is no Python file; its name has to end in .py")
    module = importlib.util.module_from_spec(spec)
    without_bytecode, sys.dont_write_bytecode = sys.dont_write_bytecode, True
    try:
        BowlerQuery.execute = execute
        sys.argv[:] = [str(path)]
        sys.path.insert(0, str(path.parent))
        with contextlib.redirect_stdout(sys.stderr):
            spec.loader.exec_module(module)
            if callable(main := getattr(module, "main", None)):
                returned = main()
                if isinstance(returned, BowlerQuery):
                    execute(returned)
    except (Exception, SystemExit) as error:
        raise UsageError(f"--bowler {path}: the script fails: {told(error, path)}") from error
    finally:
        BowlerQuery.execute = original
        sys.argv[:], sys.path[:] = arguments, search
        sys.dont_write_bytecode = without_bytecode
    queries = executed or [value for value in vars(module).values() if isinstance(value, BowlerQuery)]
    if not queries:
        raise UsageError(
            f"--bowler {path}: has no query: none is executed by it or by its main(), and none is a global"
        )
    for query in queries:
        if query.processors:
            raise UsageError(
                f"--bowler {path}: uses .process(), which is about the patches that Bowler writes; use .filter() instead"
            )
    return queries
