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
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..analysis.module import ParseError
from ..codemod import Codemod, NotSearched
from ..model import Assumption, Change, Edit, FileChange, Finding, Hazard
from ..rewriting.compose import ComposeError, compose
from ..sources.git import UsageError
from ..sources.ignore import absolute
from ..sources.source import SourceError
from ..sources.suppress import Suppressions
from . import adapter as bowler

if TYPE_CHECKING:
    from bowler import Query

    from ..analysis.module import Module, Project


#: What every file holds.
_ANY = (b"",)


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


class ScriptQuery(Codemod):
    """One query of a script."""

    code = bowler.Scripts.code
    once = True

    def __init__(self, script: Path, query: Query, name: str) -> None:
        self.script = script
        self.query = query
        self.name = name  # type: ignore[misc]
        self.title = f"Apply {_described(query)} of {script.name}"  # type: ignore[misc]
        self.needles = _needles(query)  # type: ignore[misc]
        self._within: list[tuple[str, str]] = [(path, absolute(path)) for path in query.paths]
        #: The last text of a file that the query has seen, and what it made of it.
        self._results: dict[Path, tuple[str, str | bowler.Unreadable]] = {}

    def find(self, module: Module) -> Iterable[Finding]:
        """Nothing, but a file that Bowler cannot read is told of here."""
        if self._label(module.path) is not None:
            self._result(module.path, module.text)
        return ()

    def find_in_project(self, project: Project) -> Iterator[Finding]:
        """The query's one change, at the place of its first edit."""
        edits: dict[Path, tuple[Edit, ...]] = {}
        left_out: list[Path] = []
        for path in self._files(project):
            text = self._text(project, path)
            if text is None:
                continue
            try:
                made = bowler.difference(text, self._result(path, text))
            except bowler.Unreadable:
                left_out.append(path)
                continue
            if made:
                edits[path] = made
        if edits:
            yield self._finding(project, edits, left_out)

    def _finding(self, project: Project, edits: dict[Path, tuple[Edit, ...]], left_out: list[Path]) -> Finding:
        files = tuple(FileChange(path, made) for path, made in edits.items())
        why = (
            f"The script {self.script.name} asks for it; whether the program still does the same is the script's claim."
        )
        if left_out:
            names = ", ".join(path.name for path in left_out)
            why += f" Bowler cannot read {names}, so what stands there was not looked at."
        change: Change | None = Change(
            self.title, why, (Assumption(Hazard.UNPROVED, "the query does what you want here"),), files
        )
        reason = None
        try:
            compose(project, [change] if change else [])
        except ComposeError as error:
            change, reason = None, f"what the script makes of the files is refused: {error}"
        path, first = next((path, made[0]) for path, made in edits.items())
        module = project.module(path)
        (line, column), (end_line, end_column) = module.position(first.start), module.position(first.end)
        places = sum(map(len, edits.values()))
        number = f"{places} places" if places > 1 else "1 place"
        message = f"{_described(self.query)} of {self.script.name} edits {number} in {', '.join(p.name for p in edits)}"
        return Finding(
            self.code, self.name, path, line, column, end_line, end_column, message, change=change, reason=reason
        )

    def _files(self, project: Project) -> list[Path]:
        """The files that the query may edit, in order of path.

        One that goes by names is also run where the run was not asked to look: a change that would have to edit such a
        file is refused as a whole. Only files that hold the names are parsed for this.
        """
        files = project.requested if self.needles == _ANY else project.requested.union(project.files)
        return sorted(files)

    def _text(self, project: Project, path: Path) -> str | None:
        """The text of a file if the query may edit it."""
        if self._label(path) is None or project.settings.ignores(path, self.code, self.name):
            return None
        try:
            source = project.source(path)
            if source is None or not any(needle in source.data for needle in self.needles):
                return None
            project.module(path)
        except (SourceError, ParseError):
            return None  # told of by the search
        return None if Suppressions.of(source.text).skip_file else source.text

    def _result(self, path: Path, text: str) -> str:
        seen = self._results.get(path)
        if seen is None or seen[0] != text:
            seen = self._results[path] = (text, self._refactored(path, text))
        if isinstance(seen[1], bowler.Unreadable):
            raise seen[1]
        return seen[1]

    def _refactored(self, path: Path, text: str) -> str | bowler.Unreadable:
        try:
            with contextlib.redirect_stdout(sys.stderr):  # stdout is for reports
                return bowler.refactored(text, self.query, self._label(path) or str(path))
        except bowler.Unreadable as error:
            return error
        except Exception as error:
            raise NotSearched(f"the script fails: {_told(error, self.script)}", fatal=True) from error

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
    return _ANY


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
        raise UsageError(f"--bowler {path}: the script fails: {_told(error, path)}") from error
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


def _told(error: BaseException, script: Path) -> str:
    """An exception in one line, with the line of the script that it comes from."""
    line, message = (error.lineno, error.msg) if isinstance(error, SyntaxError) else (None, str(error))
    trace = error.__traceback__
    while trace is not None:
        if trace.tb_frame.f_code.co_filename == str(script):
            line = trace.tb_lineno
        trace = trace.tb_next
    where = "" if line is None else f" ({script.name}:{line})"
    return f"{type(error).__name__}: {message}{where}"
