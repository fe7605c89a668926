"""The hazard `identity`: objects that others look at or replace differ.

`unreplaced`: nobody puts something else in the place of what a rewrite stops using, or begins to use: a test that patches
`bot.time.sleep`, a class with another method, a module in ``sys.modules``.
`unobserved`: nobody looks at what a rewrite makes different: an attribute, the class of an object.

Proved by every place of the project that may do it, tests included; what is not understood may.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Collection, Iterator
from pathlib import Path

from ..analysis.asked_once import asked_once
from ..analysis.assignments import given_for
from ..analysis.calls.graph import CallGraph
from ..analysis.constants import rebinding
from ..analysis.facts import Facts
from ..analysis.families import derived
from ..analysis.module import Module, Project
from ..analysis.module_names import stem_of
from ..analysis.observers import Observers
from ..analysis.program import program_files
from ..analysis.replacements import Replacements
from ..analysis.resolver import Resolver
from ..model import Assumption, Hazard, Proof, Verdict
from ..sources.mentions import Mention, Text
from ..sources.old_copies import is_aside
from ..sources.reach import is_test

#: Methods by which a class decides what its attributes, or those of classes derived from it, are.
_WRAPPING = frozenset({"__getattribute__", "__init_subclass__", "__new__", "__get__"})
#: Functions through which what is called on is followed back to where it is made.
_DEPTH = 4
#: What is shown or read as data, such as a report of tgfix.
_PAGES = frozenset({".html", ".htm", ".svg", ".xml", ".css", ".js", ".json", ".csv", ".log", ".diff", ".patch"})
#: Libraries that put something else in the place of what another one offers, once a test names them.
_STAND_INS = {
    "httpx": ("respx", "pytest_httpx", "httpx_mock", "vcr", "pook"),
    "httpx2": ("respx", "pytest_httpx", "httpx_mock", "vcr", "pook"),
    "aiohttp": ("aioresponses", "vcr", "pook", "aiointercept"),
    "requests": ("responses", "requests_mock", "httpretty", "vcr", "betamax", "pook"),
    "urllib": ("httpretty", "vcr", "pook"),
    "time": ("freezegun", "time_machine", "freezer"),
    "datetime": ("freezegun", "time_machine", "freezer"),
    "builtins": ("pyfakefs", "mock_open"),
    "subprocess": ("pytest_subprocess", "fake_process"),
}


def unreplaced(module: Module, *dotted: str, stand_ins: bool = True) -> Verdict:
    """Whether nobody puts something else in the place of some things, as code of `module` sees them.

    Args:
        module: The file that is rewritten.
        dotted: Names as `Module.resolve` gives them ("time.sleep", "httpx.AsyncClient", "builtins.open").
        stand_ins: Whether a library for tests that answers instead of the real one counts, too; not where the same calls
            go to it as before.
    """
    project = module.project
    for name in dotted:
        shown = name.removeprefix("builtins.")
        for found in project.fact(Replacements).of_library(module, name):
            sentence = f"what takes the place of `{shown}` here does the same"
            aside = is_aside(found.path, project.settings.root)
            if aside:
                sentence = f"this test's stand-in for `{shown}` still serves the test"
            elif found.name is None and found.dotted is None:  # any name, as far as is seen
                return _assumption(
                    f"`{name.partition('.')[0]}` is still Python's own here", found.path, found.line, is_slight=True
                )
            return _assumption(sentence, found.path, found.line, is_slight=aside)
        for stand_in in _STAND_INS.get(name.partition(".")[0], ()) if stand_ins else ():
            for path in project.mentioning([stand_in]):
                return _assumption(f"`{stand_in}` does not stand in for `{shown}`", path)
        for word in ("patch", "setattr"):
            if unseen := project.unseen([name.rpartition(".")[2], word], project.analysed):
                return _assumption(
                    f"`{unseen.path.name}` puts nothing in the place of `{shown}`", unseen.path, unseen.line
                )
    if (taken := _imported_by_text(module)) is not None:
        sentence = f"`{taken.path.name}` puts nothing in the place of `{dotted[0].removeprefix('builtins.')}`"
        return _assumption(sentence, taken.path, taken.line, is_slight=True)
    return Proof(Hazard.IDENTITY, f"nobody replaces {', '.join(f'`{name}`' for name in dotted)}")


@asked_once
def _imported_by_text(module: Module) -> Mention | None:
    """The first text besides the files of Python that imports a file: a command of a Makefile or a workflow, an example of a README."""
    stem = stem_of(module.path).encode()
    imports = re.compile(rb"\b(?:import\b[^\n;]*|from\s+[\w.]*)(?<![\w])%b(?!\w)" % re.escape(stem))
    for text in _recipes(module.project):
        if stem in text.data and (found := imports.search(text.data)) is not None:
            return Mention(text.path, text.data.count(b"\n", 0, found.start()) + 1)
    return None


def _recipes(project: Project) -> Iterator[Text]:
    """The texts that are no files of Python and may hold commands."""
    return (text for text in project.mentions.others(project.known_files) if text.path.suffix not in _PAGES)


def is_itself(module: Module, function: ast.expr) -> Verdict:
    """Whether what an expression names, a function or method of the project, is what its one definition says: it has no decorator,
    its class wraps nothing, and nothing is put in its place.
    """
    text = ast.unparse(function)
    for where, line in _other_meanings(module, function):
        return _assumption(f"`{text}` is always the same function", where, line)
    return Proof(Hazard.IDENTITY, f"nothing is put in the place of `{text}`")


def _other_meanings(module: Module, function: ast.expr) -> Iterator[tuple[Path, int]]:
    """The places by which an expression may come to name something else than its one definition."""
    project = module.project
    replacements = project.fact(Replacements)
    resolver = replacements.resolver
    found = resolver.definition(module, function)
    if found is None or isinstance(found[1], ast.ClassDef):
        yield module.path, function.lineno
        return
    home, definition = found
    for decorator in definition.decorator_list:
        if home.resolve(decorator) not in ("builtins.staticmethod", "builtins.classmethod"):
            yield home.path, decorator.lineno
    way: list[tuple[Module, str]] = []
    if not isinstance(home.parent(definition), ast.ClassDef):
        resolver.symbol(module, function, way)
        yield from ((place.path, place.line) for hop in way if (place := rebinding(*hop)))
    elif isinstance(function, ast.Attribute) and (owner := resolver.class_of(module, function.value)):
        yield from ((found.path, found.line) for found in replacements.of_method(*owner, function.attr))
        yield from ((where.path, cls.lineno) for where, cls in derived(resolver, owner[1]))
        yield from _wrapping(resolver, *owner)
    else:
        yield module.path, function.lineno


def _wrapping(resolver: Resolver, module: Module, cls: ast.ClassDef, depth: int = 0) -> Iterator[tuple[Path, int]]:
    """What may give the methods of a class another meaning: its decorators, its metaclass, what it is derived from."""
    if cls.decorator_list or cls.keywords or depth > 8:
        yield module.path, cls.lineno
    for member in cls.body:
        if isinstance(member, (ast.FunctionDef, ast.AsyncFunctionDef)) and member.name in _WRAPPING:
            yield module.path, member.lineno
    for base in cls.bases:
        known = resolver.definition(module, base)
        if known is not None and isinstance(known[1], ast.ClassDef):
            yield from _wrapping(resolver, known[0], known[1], depth + 1)
        elif module.resolve(base) not in ("builtins.object", "abc.ABC"):
            yield module.path, base.lineno


def is_librarys(module: Module, owner: ast.expr, *methods: str) -> Verdict:
    """Whether the methods that are called on `owner` ("add_handler") are a library's own: no class of the project has one of that
    name, and nothing is put in the place of one, on whatever object.
    """
    project = module.project
    replacements = project.fact(Replacements)
    is_known = bool(project.fact(Facts).kind(module, owner))
    for method in methods:
        sentence = f"`{ast.unparse(owner)}.{method}` is the library's own"
        for path in project.mentioning([method]):
            where = replacements.resolver.module(path)
            for function in where.all(ast.FunctionDef, ast.AsyncFunctionDef) if where else ():
                around = where.parent(function) if where and function.name == method else None
                if isinstance(around, ast.ClassDef) and not (is_known and where and _is_apart(where, around)):
                    return _assumption(sentence, path, function.lineno)
        for found in replacements.of(method):
            if found.name == method:
                return _assumption(sentence, found.path, found.line)
        if unseen := project.unseen([method, "class"], project.analysed):
            return _assumption(sentence, unseen.path, unseen.line)
    if (stand_in := _given_another(module, owner) or _tested(module)) is not None:
        sentence = f"nobody minds how often `{methods[0]}` of this is called, and with what"
        return _assumption(sentence, *stand_in, is_slight=True)
    known = replacements.resolver.class_of(module, owner)
    if known and all(replacements.resolver.definition(known[0], base) for base in known[1].bases):
        return _assumption(f"`{known[1].name}` hands on what it is given as it is", known[0].path, known[1].lineno)
    return Proof(Hazard.IDENTITY, f"`{methods[0]}` is the library's own")


def _given_another(module: Module, owner: ast.expr, depth: int = 0) -> tuple[Path, int] | None:
    """A call that gives a function something else than a library's object in the place of what `owner` belongs to: a test's, say."""
    root = owner
    while isinstance(root, (ast.Attribute, ast.Subscript)):
        root = root.value
    scope = module.scope(root).find(root.id) if isinstance(root, ast.Name) else None
    function = scope.node if scope is not None else None
    if not isinstance(function, (ast.FunctionDef, ast.AsyncFunctionDef)) or depth > _DEPTH:
        return (module.path, owner.lineno) if depth else None
    bound = isinstance(module.parent(function), ast.ClassDef)
    named = [*function.args.posonlyargs, *function.args.args, *function.args.kwonlyargs][bound:]
    found = next((one for one in named if isinstance(root, ast.Name) and one.arg == root.id), None)
    if found is None:
        return (module.path, owner.lineno) if depth else None
    facts = module.project.fact(Facts)
    uses = module.project.fact(CallGraph).each_use([(module, function)])
    calls = [(use.module, use.call) for use, _ in uses if use.call is not None]
    if depth and not calls:
        return module.path, owner.lineno
    for where, call in calls:
        value = given_for(call, function, found, bound=bound)
        if value is None:
            return where.path, call.lineno
        if isinstance(value, ast.Constant):
            continue  # has no such method
        if not facts.kind(where, value) and (another := _given_another(where, value, depth + 1)):
            return another
    return None


def _tested(module: Module) -> tuple[Path, int] | None:
    """A test of the project that may load a file: it may put an object of its own in the place of whatever stands there."""
    project = module.project
    tests = (path for path in project.files if is_test(project.settings.root, path))
    return next(((path, 1) for path in tests if module.path in program_files(project, path)), None)


def _is_apart(module: Module, cls: ast.ClassDef) -> bool:
    """Whether a class is derived from nothing, so that no object of a library's class is one of it."""
    return not cls.keywords and all(module.resolve(base) == "builtins.object" for base in cls.bases)


def unobserved(
    project: Project,
    *,
    attributes: Collection[str] = (),
    classes: Collection[str] = (),
    libraries: Collection[str] = (),
) -> Verdict:
    """Whether nobody in the project reads some attributes, or asks whether something is of some classes.

    Args:
        project: The project.
        attributes: Names of attributes of the objects that differ ("handlers").
        classes: Dotted names of the classes whose objects differ ("telegram.ext.CommandHandler").
        libraries: The first parts of the dotted names of what has the attributes ("telegram"). What surely belongs to another
            library, or is of a class of the project that is not derived from one of theirs, is not meant.
    """
    observers = project.fact(Observers)
    for name in sorted(attributes):
        for where, node in observers.reading(name, tuple(libraries)):
            sentence = f"`{_shown(where, node)}` does not look at what changes"
            return _assumption(sentence, where.path, node.lineno)
        if unseen := project.unseen([name, *libraries], project.analysed):
            return _assumption(f"`{name}` there is not what changes", unseen.path, unseen.line)
        for text in _recipes(project):
            if b".%b" % name.encode() in text.data and b"import " in text.data:
                return _assumption(f"`{name}` there is not what changes", text.path)
    for dotted in sorted(classes):
        for where, node in observers.asking(dotted):
            sentence = f"`{_shown(where, node)}` does not ask for what changes"
            return _assumption(sentence, where.path, node.lineno)
    return Proof(Hazard.IDENTITY, "nobody in the project looks at what changes")


def _shown(module: Module, node: ast.expr) -> str:
    parent = module.parent(node)
    return module.shown(parent if isinstance(parent, (ast.Call, ast.Compare)) else node)


def _assumption(sentence: str, path: Path, line: int | None = None, *, is_slight: bool = False) -> Assumption:
    return Assumption(Hazard.IDENTITY, sentence, path, line, is_slight=is_slight)
