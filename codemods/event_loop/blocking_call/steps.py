"""Calls in a row that block, as one step: a function of their own in one thread, so that nothing comes between them."""

from __future__ import annotations

import ast
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from ....engine.analysis.facts import Facts
from ....engine.analysis.module import Module
from ....engine.analysis.stopped import stopped
from ....engine.analysis.stretch import Stretches
from ....engine.analysis.touch import Touch
from ....engine.codemod import Codemod
from ....engine.model import Assumption, Edit, Finding, Hazard, Import, Verdict
from ....engine.proofs import Inside
from ....engine.proofs.interleaving import prove
from ....engine.rewriting.awaits import handed_over, has_long_text, long_texts
from ....engine.rewriting.layout import blank_line_before
from ....engine.rewriting.several import OF_EACH, joined, told
from . import texts

#: What a function inside of the coroutine could not do for it, or not in the same way.
_BOUND = (ast.Await, ast.Yield, ast.YieldFrom, ast.NamedExpr, ast.AsyncFor)
BOUND_NAMES = frozenset({"super", "locals", "vars", "eval", "exec"})
#: What may be called for an argument, which the thread does as well then.
_PLAIN = frozenset(f"builtins.{name}" for name in "str int float bool len repr".split())


#: A statement that calls, and the first of some one that makes what the others work with.
_Step = ast.Expr | ast.Assign


def together(codemod: Codemod, module: Module, findings: Iterable[Finding]) -> Iterator[Finding]:
    """The findings of a file, with one in the place of those whose calls are statements that follow each other."""
    found = list(findings)
    fixed = {(finding.line, finding.column): finding for finding in found if finding.change is not None}
    groups = [g for g in _groups(module, fixed) if len(g) > 2 or _is_one_step(g)] if len(fixed) > 1 else []
    of = {id(finding): group for group in groups for _, finding in group}
    made = Counter[ast.AST | None]()
    for finding in found:
        group = of.get(id(finding))
        if group is None:
            yield finding
        elif finding is group[0][1]:
            function = module.function(group[0][0])
            made[function] += 1
            yield _one(codemod, module, group, "steps" if made[function] == 1 else f"steps_{made[function]}")


def _groups(module: Module, fixed: dict[tuple[int, int], Finding]) -> Iterator[list[tuple[_Step, Finding]]]:
    """Statements that follow each other, each a call of a finding whose result nobody takes but the others."""
    groups: list[list[tuple[_Step, Finding]]] = [[]]
    for statement in sorted(module.all(ast.Expr, ast.Assign), key=module.start):
        finding = fixed.get(module.position(module.start(statement.value)))
        if finding is None or not _is_free(module, statement):
            continue
        if groups[-1] and (isinstance(statement, ast.Assign) or not _follows(module, groups[-1][-1][0], statement)):
            groups.append([])
        groups[-1].append((statement, finding))
    for group in groups:
        if len(group) > 1 and not _is_for_these(module, [statement for statement, _ in group]):
            group = group[1:]
        if len(group) > 1:
            yield group


def _is_for_these(module: Module, statements: list[_Step]) -> bool:
    """Whether what the first statement makes, if it does, is a variable that the others use and nothing else."""
    first = statements[0]
    if not isinstance(first, ast.Assign):
        return True
    name = first.targets[0] if len(first.targets) == 1 else None
    scope = module.scope(first).find(name.id) if isinstance(name, ast.Name) else None
    if not isinstance(name, ast.Name) or scope is None or scope.node is not module.function(first):
        return False
    inside = {node for statement in statements for node in ast.walk(statement)}
    return {name, *module.uses(name.id, scope)} <= inside and len(scope.bindings[name.id]) == 1


def _is_one_step(group: list[tuple[_Step, Finding]]) -> bool:
    """Whether two calls of the project's functions both change what others see: a database, a file."""
    changes = [finding.change for _, finding in group if finding.change is not None and finding.change.style is None]
    outside = [c for c in changes if any(v.hazard is Hazard.OUTSIDE and isinstance(v, Assumption) for v in c.verdicts)]
    return len(outside) == len(group) == 2


def _follows(module: Module, one: _Step, other: _Step) -> bool:
    """Whether a statement is the next one in the same block, on a line of its own, without a word for tgfix."""
    between = module.text[module.end(one) : module.start(other)]
    if module.parent(one) is not module.parent(other) or "\n" not in between:
        return False
    return all(not line.strip() or line.lstrip().startswith("#") for line in between.split("\n")[1:])


def _is_free(module: Module, statement: _Step) -> bool:
    """Whether a statement may stand in a function inside of its own, and begins and ends its lines."""
    if not stand_alone(module, [statement]) or has_long_text(module, statement):
        return False
    inside = list(ast.walk(statement))
    named = {node.id for node in inside if isinstance(node, ast.Name)}
    if any(isinstance(node, _BOUND) for node in inside) or named & (BOUND_NAMES | caught_around(module, statement)):
        return False
    calls = [node for node in inside if isinstance(node, ast.Call) and node is not statement.value]
    return all(module.resolve(call.func) in _PLAIN for call in calls)


def stand_alone(module: Module, statements: Sequence[ast.stmt]) -> bool:
    """Whether statements begin and end their lines, without a word for tgfix."""
    before, behind = module.line_rest(statements[0], statements[-1])
    alone = not before.strip() and not behind.partition("#")[0].strip()
    return alone and not tells_tgfix(module, statements[0], statements[-1])


def tells_tgfix(module: Module, first: ast.stmt, last: ast.stmt) -> bool:
    """Whether a comment for tgfix stands on the lines from one statement to another."""
    return "tgfix:" in module.text[module.line_span(first)[0] : module.line_span(last)[1]]


def caught_around(module: Module, statement: ast.stmt) -> set[str | None]:
    """The names of the exceptions that are handled where a statement stands: they are gone behind it, and linters take a function that
    reads them for one that reads nothing.
    """
    return {block.name for block, _ in module.around(statement) if isinstance(block, ast.ExceptHandler)}


def _one(codemod: Codemod, module: Module, group: list[tuple[_Step, Finding]], name: str) -> Finding:
    """The finding for all of a group, with the name of the function that they become."""
    finding = group[0][1]
    edits, imports = as_function(module, [statement for statement, _ in group], name)
    calls = tuple(f"{module.shown(s.value.func)}()" for s, _ in group if isinstance(s.value, ast.Call))
    text = told(calls)
    why = f"{texts.stops(module, text, 'stop')}; in one thread they stop only this coroutine, and nothing comes between them."
    change = codemod.change(
        module,
        edits,
        why,
        title=f"Run {len(group)} calls in one thread",
        verdicts=list(_verdicts(module, group)),
        imports=imports,
    )
    message = f"{text} block the event loop one after the other: nobody else is served meanwhile"
    last = group[-1][1]
    several = replace(finding.several, calls=calls) if finding.several is not None else None
    return replace(
        finding, message=message, change=change, alternatives=(), end_line=last.end_line, end_column=last.end_column,
        several=several,
    )  # fmt: skip


def as_function(
    module: Module, statements: Sequence[ast.stmt], name: str, results: Sequence[str] = ()
) -> tuple[list[Edit], tuple[Import, ...]]:
    """The edits that make a function of statements that follow each other and let a thread run it, with the imports that they need.
    `results` are the variables that it gives back.
    """
    name = next(n for n in (name, *(f"{name}_{k}" for k in range(2, 99))) if not re.search(rf"\b{n}\b", module.text))
    first, last = statements[0], statements[-1]
    indent = module.indent(first)
    unit = module.unit_behind(indent)
    (start, _), (_, end) = module.line_span(first), module.line_span(last)
    call, imports = handed_over(module, first, name)
    kept = {number for statement in statements for lines in long_texts(statement) for number in lines[1:]}
    numbers = range(first.lineno + 1, (last.end_lineno or 0) + 1)
    lines = [module.line_starts[number - 1] for number in numbers if number not in kept]
    above = module.text[:start].rstrip(" \t\r\n").rpartition("\n")[2].partition("#")[0].rstrip()
    gap = [] if blank_line_before(module, start) or above.endswith(":") else [Edit(start, start, "\n")]
    behind = start + len(module.text[start:end].rstrip("\r\n"))
    given = ", ".join(results)
    returned = f"\n{indent}{unit}return {given}" if given else ""
    return [
        *gap,
        Edit(module.start(first), module.start(first), f"def {name}():\n{indent}{unit}"),
        *(Edit(at, at, unit) for at in lines if module.text[at : at + 1] not in ("\r", "\n", "")),
        Edit(behind, behind, f"{returned}\n\n{indent}{f'{given} = ' if given else ''}{call}"),
    ], imports


def _verdicts(module: Module, group: list[tuple[_Step, Finding]]) -> Iterator[Verdict]:
    """For each hazard what stays open of the calls, or the first proof. Others may come before the first and behind the last
    of them, and before the thread looks up what the calls are given.
    """
    statements = [statement for statement, _ in group]
    verdicts = [v for _, finding in group if finding.change is not None for v in finding.change.verdicts]
    for hazard in dict.fromkeys(v.hazard for v in verdicts):
        if hazard is Hazard.INTERLEAVING:
            first = statements[0].value
            found = prove(module, first, Inside.WRITES, until=statements[-1].value)
            weak = isinstance(found, Assumption) and found.is_slight
            touch = _looked_up(module, statements) if weak else None
            sentence = f"other code of the {stopped(module)} may run before {touch.phrase}" if touch else ""
            yield Assumption(hazard, sentence, touch.path, touch.line) if touch else found
        else:
            of = [v for v in verdicts if v.hazard is hazard]
            asked = [v for v in of if isinstance(v, Assumption)]
            yield from joined(asked if hazard in OF_EACH else asked[:1]) or of[:1]


def _looked_up(module: Module, statements: list[_Step]) -> Touch | None:
    """What others may change of what calls are given."""
    function = module.function(statements[0])
    assert function is not None
    steps = module.project.fact(Stretches).steps(module, function)
    given = {part for statement in statements for part in ast.walk(statement)} - {s.value for s in statements}
    points = module.project.fact(Facts).flow(module, function).points
    touches = (steps.touch(point) for found in points.values() for point in found if point.node in given)
    return next(filter(None, touches), None)
