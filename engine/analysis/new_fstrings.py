"""f-strings as Python 3.12 reads them: with the quotes of the string, backslashes and comments in their expressions."""

from __future__ import annotations

import ast
import re
import warnings

#: Where a text or a comment begins, with the letters in front of its quotes.
_BEGINS = re.compile(r"""#|(?<!\w)([rbufRBUF]{0,2})(\"{3}|'{3}|"|')""")
_OPENS = {"(": ")", "[": "]", "{": "}"}
_CONVERSION = re.compile(r"![rsa]\s*")
_NAMED_LETTER = re.compile(r"\\N\{[^}]*\}")


class _NotSeenError(Exception):
    """The text is none, or not read here."""


def reads_with_new_fstrings(code: str) -> bool:
    """Whether some statements are Python once each f-string in them is read by the rules of Python 3.12; false where it is not seen."""
    try:
        return _parses(_plain(code))
    except (_NotSeenError, RecursionError):
        return False


def _parses(code: str) -> bool:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            ast.parse(code)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return False
    return True


def _plain(code: str) -> str:
    """The same with an empty text in the place of each f-string."""
    parts, at = [], 0
    while (found := _BEGINS.search(code, at)) is not None:
        end = _end(code, found)
        is_formatted = "f" in (found[1] or "").lower()
        parts += [code[at : found.start()], '""' if is_formatted else code[found.start() : end]]
        at = end
    return "".join((*parts, code[at:]))


def _end(code: str, found: re.Match[str]) -> int:
    """Where the comment or text ends that begins at a place; the expressions in it are read, if it is an f-string."""
    if found[0] == "#":
        end = code.find("\n", found.end())
        return len(code) if end < 0 else end
    prefix, quotes, at = found[1].lower(), found[2], found.end()
    while at < len(code):
        if code.startswith(quotes, at):
            return at + len(quotes)
        character = code[at]
        if character == "\\":
            named = _NAMED_LETTER.match(code, at) if "r" not in prefix else None
            at = named.end() if named else at + (1 if code[at + 1 : at + 2] in ("{", "}") and "f" in prefix else 2)
        elif character == "\n" and len(quotes) == 1:
            raise _NotSeenError
        elif "f" not in prefix or character not in "{}":
            at += 1
        elif code.startswith(character * 2, at):
            at += 2
        elif character == "{":
            at = _field(code, at + 1)
        else:
            raise _NotSeenError
    raise _NotSeenError


def _field(code: str, start: int) -> int:
    """Behind the brace that ends a field, whose expression has to be one."""
    at, waiting = start, list[str]()
    while at < len(code):
        if (found := _BEGINS.match(code, at)) is not None:
            at = _end(code, found)
            continue
        character = code[at]
        if waiting and character == waiting[-1]:
            waiting.pop()
        elif character in _OPENS:
            waiting.append(_OPENS[character])
        elif not waiting and (character in "}:" or (character == "!" and code[at + 1 : at + 2] != "=")):
            break
        at += 1
    expression = re.sub(r"(?<![=!<>])=\s*\Z", "", code[start:at])
    if not expression.strip() or not _parses(f"({_plain(expression)}\n)"):
        raise _NotSeenError
    if (conversion := _CONVERSION.match(code, at)) is not None:
        at = conversion.end()
    return _format(code, at + 1) if code[at : at + 1] == ":" else _closed(code, at)


def _format(code: str, at: int) -> int:
    while at < len(code) and code[at] not in "}\n\"'\\":
        at = _field(code, at + 1) if code[at] == "{" else at + 1
    return _closed(code, at)


def _closed(code: str, at: int) -> int:
    if code[at : at + 1] != "}":
        raise _NotSeenError
    return at + 1
