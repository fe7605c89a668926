"""Settings: where they are written, how they are checked, and which codemods they select.

They stand in the table ``[tool.tgfix]`` of a pyproject.toml, or in a tgfix.toml (where no table is needed), the nearest
upward. Every value is checked; an error names the file, the key, what was expected and the nearest valid spelling.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, Protocol, TypeVar

from ..model import Hazard
from .git import UsageError
from .ignore import Patterns, fits, relative, split_selectors
from .touched import Touched

SUPPORT_MODULE = "_tgfix_support"


@dataclass(frozen=True, slots=True)
class Option:
    """A setting of one codemod, given in the table ``[tool.tgfix.<codemod name>]``."""

    #: kebab-case.
    name: str
    type: type
    default: Any
    help: str
    #: The values allowed, for a closed set.
    choices: tuple[Any, ...] | None = None
    #: The smallest value allowed, for numbers.
    minimum: int | None = None


class Configurable(Protocol):
    """What settings need to know of a codemod."""

    @property
    def code(self) -> str:
        """Its code, such as TGF501."""

    @property
    def name(self) -> str:
        """Its name, such as async-sleep."""

    @property
    def options(self) -> tuple[Option, ...]:
        """What can be configured."""

    @property
    def opt_in(self) -> bool:
        """Whether it is off unless it is selected by its own code or name."""


AnyCodemod = TypeVar("AnyCodemod", bound=Configurable)


@dataclass(frozen=True)
class Settings:
    """The settings of a run, checked."""

    #: The project's directory, absolute; patterns are relative to it.
    root: Path
    config_file: Path | None = None
    #: Selectors (codes, prefixes, names, ALL); none means every codemod.
    select: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    #: Pattern → selectors; a pattern that begins with ``!`` means the files it does not match.
    per_file_ignores: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    #: Patterns in the place of `ignore.DEFAULT_EXCLUDES`; None keeps these.
    exclude: tuple[str, ...] | None = None
    extend_exclude: tuple[str, ...] = ()
    unsafe_fixes: bool = False
    #: Whether places where a rewrite gains nothing are listed as well.
    list_all: bool = False
    #: Hazards that count as granted: everywhere, by name of the codemod, by pattern of files.
    assume: tuple[Hazard, ...] = ()
    assume_by_codemod: Mapping[str, tuple[Hazard, ...]] = field(default_factory=dict)
    per_file_assume: Mapping[str, tuple[Hazard, ...]] = field(default_factory=dict)
    #: Name of the module that support code goes to, without directory and suffix.
    support_module: str = SUPPORT_MODULE
    #: Name of a codemod → its options as far as they are configured.
    options: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    #: What `tgfix measure` is told about the program, see `MEASURE`.
    measure: Mapping[str, Any] = field(default_factory=dict)
    #: Files with codemods of the project's own, absolute.
    codemods: tuple[Path, ...] = ()
    #: The user's own Bowler scripts, absolute.
    bowler: tuple[Path, ...] = ()
    #: LibCST codemods of others, as ``module:Class``.
    libcst: tuple[str, ...] = ()
    #: The file with the findings that the project lives with, absolute.
    baseline: Path | None = None
    #: The fingerprints of these.
    known: frozenset[str] = frozenset()
    #: Whether what was found is remembered in `.tgfix_cache`.
    cache: bool = True
    #: The lines that the run is limited to; None is for no limit.
    touched: Touched | None = None

    def ignores(self, path: Path, code: str, name: str) -> bool:
        """Whether `per_file_ignores` turns a codemod off in a file."""
        if not self.per_file_ignores:
            return False
        inside = relative(str(path), str(self.root))
        return any(
            fits(selectors, code, name) >= 0 and patterns.match(inside) is not inverted
            for patterns, inverted, selectors in self._per_file
        )

    def grants(self, path: Path, name: str) -> frozenset[Hazard]:
        """The hazards that are granted for the changes of a codemod in a file."""
        granted = {*self.assume, *self.assume_by_codemod.get(name, ())}
        if self.per_file_assume:
            inside = relative(str(path), str(self.root))
            for pattern, hazards in self.per_file_assume.items():
                if Patterns([pattern.removeprefix("!")]).match(inside) is not pattern.startswith("!"):
                    granted.update(hazards)
        return frozenset(granted)

    def excludes(self, path: Path | str) -> bool:
        """Whether `exclude` or `extend_exclude` as they are configured leave out a file, however it was named."""
        return bool(self.patterns.lines) and self.patterns.match(relative(str(path), str(self.root)))

    @cached_property
    def patterns(self) -> Patterns:
        """The configured exclusions."""
        return Patterns((*(self.exclude or ()), *self.extend_exclude))

    @cached_property
    def _per_file(self) -> list[tuple[Patterns, bool, tuple[str, ...]]]:
        return [(Patterns([p.removeprefix("!")]), p.startswith("!"), s) for p, s in self.per_file_ignores.items()]


@dataclass(frozen=True)
class _Measure:
    """The table ``[tool.tgfix.measure]``, as if it were a codemod's."""

    code: str = "measure"
    name: str = "measure"
    opt_in: bool = False
    options: tuple[Option, ...] = (
        Option("entry", str, "", "The program: `bot.py`, or `-m package`."),
        Option("python", str, "", "The Python that it runs with."),
        Option("env", dict, {}, "Variables of its environment."),
        Option("files", dict, {}, "Files that it needs, by path: what they hold."),
        Option("args", list, [], "Its arguments."),
        Option("admins", list, [], "Numbers of users that it lets do more."),
        Option(
            "answers", list, [], "What web services answer: tables with `match` and `json` or `text`, and `status`."
        ),
        Option("limit", int, 120, "Seconds that one run may take.", minimum=5),
    )


MEASURE = _Measure()


# Selecting codemods


def select_codemods(codemods: Sequence[AnyCodemod], select: Sequence[str], ignore: Sequence[str]) -> list[AnyCodemod]:
    """The codemods that `select` names and `ignore` does not, in their order; no `select` means all of them.

    Where both fit a codemod, the more specific selector wins (select TGF501 over ignore TGF5), in a tie `ignore`. What is opt-in
    takes its whole code or name.

    Raises:
        UsageError: A selector fits no codemod.
    """
    select, ignore = split_selectors(select), split_selectors(ignore)
    check_selectors(select, codemods, "--select")
    check_selectors(ignore, codemods, "--ignore")
    select = select or ("ALL",)
    return [
        c
        for c in codemods
        if fits(select, c.code, c.name) > fits(ignore, c.code, c.name)
        and (not c.opt_in or is_named(select, c.code, c.name))
    ]


def is_named(select: Iterable[str], code: str, name: str) -> bool:
    """Whether selectors name a codemod by its whole code or name."""
    return any(selector.casefold() in (code.casefold(), name.casefold()) for selector in select)


def check_selectors(selectors: Iterable[str], codemods: Sequence[Configurable], where: str) -> None:
    """Refuse selectors that fit no codemod.

    Raises:
        UsageError: It begins with `where` and names the nearest selector that fits one.
    """
    for selector in selectors:
        if all(fits([selector], c.code, c.name) < 0 for c in codemods):
            known = {spelling for c in codemods for spelling in (c.code, c.name, *_prefixes(c.code))}
            hint = did_you_mean(selector, sorted(known)) or "; `tgfix list` shows them"
            raise UsageError(f"{where}: {selector!r} is no code, code prefix or name of a codemod{hint}")


def _prefixes(code: str) -> Iterator[str]:
    """The prefixes worth proposing: not the letters alone, which would select whole libraries of codemods."""
    letters = code.rstrip("0123456789")
    yield from (code[:end] for end in range(len(letters) + 1, len(code)))


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """The end of an error message that proposes the nearest of the known words; empty where none is near."""
    from difflib import get_close_matches

    spellings = {spelling.casefold(): spelling for spelling in known}
    near = get_close_matches(word.casefold(), spellings, n=1)
    return f"; did you mean {spellings[near[0]]!r}?" if near else ""
