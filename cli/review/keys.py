"""The keys of the review, in the vocabulary of `git add -p`."""

from __future__ import annotations

#: Key → what it does, in the order of the help.
HELP = {
    "y": "apply this change; it is written at once",
    "Y": "apply this one and all others that assume nothing more than it does",
    "n": "refuse it; it is not asked again until its code changes",
    "a": "apply this one and the rest of this file (only safe ones, if this one is safe)",
    "d": "refuse this one and the rest of this file",
    "A": "apply all changes of this codemod (only safe ones, if this one is safe)",
    "D": "refuse all changes of this codemod",
    "u": "undo the last decision",
    "j": "leave it undecided, go to the next (also: arrow down)",
    "k": "leave it undecided, go back to the one before (also: arrow up)",
    "s": "leave this file alone, undecided, and go on behind it",
    "g": "go to a change by its number",
    "/": "search for a regular expression",
    "f": "filter by codemod, file or safety",
    "Tab": "show the other form of the change, where there is one",
    "e": "edit the result in $EDITOR; it is verified before it is applied",
    "v": "show the whole function, before and after",
    "x": "explain the codemod",
    "p": "print the change again (also: Enter)",
    "q": "quit; what is accepted is written already, the rest stays undecided",
    "?": "this help",
}
