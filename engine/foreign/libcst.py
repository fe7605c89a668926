"""Codemods that others wrote for LibCST's own runner (`libcst.codemod`), one change each.

Only the text that a codemod makes is taken from it; reading, asking and writing stay with tgfix, so encodings, newlines
and what it does not edit stay as they are. LibCST takes 260 ms to load, so it is imported inside functions.

How a codemod is called: https://libcst.readthedocs.io/en/latest/codemods.html
"""

from __future__ import annotations

import contextlib
import importlib
import inspect
import re
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..codemod import Codemod, NotSearched
from ..sources.git import UsageError
from .codemod import ANY, ForeignCodemod, told

if TYPE_CHECKING:
    from libcst.codemod import Codemod as LibcstCodemod
    from libcst.metadata import FullRepoManager

    from ..analysis.module import Project


class Commands(Codemod):
    """Stands for LibCST codemods of others where codemods are selected."""

    code = "LIBCST"
    name = "libcst"
    title = "Run the LibCST codemods that are named"
    needles = ()


def load_commands(names: Sequence[str], root: Path) -> list[ForeignCommand]:
    """The codemods of these names, ``module:Class``. Imports the modules, which may stand below `root`.

    Raises:
        UsageError: a name is none, or names no codemod that can be run without arguments.
    """
    found = []
    taken: set[str] = set()
    for name in names:
        command = _command(name, root)
        base = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "-", command.__name__.removesuffix("Command") or "command").lower()
        short = base if base not in taken else f"{base}-{len(taken) + 1}"
        taken.add(short)
        found.append(ForeignCommand(name, command, short))
    return found


class ForeignCommand(ForeignCodemod):
    """One codemod of somebody else's."""

    code = Commands.code
    needles = ANY
    unread = "LibCST cannot read"

    def __init__(self, spec: str, command: type[LibcstCodemod], name: str) -> None:
        super().__init__(f"the codemod `{spec}`", f"the codemod `{spec}`")
        self.spec = spec
        self.name = name  # type: ignore[misc]
        self.title = f"Apply the LibCST codemod {command.__name__}"  # type: ignore[misc]
        self._command = command
        self._warnings: dict[Path, list[str]] = {}
        self._repository: FullRepoManager | None = None

    def rewritten(self, project: Project, path: Path, text: str) -> str:
        """What the codemod makes of the text."""
        from libcst import ParserSyntaxError
        from libcst.codemod import CodemodContext, TransformFailure, TransformSuccess, transform_module
        from libcst.helpers import calculate_module_and_package

        root, named = str(project.settings.root), None
        with contextlib.suppress(Exception):  # a file outside of every package has no name
            named = calculate_module_and_package(root, str(path))
        context = CodemodContext(
            filename=str(path),
            full_module_name=named.name if named else None,
            full_package_name=named.package if named else None,
            metadata_manager=self._metadata(project),
        )
        with contextlib.redirect_stdout(sys.stderr):  # stdout is for reports
            result = transform_module(self._command(context), text)
        self._warnings[path] = list(result.warning_messages)
        if isinstance(result, TransformSuccess):
            return result.code
        if isinstance(result, TransformFailure):
            if isinstance(result.error, ParserSyntaxError):
                raise NotSearched("uses syntax that LibCST cannot read", result.error.raw_line)
            script = Path(inspect.getfile(self._command))
            raise NotSearched(f"the codemod fails: {told(result.error, script)}", fatal=True)
        return text  # skipped, or interrupted

    def warnings(self, path: Path) -> list[str]:
        """What the codemod warned of in the file."""
        return self._warnings.get(path, [])

    def _metadata(self, project: Project) -> FullRepoManager | None:
        """What a codemod needs that asks for metadata of the whole repository."""
        if self._repository is None:
            wanted = [p for p in self._command.get_inherited_dependencies() if p.gen_cache is not None]
            if wanted:
                from libcst.metadata import FullRepoManager

                paths = [str(path) for path in sorted(project.requested)]
                self._repository = FullRepoManager(str(project.settings.root), paths, set(wanted))
        return self._repository


def _command(spec: str, root: Path) -> type[LibcstCodemod]:
    module_name, colon, attribute = spec.partition(":")
    if not (module_name and colon and attribute.isidentifier()):
        raise UsageError(f"--libcst {spec}: write it as `module:Class`")
    from libcst.codemod import Codemod as LibcstCodemod

    try:
        with _importing(root):
            command: Any = getattr(importlib.import_module(module_name), attribute, None)
    except (Exception, SystemExit) as error:
        raise UsageError(f"--libcst {spec}: the module cannot be imported: {type(error).__name__}: {error}") from error
    if not (isinstance(command, type) and issubclass(command, LibcstCodemod)):
        raise UsageError(
            f"--libcst {spec}: `{attribute}` is no codemod: it has to be a subclass of `libcst.codemod.Codemod`"
        )
    if inspect.isabstract(command):
        raise UsageError(f"--libcst {spec}: `{attribute}` is abstract")
    needed = [
        parameter.name
        for parameter in list(inspect.signature(command).parameters.values())[1:]
        if parameter.default is parameter.empty
        and parameter.kind in (parameter.POSITIONAL_OR_KEYWORD, parameter.KEYWORD_ONLY)
    ]
    if needed:
        raise UsageError(
            f"--libcst {spec}: needs {', '.join(f'`{name}`' for name in needed)}; name a subclass that gives them"
        )
    return command


@contextlib.contextmanager
def _importing(root: Path) -> Iterator[None]:
    """While entered, modules below the project's root can be imported, and nothing is written beside them."""
    search, without_bytecode = sys.path[:], sys.dont_write_bytecode
    sys.path.insert(0, str(root))
    sys.dont_write_bytecode = True
    try:
        with contextlib.redirect_stdout(sys.stderr):
            yield
    finally:
        sys.path[:], sys.dont_write_bytecode = search, without_bytecode
