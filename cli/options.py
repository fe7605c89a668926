"""The options that commands share, and what their help says."""

from __future__ import annotations

from typing import Annotated

import typer

from .output import choose_colour

Paths = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="PATH", help="Files and directories; the current directory when none is given.", show_default=False
    ),
]
Select = Annotated[
    list[str] | None,
    typer.Option(
        "--select",
        metavar="CODES",
        help="Only these codemods: codes (TGF501), prefixes (TGF5) or names, comma-separated.",
        show_default=False,
    ),
]
Ignore = Annotated[
    list[str] | None,
    typer.Option(
        "--ignore", metavar="CODES", help="Leave these codemods out; written as for --select.", show_default=False
    ),
]
Config = Annotated[
    str | None,
    typer.Option(
        "--config",
        metavar="FILE",
        help="The configuration file, instead of the nearest tgfix.toml or pyproject.toml.",
        show_default=False,
    ),
]
Output = Annotated[
    str | None,
    typer.Option(
        "--output", "-o", metavar="FILE", help="Write the report to FILE instead of stdout.", show_default=False
    ),
]
ExitZero = Annotated[bool, typer.Option("--exit-zero", help="Exit with 0 where it would be 1.")]
StdinFilename = Annotated[
    str | None,
    typer.Option(
        "--stdin-filename",
        metavar="NAME",
        help="With `-`: the name under which the source from stdin is known.",
        show_default=False,
    ),
]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="Print findings, diffs and errors only.")]
Verbose = Annotated[
    bool, typer.Option("--verbose", "-v", help="List every place that is left alone, and say what is read.")
]
UnsafeFixes = Annotated[
    bool | None,
    typer.Option(
        "--unsafe-fixes/--no-unsafe-fixes",
        help="Include changes that need a person's eye; each says what differs. Left out unless configured otherwise.",
        show_default=False,
    ),
]
Assume = Annotated[
    list[str] | None,
    typer.Option(
        "--assume",
        metavar="NAMES",
        help="Assumptions that count as granted in this run, comma-separated; `tgfix explain safety` lists them.",
        show_default=False,
    ),
]
Exclude = Annotated[
    list[str] | None,
    typer.Option(
        "--exclude",
        metavar="PATTERNS",
        help="Leave these files and directories out as well: patterns of .gitignore, comma-separated.",
        show_default=False,
    ),
]
Baseline = Annotated[
    str | None,
    typer.Option(
        "--baseline",
        metavar="FILE",
        help="Only what is not in FILE, which `tgfix baseline` writes; `none`: all, whatever is configured.",
        show_default=False,
    ),
]
Statistics = Annotated[
    bool, typer.Option("--statistics", help="Count by codemod, safety, assumption and file; list nothing.")
]
Watch = Annotated[bool, typer.Option("--watch", help="Look again whenever a file has changed, until Ctrl-C.")]
AddIgnore = Annotated[
    str | None,
    typer.Option(
        "--add-ignore",
        metavar="[=REASON]",
        help="Write `# tgfix: ignore[CODE] REASON` on the line of each finding that could be rewritten.",
        show_default=False,
    ),
]
RemoveUnusedIgnores = Annotated[
    bool, typer.Option("--remove-unused-ignores", help="Take `# tgfix: ignore` comments away that silence nothing.")
]
Color = Annotated[
    str | None,
    typer.Option(
        "--color",
        metavar="auto|always|never",
        help="When to colour: on a terminal (auto), always or never.",
        callback=choose_colour,
        show_default=False,
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
    typer.Option(
        "--jobs",
        "-j",
        metavar="N",
        help="How many processes look into files; as many as there are processors, where that pays.",
        show_default=False,
    ),
]
NoCache = Annotated[bool, typer.Option("--no-cache", help="Neither use nor write what is remembered in .tgfix_cache.")]
Bowler = Annotated[
    list[str] | None,
    typer.Option(
        "--bowler",
        metavar="FILE",
        help="Run your own Bowler query script as well; each query is one unsafe change. May be repeated.",
        show_default=False,
    ),
]
Libcst = Annotated[
    list[str] | None,
    typer.Option(
        "--libcst",
        metavar="MODULE:CLASS",
        help="Run somebody's LibCST codemod as well; all it edits is one unsafe change. May be repeated.",
        show_default=False,
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
    str | None,
    typer.Option(
        "--since",
        metavar="REF",
        help="Only findings on lines touched since the branch left REF, committed or not.",
        show_default=False,
    ),
]
DecisionsFile = Annotated[
    str | None,
    typer.Option(
        "--decisions",
        metavar="FILE",
        help="Apply exactly what was accepted in FILE by a review or on a report's page, without questions.",
        show_default=False,
    ),
]
Project = Annotated[
    str | None,
    typer.Option(
        "--project",
        metavar="DIR",
        help="A directory of the project, instead of the current one.",
        show_default=False,
    ),
]
Verify = Annotated[
    str | None,
    typer.Option(
        "--verify",
        metavar="COMMAND",
        help="Run COMMAND after each codemod; changes with which it fails are found and taken back.",
        show_default=False,
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
    typer.Option(
        "--html",
        metavar="FILE",
        help="Write a page on which the changes can be read, filtered and decided about; it needs no network.",
        show_default=False,
    ),
]
