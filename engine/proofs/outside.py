"""The hazard `outside`: others touch the same file meanwhile.

Proved where each run of the function makes a name of its own for the file, or where nobody else in the project names it but to
read it, nothing writes, moves or removes what is known only when the bot runs, and no other program is run.
"""

from __future__ import annotations

import ast
import os.path

from ..analysis.assignments import all_values_of
from ..analysis.concurrency import concurrency
from ..analysis.file_names import FileNames
from ..analysis.module import Module
from ..analysis.paths import is_own, is_unknown, last_name, pattern_of
from ..analysis.unchanged_files import changing
from ..model import Assumption, Hazard, Proof, Verdict

_IN_MEMORY = frozenset({"io.BytesIO", "io.StringIO"})


def file(module: Module, path: ast.expr) -> Verdict:
    """Whether nobody can change the file that `path` names while code of `module` reads it."""
    found = changing(module, path)
    if found is not None:
        if _is_undisturbed(module):
            return Proof(Hazard.OUTSIDE, "nothing else of the bot runs meanwhile")
        return Assumption(Hazard.OUTSIDE, found.sentence, found.path, found.line)
    if is_own(module, path):
        return Proof(Hazard.OUTSIDE, "its name is new in each call")
    return Proof(Hazard.OUTSIDE, f"nothing in the project changes what `{module.shown(path)}` names")


def written(module: Module, path: ast.expr, *more: ast.expr) -> Verdict:
    """Whether nobody else looks at or changes the files and folders of these paths, while code of `module` works on them."""
    if all(_is_in_memory(module, each) for each in (path, *more)):
        return Proof(Hazard.OUTSIDE, f"`{module.shown(path)}` is no file but memory of the bot's own")
    if all(is_own(module, each) for each in (path, *more)):
        return Proof(Hazard.OUTSIDE, "its name is new in each call")
    if _is_undisturbed(module):
        return Proof(Hazard.OUTSIDE, "nothing else of the bot runs meanwhile")
    sentence = f"nobody else uses what `{module.shown(path)}` names meanwhile"
    if (name := one_name(module, path)) is not None:
        sentence = f"no other update comes to use `{name}` meanwhile: it has this one name for all of them"
    return Assumption(Hazard.OUTSIDE, sentence, module.path, path.lineno)


def one_name(module: Module, path: ast.expr) -> str | None:
    """The name of a file that is the same in each activation."""
    pattern = pattern_of(module, path)
    return None if "*" in pattern or _is_in_memory(module, path) else pattern


def _is_in_memory(module: Module, path: ast.expr) -> bool:
    """Whether what a library's function is given in the place of a path is a file in memory."""
    made = all_values_of(module, path) or [path]
    return bool(made) and all(isinstance(one, ast.Call) and module.resolve(one.func) in _IN_MEMORY for one in made)


def _is_undisturbed(module: Module) -> bool:
    """Whether nothing of the program runs while a coroutine waits, and no other program that it has started either."""
    alone = concurrency(module.project, module.path).alone
    return alone and not module.project.fact(FileNames).programs


#: Files of these names are ordinary ones: no pipe, device or socket is called so.
_ORDINARY = tuple(".txt .csv .tsv .json .jsonl .ndjson .log .md .html .xml .yml .yaml .dat".split())


def kept_open(module: Module, path: ast.expr, *, may_be_emptied: bool = True) -> Verdict:
    """Whether an ordinary file stands behind `path`, of which nobody takes the name away while code of `module` has it open to
    append to it.

    Who reads it sees the same, and who writes to it or empties it, too, since all that is appended goes to its end. Set
    `may_be_emptied` to False where it begins with something that is not written again.
    """
    pattern, text, project = pattern_of(module, path), module.segment(path), module.project
    what = f"`{text}` is an ordinary file that nobody moves, removes or replaces meanwhile"
    if is_unknown(pattern) or not pattern.endswith(_ORDINARY):
        return Assumption(Hazard.OUTSIDE, what, module.path, path.lineno)
    if (found := changing(module, path, is_appended=may_be_emptied)) is not None:
        return Assumption(Hazard.OUTSIDE, found.sentence, found.path, found.line)
    folders = (folder for folder in os.path.dirname(pattern).split(os.sep) if folder.strip(".*"))
    for word in (last_name(pattern), f"*{os.path.splitext(pattern)[1]}", *folders):
        if named := project.mention(word, project.analysed):
            return Assumption(Hazard.OUTSIDE, f"{what}, not by `{named.path.name}` either", named.path, named.line)
    return Proof(Hazard.OUTSIDE, f"nothing in the project moves, removes or replaces `{text}`")


def program(module: Module, call: ast.Call, *, tells_only: bool) -> Verdict:
    """Whether nobody else touches what the program touches that `call` runs, its own next run included."""
    if tells_only:
        return Proof(Hazard.OUTSIDE, "the program only tells something about the machine")
    if concurrency(module.project, module.path).alone:
        return Proof(Hazard.OUTSIDE, "nothing else of the bot runs meanwhile")
    text = module.shown(call)
    sentence = f"nobody touches what `{text}` works on while it runs, nor does another run of it"
    return Assumption(Hazard.OUTSIDE, sentence, module.path, call.lineno)
