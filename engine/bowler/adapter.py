"""Bowler queries, run in memory.

Bowler selects and changes nodes of a fissix tree. Its own reading, patching and writing of files loses line endings,
encodings and edits, so none of it is used: a query is compiled, run over a text, and what came out is compared with what
went in. Only the differences, as spans of the text, leave this module; they go the way of every other change.

Bowler takes about 70 ms to load, so it is imported inside functions, for the first file that a query may match.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import TYPE_CHECKING, Any, TypeVar

from ..codemod import Codemod, NotSearched
from ..counters import FISSIX, work
from ..model import Edit
from ..rewriting.difference import difference

if TYPE_CHECKING:
    from bowler import Query

    from ..analysis.module import Module

N = TypeVar("N", bound=ast.AST)

#: Makes the query afresh: Bowler's queries collect state while they run.
MakeQuery = Callable[[], "Query"]

_LONE_RETURN = re.compile(r"\r(?!\n)")


class Scripts(Codemod):
    """Stands for users' own scripts (see `bowler_script`) where codemods are selected."""

    code = "BOWLER"
    name = "bowler"
    title = "Run the Bowler scripts that are named"
    needles = ()


class Unreadable(NotSearched):
    """The text is Python that fissix, Bowler's parser, cannot read."""


@dataclass(frozen=True, slots=True)
class Place:
    """What a query selects at one place."""

    #: Its number among the places that the query selects in the text.
    number: int
    #: Character offsets of the selected node.
    start: int
    end: int
    #: Name of a capture → its offsets.
    captured: Mapping[str, tuple[int, int]]


def places(module: Module, make_query: MakeQuery) -> list[Place]:
    """The places that a query selects, its filters applied and its modifiers not.

    Raises:
        Unreadable: fissix cannot read the file.
    """
    found: list[Place] = []
    query = make_query()
    tree, starts = _selectable(module.text)

    def span(node: Any) -> tuple[int, int] | None:
        parts = node if isinstance(node, list) else [node]
        leaves = [leaf for part in parts for leaf in part.leaves()]
        if not leaves:
            return None
        return starts[id(leaves[0])], starts[id(leaves[-1])] + len(leaves[-1].value)

    def note(node: Any, capture: Mapping[str, Any], filename: str) -> None:
        captured = {name: at for name, value in capture.items() if (at := span(value)) is not None}
        start, end = span(node) or (0, 0)
        found.append(Place(len(found), start, end, captured))

    for transform in query.transforms:
        transform.callbacks[:] = [note]
    _tool(query.compile()).refactor_tree(tree, str(module.path))
    return found


def node_at(module: Module, kind: type[N], start: int) -> N | None:
    """The `ast` node of a kind that begins where a selected node does, the outermost of several: for what names stand for."""
    nodes = [node for node in module.all(kind) if module.offset(node.lineno, node.col_offset) == start]  # type: ignore[attr-defined]
    return max(nodes, key=module.end, default=None)


def edits_at(module: Module, make_query: MakeQuery, place: Place) -> tuple[Edit, ...]:
    """What the query's modifiers change at one of the places that it selects.

    Raises:
        Unreadable: fissix cannot read the file.
    """
    query = make_query()
    seen = -1

    def only_here(modifiers: Sequence[Any]) -> Callable[[Any, Any, str], Any]:
        def modify(node: Any, capture: Any, filename: str) -> Any:
            nonlocal seen
            seen += 1
            result = None
            for modifier in modifiers if seen == place.number else ():
                result = modifier(node, capture, filename)
            return result

        return modify

    for transform in query.transforms:
        transform.callbacks[:] = [only_here(tuple(transform.callbacks))]
    return difference(module.text, refactored(module.text, query, str(module.path)))


def refactored(text: str, query: Query, filename: str) -> str:
    """The text after the query; its newlines are those of the text, but for inserted ones, which may be ``\\n``.

    Raises:
        Unreadable: fissix cannot read the text.
    """
    tree = _parsed(text)
    _tool(query.compile()).refactor_tree(tree, filename)
    result = str(tree)
    if not _ends_line(text):  # `_parsed` has added one
        result = re.sub(r"\r?\n\Z", "", result)
    return result


# fissix


def _tool(fixers: Sequence[Any]) -> Any:
    tool = _tool_class()(fixers, {"print_function": True})
    # the files are Python 3, where `exec` is a function as `print` is
    tool.grammar.keywords.pop("exec", None)
    return tool


@cache
def _tool_class() -> Any:
    import logging

    from fissix.refactor import RefactoringTool

    # both tell of every grammar that they read
    logging.getLogger("RefactoringTool").setLevel(logging.CRITICAL)
    logging.getLogger("fissix").setLevel(logging.CRITICAL)

    class Tool(RefactoringTool):  # type: ignore[misc]
        """Takes fixers as Bowler compiles them, where fissix takes names of modules."""

        def get_fixers(self) -> tuple[list[Any], list[Any]]:
            fixers = [fixer(self.options, self.fixer_log) for fixer in self.fixers]
            return [f for f in fixers if f.order == "pre"], [f for f in fixers if f.order == "post"]

    return Tool


@lru_cache(maxsize=2)
def _selectable(text: str) -> tuple[Any, dict[int, int]]:
    """A tree that nobody modifies, so that several queries can select in it, and where its leaves begin in the text.

    Raises:
        Unreadable: fissix cannot read the text.
    """
    tree = _parsed(text)
    return tree, _leaf_starts(tree)


def _parsed(text: str) -> Any:
    # a lone \r is a newline to Python and not to fissix; the replacement is as long, so offsets stay
    plain = _LONE_RETURN.sub("\n", text)
    work.text(FISSIX, text)
    if not _ends_line(text):  # fissix cannot do without
        plain += "\n"
    try:
        tree = _tool(()).driver.parse_string(plain)
    except RecursionError:
        raise Unreadable("nests too deeply for Bowler's parser") from None
    except Exception as error:  # its tokenizer and its parser raise several unrelated types
        raise _unreadable(error) from None
    if str(tree) != plain:
        raise Unreadable("Bowler's parser does not give its text back exactly as it is")
    tree.future_features = frozenset()
    return tree


def _ends_line(text: str) -> bool:
    return not text or text.endswith(("\n", "\r"))


def _unreadable(error: Exception) -> Unreadable:
    context = getattr(error, "context", None)
    place = context[1] if isinstance(context, tuple) and len(context) == 2 else error.args[-1] if error.args else None
    line = place[0] if isinstance(place, tuple) and place and isinstance(place[0], int) else None
    return Unreadable("uses syntax that Bowler's parser cannot read (match, positional-only parameters or newer)", line)


def _leaf_starts(tree: Any) -> dict[int, int]:
    """Offset of the first character of each leaf, by the leaf's `id`."""
    starts: dict[int, int] = {}
    position = 0
    for leaf in tree.leaves():
        position += len(leaf.prefix)
        starts[id(leaf)] = position
        position += len(leaf.value)
    return starts
