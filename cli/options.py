"""The options that commands share, and what their help says."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from .output import choose_colour


def option(*spelled: str, **more: Any) -> Any:
    """An option without a default of its own: its names, what stands for its value, its help."""
    *names, value, text = spelled
    return typer.Option(*names, metavar=value, help=text, show_default=False, **more)


Paths = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="PATH", help="Files and directories; the current directory when none is given.", show_default=False
    ),
]
Select = Annotated[
    list[str] | None,
    option("--select", "CODES", "Only these codemods: codes (TGF501), prefixes (TGF5) or names, comma-separated."),
]
Ignore = Annotated[list[str] | None, option("--ignore", "CODES", "Leave these codemods out; written as for --select.")]
Config = Annotated[
    str | None,
    option("--config", "FILE", "The configuration file, instead of the nearest tgfix.toml or pyproject.toml."),
]
Output = Annotated[str | None, option("--output", "-o", "FILE", "Write the report to FILE instead of stdout.")]
ExitZero = Annotated[bool, typer.Option("--exit-zero", help="Exit with 0 where it would be 1.")]
StdinFilename = Annotated[
    str | None, option("--stdin-filename", "NAME", "With `-`: the name under which the source from stdin is known.")
]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="Print findings, diffs and errors only.")]
Verbose = Annotated[
    bool, typer.Option("--verbose", "-v", help="List every place that is left alone, and say what is read.")
]
UnsafeFixes = Annotated[
    bool | None,
    option(
        "--unsafe-fixes/--no-unsafe-fixes",
        "",
        "Include changes that need a person's eye; each says what differs. Left out unless configured otherwise.",
    ),
]
Assume = Annotated[
    list[str] | None,
    option(
        "--assume",
        "NAMES",
        "Assumptions that count as granted in this run, comma-separated; `tgfix explain safety` lists them.",
    ),
]
Exclude = Annotated[
    list[str] | None,
    option(
        "--exclude",
        "PATTERNS",
        "Leave these files and directories out as well: patterns of .gitignore, comma-separated.",
    ),
]
Baseline = Annotated[
    str | None,
    option(
        "--baseline",
        "FILE",
        "Only what is not in FILE, which `tgfix baseline` writes; `none`: all, whatever is configured.",
    ),
]
Statistics = Annotated[
    bool, typer.Option("--statistics", help="Count by codemod, safety, assumption and file; list nothing.")
]
Watch = Annotated[bool, typer.Option("--watch", help="Look again whenever a file has changed, until Ctrl-C.")]
AddIgnore = Annotated[
    str | None,
    option(
        "--add-ignore",
        "[=REASON]",
        "Write `# tgfix: ignore[CODE] REASON` on the line of each finding that could be rewritten.",
    ),
]
RemoveUnusedIgnores = Annotated[
    bool, typer.Option("--remove-unused-ignores", help="Take `# tgfix: ignore` comments away that silence nothing.")
]
Color = Annotated[
    str | None,
    option(
        "--color", "auto|always|never", "When to colour: on a terminal (auto), always or never.", callback=choose_colour
    ),
]
ListAll = Annotated[
    bool,
    typer.Option(
        "--all", help="List what is left alone as well, also where a rewrite would gain nothing, with the reason."
    ),
]
Jobs = Annotated[
    str | None,
    option(
        "--jobs", "-j", "N", "How many processes look into files; as many as there are processors, where that pays."
    ),
]
NoCache = Annotated[bool, typer.Option("--no-cache", help="Neither use nor write what is remembered in .tgfix_cache.")]
Bowler = Annotated[
    list[str] | None,
    option(
        "--bowler",
        "FILE",
        "Run your own Bowler query script as well; each query is one unsafe change. May be repeated.",
    ),
]
Libcst = Annotated[
    list[str] | None,
    option(
        "--libcst",
        "MODULE:CLASS",
        "Run somebody's LibCST codemod as well; all it edits is one unsafe change. May be repeated.",
    ),
]
Staged = Annotated[bool, typer.Option("--staged", help="Only findings on lines that are staged for the next commit.")]
Hook = Annotated[
    bool,
    typer.Option(
        "--hook",
        envvar="PRE_COMMIT",
        help="Run as a hook: fail while support code that was written is not staged. pre-commit's hooks are recognised.",
    ),
]
Since = Annotated[
    str | None, option("--since", "REF", "Only findings on lines touched since the branch left REF, committed or not.")
]
DecisionsFile = Annotated[
    str | None,
    option(
        "--decisions",
        "FILE",
        "Apply exactly what was accepted in FILE by a review or on a report's page, without questions.",
    ),
]
Project = Annotated[str | None, option("--project", "DIR", "A directory of the project, instead of the current one.")]
Verify = Annotated[
    str | None,
    option(
        "--verify", "COMMAND", "Run COMMAND after each codemod; changes with which it fails are found and taken back."
    ),
]
VerifyMeasure = Annotated[
    bool,
    typer.Option(
        "--verify-measure",
        help="Run the bot offline after each codemod, as `tgfix measure` does; changes with which it does something else are taken back.",
    ),
]
RunIt = Annotated[bool, typer.Option("--yes", "-y", help="With --verify-measure: run the bot without asking.")]
CommitPerCodemod = Annotated[
    bool,
    typer.Option("--commit-per-codemod", help="Make one local git commit for each codemod that changes something."),
]
BlameIgnoreRevs = Annotated[
    bool, typer.Option("--blame-ignore-revs", help="And list these commits in .git-blame-ignore-revs.")
]
_FORMATS = "github, sarif, rdjson, rdjsonl, gitlab, junit or pylint."
ApplyFormat = Annotated[
    str,
    typer.Option(
        "--format", metavar="NAME", help=f"How to report: text, concise, json, jsonl, patch, markdown, {_FORMATS}"
    ),
]
CheckFormat = Annotated[
    str, typer.Option("--format", metavar="NAME", help=f"How to report: text, concise, json, jsonl, {_FORMATS}")
]
PrintFormat = Annotated[str, typer.Option("--format", metavar="text|json", help="How to print.")]
ReportFormat = Annotated[
    str, typer.Option("--format", metavar="NAME", help="How to report without --html: text, markdown or json.")
]
Html = Annotated[
    str | None,
    option(
        "--html",
        "FILE",
        "Write a page on which the changes can be read, filtered and decided about; it needs no network.",
    ),
]
