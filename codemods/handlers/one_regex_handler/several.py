"""Loops that register several handlers in each pass, or tell of them: each registration comes out of the loop by itself."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from ....engine.analysis.facts import Facts
from ....engine.analysis.module import Module
from ....knowledge.kinds import LOGGER
from ..registrations import Condition, Loop, Registration, Step, Temporary, command_handler, mentions, registration
from .loops import Nest, of_variable

_LEVELS = ("debug", "info", "warning", "error")
_TELLS = frozenset(("builtins.print", *(f"logging.{level}" for level in _LEVELS)))
_LOOKS = frozenset(f"builtins.{name}" for name in "str len repr int".split())
#: What a value that is told is made of.
_PARTS = (
    ast.Constant,
    ast.Name,
    ast.expr_context,
    ast.JoinedStr,
    ast.FormattedValue,
    ast.BinOp,
    ast.operator,
    ast.Tuple,
)


@dataclass(frozen=True, slots=True)
class Several:
    """The registrations of a loop, in order, and what becomes of its statements."""

    nests: tuple[Nest, ...]
    #: Those that go, where the others stay in the loop.
    gone: tuple[ast.stmt, ...]
    #: Whether the loop stays, to tell of each command.
    stays: bool
    #: The variables that nothing sets any more.
    unset: frozenset[str]


def several(module: Module, loop: ast.For) -> Several | None:
    """What a loop registers, where it does nothing else but to tell of it by `print()` or a logger."""
    nests: list[Nest] = []
    gone: list[ast.stmt] = []
    told: list[ast.stmt] = []
    bound = {node.id for node in ast.walk(loop) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)}
    for steps, statement in _leaves(loop.body, (Loop(loop.target, loop.iter),), is_top=True):
        found = registration(module, statement) or of_variable(module, steps, statement)
        if isinstance(found, Registration):
            nests.append(Nest(_needed(module, steps, found), found))
            gone.append(statement)
        elif _tells(module, statement, bound):
            told.append(statement)
        else:
            return None
    if loop.orelse or not nests or (told and {*gone, *told} - {*loop.body}):
        return None
    read = {node.id for kept in (*told, *_conditions(loop)) for node in ast.walk(kept) if isinstance(node, ast.Name)}
    for statement in reversed(loop.body):
        match statement:
            case ast.Assign(targets=[ast.Name(id=name)], value=value):
                if name in read:
                    read |= {node.id for node in ast.walk(value) if isinstance(node, ast.Name)}
                else:
                    gone.append(statement)
    unset = {
        target.id for s in gone if isinstance(s, ast.Assign) for target in s.targets if isinstance(target, ast.Name)
    }
    return Several(tuple(nests), tuple(gone), bool(told), frozenset(unset if told else bound))


def _leaves(
    body: Sequence[ast.stmt], steps: tuple[Step, ...], *, is_top: bool = False
) -> Iterator[tuple[tuple[Step, ...], ast.stmt]]:
    """The statements of a loop that are no condition or temporary, with those around and before them."""
    for statement in body:
        match statement:
            case ast.Assign(targets=[ast.Name(id=name)], value=value) if is_top:
                steps = (*steps, Temporary(name, value))
            case ast.If(test=test, body=[ast.Continue()], orelse=[]) if is_top:
                steps = (*steps, Condition(test, negated=True))
            case ast.If(test=test, body=then, orelse=otherwise):
                yield from _leaves(then, (*steps, Condition(test)))
                yield from _leaves(otherwise, (*steps, Condition(test, negated=True)))
            case _:
                yield steps, statement


def _conditions(loop: ast.For) -> Iterator[ast.expr]:
    return (statement.test for statement in loop.body if isinstance(statement, ast.If))


def _needed(module: Module, steps: Sequence[Step], found: Registration) -> tuple[Step, ...]:
    """The steps without the temporaries that a registration has nothing to do with."""
    group = [found.group] if found.group is not None else []
    given = [found.command, found.owner, found.callback, *group, *found.options.values()]
    kept: list[Step] = []
    for step in reversed(steps):
        if isinstance(step, Temporary):
            readers = [*given, *(n for later in kept for n in _read_by(later))]
            if command_handler(module, step.value) or not any(mentions(node, {step.name}) for node in readers):
                continue
        kept.insert(0, step)
    return tuple(kept)


def _read_by(step: Step) -> list[ast.expr]:
    match step:
        case Temporary(value=value) | Condition(test=value) | Loop(iterable=value):
            return [value]


def _tells(module: Module, statement: ast.stmt, names: set[str]) -> bool:
    """Whether a statement prints or logs texts and variables of the loop, and does nothing else."""
    match statement:
        case ast.Expr(value=ast.Call(func=called, args=given, keywords=keywords)):
            facts = module.project.fact(Facts)
            owner = called.value if isinstance(called, ast.Attribute) and called.attr in _LEVELS else None
            logs = owner is not None and facts.kind(module, owner) == LOGGER
            if not logs and facts.name_of(module, called) not in _TELLS:
                return False
            return not keywords and all(_is_told(module, value, names) for value in given)
    return False


def _is_told(module: Module, value: ast.expr, names: set[str]) -> bool:
    for node in ast.walk(value):
        match node:
            case ast.Name(id=name, ctx=ast.Load()):
                if name not in names and module.resolve(node) not in _LOOKS:
                    return False
            case ast.Call(func=called, keywords=[]) if module.resolve(called) in _LOOKS:
                continue
            case _ if not isinstance(node, _PARTS):
                return False
    return True
