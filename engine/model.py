"""The plain data that flows through tgfix: edits, changes, findings.

All is frozen and picklable. A codemod gives `Finding`s, each with a `Change` or the reason why the place is left alone; chosen changes
become a `Plan` (see `rewriting.plan`), and only a plan is ever shown or written.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass
from pathlib import Path


class Safety(enum.Enum):
    """What may be claimed of one rewrite, decided for each occurrence."""

    #: The program does what it did before, only faster. Applied by `tgfix apply` and the hook.
    SAFE = "safe"
    #: Needs a person's eye: its assumptions say what has to be true. Applied with `--unsafe-fixes` or by a yes.
    UNSAFE = "unsafe"
    #: Recognised and not rewritten; the finding's `reason` says why.
    REPORT = "report"


class Cost(enum.Enum):
    """How long one run of an anti-pattern takes, in words and as a number of milliseconds that orders a report."""

    TENTHS = ("tenths of a second, or as long as the other side takes", 100.0)
    HUNDREDTHS = ("hundredths of a second", 20.0)
    MILLISECONDS = ("milliseconds", 2.0)
    LESS = ("less than a millisecond", 0.05)
    #: It goes wrong, and is not slow.
    NONE = ("no time", 0.0)
    UNKNOWN = ("not known", 5.0)

    def __init__(self, phrase: str, milliseconds: float) -> None:
        self.phrase = phrase
        self.milliseconds = milliseconds


@dataclass(frozen=True, slots=True)
class Time:
    """How long one run of an anti-pattern takes, where that was measured or is written there: in words, and as a number that orders."""

    phrase: str
    milliseconds: int


class Hazard(enum.Enum):
    """What a rewrite may bring that its owner could notice: a closed set, each member with one prover in `proofs`."""

    #: A point where others may run: a new await, a thread.
    INTERLEAVING = "interleaving"
    #: Effects of different updates may come in another order.
    ORDERING = "ordering"
    #: A point where the task can be cancelled or time out, or where Ctrl-C or a signal no longer arrives.
    INTERRUPTION = "interruption"
    #: Code runs in another thread.
    THREAD = "thread"
    #: The kind of a function changes, or a name or an import goes, that somebody else may use.
    CALLERS = "callers"
    #: Others touch the same file, folder, table, device or address meanwhile.
    OUTSIDE = "outside"
    #: Written data is seen later, is lost on a kill, or goes to a file that was moved or removed.
    VISIBILITY = "visibility"
    #: More connections, files, threads or memory at once.
    RESOURCES = "resources"
    #: What goes over the network differs.
    WIRE = "wire"
    #: Other exceptions escape, are swallowed, or have another type.
    ERRORS = "errors"
    #: The deployment needs a package, a version or a file.
    ENVIRONMENT = "environment"
    #: Objects that others look at or replace differ.
    IDENTITY = "identity"
    #: An answer of a while ago is taken for that of the moment.
    STALENESS = "staleness"
    #: A query or codemod of somebody else, for which nothing is proved.
    UNPROVED = "unproved"


@dataclass(frozen=True, slots=True)
class Proof:
    """A hazard that was shown not to bite."""

    hazard: Hazard
    #: Why, as a clause: "nothing that outlives the handler is touched behind it".
    because: str


@dataclass(frozen=True, slots=True)
class Assumption:
    """A hazard that could not be proved away: what a person grants by accepting the change."""

    hazard: Hazard
    #: What has to be true for the program to do the same, without a period: "nobody else changes `balance` while this handler waits".
    sentence: str
    #: The place that prevents the proof, and its line, 1-based.
    path: Path | None = None
    line: int | None = None
    #: Whether hardly an owner has to look at it: one such is told, and only where nothing that weighs more is open.
    is_slight: bool = False


Verdict = Proof | Assumption


@dataclass(frozen=True, slots=True, order=True)
class Edit:
    """Replace the characters (not bytes) `start` to `end` of `Module.text`. `text` uses ``\\n``; compose translates it to the newline
    style of the place it goes to.
    """

    start: int
    end: int
    text: str

    def __post_init__(self) -> None:
        if not 0 <= self.start <= self.end:
            raise ValueError(f"not a span: {self.start}-{self.end}")


@dataclass(frozen=True, slots=True)
class Import:
    """A module-level import that rewritten code needs: `Import("asyncio")` is ``import asyncio``, `Import("telethon", "errors")` is
    ``from telethon import errors``. A `module` with leading dots is relative.
    """

    module: str
    name: str | None = None
    alias: str | None = None

    def __lt__(self, other: Import) -> bool:
        return (self.module, self.name or "", self.alias or "") < (other.module, other.name or "", other.alias or "")

    @property
    def bound_name(self) -> str:
        """The name that the statement binds in the module."""
        return self.alias or self.name or self.module.partition(".")[0]

    @property
    def statement(self) -> str:
        """The import statement as source text."""
        what = f"import {self.module}" if self.name is None else f"from {self.module} import {self.name}"
        return f"{what} as {self.alias}" if self.alias else what


@dataclass(frozen=True, slots=True)
class Helper:
    """Module-level support code that the user will own: a class, a function or a few of them that belong together. It is put once into
    the file that needs it, or into the project's support module (see `engine.rewriting.support`).
    """

    #: The name that rewritten code uses.
    name: str
    #: The source text, at module level, ending in one newline. All names it uses are its own, builtins, or in `imports`.
    source: str
    imports: tuple[Import, ...] = ()
    #: Further names that `source` defines and that other code may ask for (a closing function, say).
    also_defines: tuple[str, ...] = ()
    #: Helpers that this one's source uses; they are put before it.
    requires: tuple[Helper, ...] = ()


@dataclass(frozen=True, slots=True)
class FileChange:
    """The part of a change that falls on one file."""

    #: Absolute path; it may not exist yet when the part only adds helpers. A file that is no Python has edits and requirements alone.
    path: Path
    edits: tuple[Edit, ...] = ()
    imports: tuple[Import, ...] = ()
    helpers: tuple[Helper, ...] = ()
    #: Distributions (PEP 508) that the file, one that declares requirements, is to ask for.
    requirements: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Change:
    """The unit of review: all that must be accepted or refused together; any subset of a run's changes leaves a program that works."""

    #: The outcome in the imperative, without a final period: "Await asyncio.sleep()".
    title: str
    #: One or two sentences: what it gains here. What it assumes is told from `verdicts`.
    why: str
    #: What was asked of each hazard that the rewrite brings.
    verdicts: tuple[Verdict, ...]
    files: tuple[FileChange, ...]
    #: The value of the codemod's `style` option that gives this form, where there are several.
    style: str | None = None
    #: Hazards that its owner has granted for this place.
    granted: frozenset[Hazard] = frozenset()
    #: Whether it alters what runs beside what, so that the proofs of other changes are asked anew behind it.
    alters_concurrency: bool = False

    def __post_init__(self) -> None:
        if not self.why.strip():
            raise ValueError(f"the change {self.title!r} gives no reason")

    @property
    def assumes(self) -> tuple[Assumption, ...]:
        """What was not proved, each sentence once, the granted ones among it; one that is slight, where nothing else is open."""
        found: dict[tuple[Hazard, str], Assumption] = {}
        for one in (verdict for verdict in self.verdicts if isinstance(verdict, Assumption)):
            found.setdefault((one.hazard, one.sentence), one)
        weighty = tuple(one for one in found.values() if not one.is_slight)
        if any(one.hazard not in self.granted for one in weighty):
            return weighty
        slight = [one for one in found.values() if one.is_slight and one.hazard not in self.granted]
        slight.sort(key=lambda one: one.sentence.endswith(" already"))  # then nothing new is asked
        return tuple(one for one in found.values() if one not in slight[1:])

    @property
    def open(self) -> tuple[Assumption, ...]:
        """What was neither proved nor granted."""
        return tuple(assumption for assumption in self.assumes if assumption.hazard not in self.granted)

    @property
    def safety(self) -> Safety:
        """Safe where nothing is open."""
        return Safety.UNSAFE if self.open else Safety.SAFE


@dataclass(frozen=True, slots=True)
class Several:
    """What is told of a change where its function has several of the kind, which are one change then."""

    #: The title of all of them, with their number in braces: "Await asyncio.sleep() {} times".
    title: str
    calls: tuple[str, ...]  #: what stands there, as a sentence has it: ("`requests.get()`",)
    function: int  #: where it begins, and the block in it
    block: int
    then: str  #: what is gained, as a clause: "in threads they stop only this coroutine"
    lasts: int | None = None  #: how long it takes, in milliseconds, where that is written there
    stops: str = "bot"  #: what stops as a whole: a bot, or another program


@dataclass(frozen=True, slots=True)
class Finding:
    """A place where the anti-pattern stands, with a change or the reason why it is left alone."""

    code: str
    name: str
    path: Path
    #: 1-based line and 0-based column in characters, as editors and ruff count lines; the end is exclusive.
    line: int
    column: int
    end_line: int
    end_column: int
    #: What stands here and what it costs, for a person: "time.sleep() blocks every other handler".
    message: str
    change: Change | None = None
    reason: str | None = None
    #: Weaker or stronger forms of `change`, strongest first, `change` itself not among them.
    alternatives: tuple[Change, ...] = ()
    #: What one run costs, where that is not what its codemod says; `Cost.NONE` where nothing would be gained.
    cost: Cost | Time | None = None
    #: Dotted name of the enclosing function or class, "" at module level.
    scope: str = ""
    #: Survives moved lines: codemod, normalised text of the place, enclosing name, and a count among equals.
    fingerprint: str = ""
    #: Where changes of the kind in one function are one change.
    several: Several | None = None
    #: Those of which this one was made, and where it is of several codemods one of each; it stands where the first of them does.
    parts: tuple[Finding, ...] = ()
    joined: tuple[Finding, ...] = ()

    def __post_init__(self) -> None:
        if (self.change is None) == (self.reason is None):
            raise ValueError(f"{self.code} at {self.path}:{self.line} needs either a change or a reason")

    @property
    def places(self) -> tuple[Finding, ...]:
        """The findings at each place that this one is about."""
        return self.parts or (self,)

    @property
    def each(self) -> tuple[Finding, ...]:
        """What each codemod has found of it."""
        return self.joined or (self,)

    @property
    def codes(self) -> tuple[str, ...]:
        """Their codes."""
        return tuple(row.code for row in self.each)

    @property
    def kind(self) -> str:
        """The codemods that have found it, with their names."""
        return " and ".join(f"{row.code} {row.name}" for row in self.each)

    @property
    def safety(self) -> Safety:
        """The safety of the preferred change, or REPORT."""
        return self.change.safety if self.change else Safety.REPORT

    def choose(self, *, unsafe: bool) -> Change | None:
        """The strongest change that the chosen safety allows, `change` before `alternatives`; an unsafe one only if `unsafe`."""
        forms = (self.change, *self.alternatives) if self.change else ()
        return next((form for form in forms if unsafe or form.safety is Safety.SAFE), None)
