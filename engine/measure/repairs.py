"""What can be tried without asking, where a program did not start."""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Callable
from pathlib import Path

from . import packages, paths, plausible
from .failed import Failed, Repair

_NO_NUMBER = re.compile(r"(?:invalid literal for int\(\) with base 10|could not convert string to float): '([^']*)'")
#: A setting of a module that its owner is to fill in.
_BLANK = re.compile(r"(?m)^([A-Z][A-Z0-9_]*)[ \t]*=[ \t]*(\"\"|''|0)(?=[ \t]*(?:#|$))")
#: What a command is called that only prepares something, or asks.
_PREPARES = re.compile(r"auth|log|session|init|setup|config|help|version|interactive|shell|completion")
#: What the choice is called that lets a program take updates.
_RUNS = re.compile(r"live|run|start|serve|poll|bot")
#: Where an owner writes his values.
_CONFIGURATIONS = (".ini", ".cfg", ".conf", ".json", ".yml", ".yaml", ".toml", ".py")


def repaired(failed: Failed) -> Repair | None:
    """What the program may get further with; None where nothing comes to mind."""
    if failed.crash.get("kind") == "SyntaxError":
        return None
    return next(filter(None, (find(failed) for find in _WAYS)), None)


def improved(failed: Failed) -> Repair | None:
    """What a program gets further with that has started, where something was refused or its handlers fail for want of it."""
    return next(filter(None, (find(failed) for find in _FURTHER)), None)


def _key(failed: Failed) -> Repair | None:
    """Of a configuration that was made here before."""
    if failed.crash.get("kind") != "KeyError" or "environ" in failed.crash.get("trace", "")[-600:]:
        return None
    key, files = failed.crash["key"], failed.task.files.items()
    for name, text in reversed([(n, t) for n, t in files if n.endswith(".json") and t.startswith("{")]):
        known = json.loads(text)
        if key not in known:
            return Repair(files={name: json.dumps(known | {key: plausible.value(key)})})
    return None


def _answers(failed: Failed) -> Repair | None:
    """What handlers miss in answers that were made up, and read where it is not seen that it comes from these."""
    missed = re.findall(r"(?m)^KeyError: '(\w+)'$", failed.text) if failed.outcome.report.get("answers") else []
    keys = [key for key in dict.fromkeys(missed) if key not in failed.task.keys]
    return Repair(keys=keys) if keys else None


def _dotenv(failed: Failed) -> Repair | None:
    """A variable that is there, for a program that reads its `.env` file itself."""
    key, path = failed.crash.get("key", ""), failed.project / ".env"
    given = failed.task.environment
    if failed.crash.get("kind") != "KeyError" or key not in given:
        return None
    lines = path.read_text("utf-8").splitlines() if path.is_file() else []
    known = {line.partition("=")[0] for line in lines}
    lines += [f"{name}={value}" for name, value in given.items() if name not in known]
    return Repair(files={".env": "\n".join(lines) + "\n"}) if key not in known else None


def _extra(failed: Failed) -> Repair | None:
    """A `.env` file without the names that pydantic's settings do not know: an example is older or newer than they are."""
    extra = set(re.findall(r"(?m)^(\w+)\n  Extra inputs are not permitted", failed.text))
    files = {}
    for path in sorted(failed.project.rglob(".env")) if extra else ():
        lines = path.read_text("utf-8").splitlines(keepends=True)
        kept = [line for line in lines if line.partition("=")[0].strip().lower() not in extra]
        if kept != lines:
            files[path.relative_to(failed.project).as_posix()] = "".join(kept)
    return Repair(files=files) if files else None


def _variable(failed: Failed) -> Repair | None:
    text, crash, task = failed.text, failed.crash, failed.task
    names = [crash["key"]] if crash.get("kind") == "KeyError" and crash.get("key", "").isidentifier() else []
    fields: list[str] = []
    for field_name in re.findall(r"^(\w+)\n  (?:Field required|Input should)", text, re.MULTILINE):
        upper = field_name.upper()
        fields += [*(name for name in failed.wanted.variables if name.endswith(f"_{upper}")), upper]
    numbers = [name for name, (_, number) in failed.wanted.variables.items() if number]
    blank = [name for name in fields if "WEBHOOK" in name and name not in [*failed.wanted.typed, *numbers]]  # it polls
    said = re.findall(r"\b([A-Z][A-Z0-9]*_[A-Z0-9_]+|TOKEN)\b", text)
    names += fields + sorted(said, key=lambda name: name not in failed.wanted.variables)
    for name in names:
        if name not in task.environment and not re.search("ERROR|WARNING|PROXY|^(SSL|CERT|CURL|PYTHON)_", name):
            return Repair({name: "" if name in blank else failed.wanted.value(name)})
    return None


def _number(failed: Failed) -> Repair | None:
    wrong = _NO_NUMBER.search(failed.text)
    if wrong is None:
        return None
    values = failed.task.environment.items()
    names = [name for name, value in values if value == wrong[1] and not re.fullmatch(r"-?\d+", value)]
    return Repair({name: plausible.value(name, number=True) for name in names}) if names else None


def _placeholder(failed: Failed) -> Repair | None:
    """What stands in a configuration in the place of a number. What is left blank there is mostly meant so."""
    wrong = _NO_NUMBER.search(failed.text)
    if wrong is None or (not wrong[1] and _all_variables(failed)):
        return None
    files = {}
    for path in [path for path in sorted(failed.project.rglob("*")) if path.suffix in _CONFIGURATIONS]:
        name, text = path.relative_to(failed.project).as_posix(), path.read_text("utf-8", "replace")
        if name.startswith("."):
            continue
        again = name in failed.task.files  # what its names told was no number
        given = _filled(path, text, wrong[1], number=again)
        if given != text:
            files[name] = given
    return Repair(files=files) if files else None


def _blank(failed: Failed) -> Repair | None:
    """What the program misses of a configuration where it stands blank: `TOKEN = ""`, with what else only an owner has."""
    said = {*re.findall(r"\b[A-Z][A-Z0-9]*_[A-Z0-9_]+\b|\bTOKEN\b", failed.text)}
    files = {}
    for path in sorted(failed.project.rglob("*.py")) if said else ():
        text = path.read_text("utf-8", "replace")
        blank = list(_BLANK.finditer(text))
        wanted = [each for each in blank if each[1] in said or packages.is_setting(each[1])]
        if any(each[1] in said for each in wanted):
            for each in reversed(wanted):
                text = f"{text[: each.start(2)]}{_literal(each)}{text[each.end(2) :]}"
            files[path.relative_to(failed.project).as_posix()] = text
    return Repair(files=files) if files else None


def _literal(found: re.Match[str]) -> str:
    """A value in the place of a blank one, a number for a number."""
    text = plausible.value(found[1], number=found[2] == "0")
    return text if found[2] == "0" else repr(text)


def _filled(path: Path, text: str, placeholder: str, *, number: bool) -> str:
    """A configuration with plausible values where a placeholder stands behind a name; in a source, a constant's."""
    name = r"[A-Z][A-Z0-9_]*" if path.suffix == ".py" else r"\w+"
    quote = r"[\"']" if path.suffix in (".py", ".json", ".toml") else r"[\"']?"
    before, behind = rf"(?<![\w.-])([\"']?)({name})\2[ \t]*[=:][ \t]*({quote})", r"\4(?=[ \t]*(?:[,})#;]|$))"
    given = re.compile(rf"(?m)({before}){re.escape(placeholder)}{behind}")
    return given.sub(lambda m: f"{m[1]}{plausible.value(m[3], number=number)}{m[4]}", text)


def _sections(failed: Failed) -> Repair | None:
    """A file of settings that the program reads, and that is not there: `configparser` says nothing of that."""
    if "configparser.py" not in failed.crash.get("trace", ""):
        return None
    texts = [n.value for tree in failed.trees for n in ast.walk(tree) if isinstance(n, ast.Constant)]
    named = [each for each in texts if isinstance(each, str) and re.fullmatch(r"[\w./-]+\.(ini|cfg|conf)", each)]
    file = next((each for each in named if not (failed.project / failed.task.directory / each).exists()), None)
    sections: dict[str, dict[str, str]] = {}
    for section, option in (pair for tree in failed.trees for node in ast.walk(tree) for pair in _options(node)):
        sections.setdefault(section, {})[option] = plausible.value(option)
    lines = [f"[{name}]\n" + "".join(f"{key} = {text}\n" for key, text in of.items()) for name, of in sections.items()]
    path = f"{failed.task.directory}/{file}".removeprefix("./")
    return Repair(files={path: "".join(lines)}) if file and lines and path not in failed.task.files else None


def _options(node: ast.AST) -> list[tuple[str, str]]:
    """Section and option that an expression asks for: ``config["bot"]["token"]``, ``config.get("bot", "token")``."""
    match node:
        case ast.Subscript(
            value=ast.Subscript(slice=ast.Constant(value=str(section))), slice=ast.Constant(value=str(option))
        ):
            return [(section, option)]
        case ast.Call(
            func=ast.Attribute(attr="get" | "getint" | "getboolean" | "getfloat"),
            args=[ast.Constant(value=str(section)), ast.Constant(value=str(option)), *_],
        ):
            return [(section, option)]
    return []


def _first_start(failed: Failed) -> Repair | None:
    """The configuration that a program has made before it ended, for its next start."""
    if "exit" not in failed.outcome.report:
        return None
    kept = [name for name in failed.outcome.files if Path(name).suffix in (*_CONFIGURATIONS, ".env")]
    fresh = [name for name in kept if not name.startswith("~/") and name not in failed.task.files]
    made = {name: failed.outcome.files[name].decode("utf-8", "replace") for name in fresh}
    return Repair(files=made) if any(made.values()) else None


def _address(failed: Failed) -> Repair | None:
    """Of another kind of server than was thought of: ``DATABASE_URL must start with postgresql://``."""
    told = re.search(r"\b([A-Z][A-Z0-9_]+)\b[^\n]*?\b([a-z]+)((?:\+[a-z]\w*)?)://", failed.text)
    servers = [each for each in plausible.SERVERS.values() if told and each.startswith(f"{told[2]}://")]
    if not told or not servers or failed.task.environment.get(told[1], told[2]).startswith(told[2]):
        return None
    return Repair({told[1]: servers[0].replace("://", f"{told[3]}://", 1)})


def _entity(failed: Failed) -> Repair | None:
    """Telethon takes a number in a text for a name; the owner will have given one."""
    wrong = re.search(r"Cannot find any entity corresponding to \"([^\"]*)\"", failed.text)
    names = [name for name, value in failed.task.environment.items() if wrong and value == wrong[1]]
    return Repair(dict.fromkeys(names, "achannel")) if names and wrong and wrong[1] != "achannel" else None


def _argument(failed: Failed) -> Repair | None:
    """Of the command line, which argparse or click asks for."""
    asked = re.search(r"the following arguments are required: (.+)|Missing (?:option|argument) '([^']+)'", failed.text)
    if asked is None or len(failed.task.arguments) > 12:
        return None
    given: list[str] = []
    for name in re.split(r",\s*", asked[1] or asked[2]):
        option = next((part.strip() for part in reversed(re.split(r"[/ ]", name)) if part.startswith("-")), None)
        listed = re.search(r"\{([\w-]+(?:[,|][\w-]+)*)\}", failed.outcome.output)
        choices = re.split("[,|]", listed[1]) if listed and option is None else []
        likely = next(filter(_RUNS.search, choices), *choices[:1]) if choices else None
        plain = likely or plausible.value((option or name).lstrip("-"))
        given += [f"{option}={plain}"] if option and option.startswith("--") else [*filter(None, [option]), plain]
    return Repair(arguments=given)


def _usage(failed: Failed) -> Repair | None:
    """Options with which the program says that it is to be called: ``use: python bot.py --polling``."""
    name = re.escape(Path(failed.task.entry.name).name)
    told = re.search(rf"\bpython[\d.]* +(?:-m +)?(?:\S*/)?{name}((?: +--?[a-z][\w-]*)+)", failed.outcome.output)
    options = told[1].split() if told else []
    return Repair(arguments=options) if options and not {*options} & {*failed.task.arguments} else None


def _subcommand(failed: Failed) -> Repair | None:
    """Of a command line, which lists those that there are; none that only prepares something."""
    listed = re.search(r"(?ms)^\W*(?:Commands\b|positional arguments:).*", failed.outcome.output)
    names = re.findall(r"(?m)^\W{1,6}([a-z][\w-]+)(?:  +|$)", listed[0]) if listed else []
    wanted = next((name for name in names if not _PREPARES.search(name)), None)
    return Repair(arguments=[wanted]) if wanted and not failed.task.arguments else None


def _positional(failed: Failed) -> Repair | None:
    """An argument that the program takes by its number: ``sys.argv[1]``."""
    if failed.crash.get("kind") != "IndexError":
        return None
    wanted = re.findall(r"\bargv\[(\d)\]", failed.crash.get("trace", "")[-600:])
    lacking = max(map(int, wanted), default=0) - len(failed.task.arguments)
    return Repair(arguments=[plausible.value("ARGUMENT")] * lacking) if lacking > 0 else None


def _repository(failed: Failed) -> Repair | None:
    wanted = re.search(r"InvalidGitRepository|not a git repository|NoSuchPathError|['\"]git['\" ]", failed.text)
    return Repair(files=plausible.repository()) if wanted and ".git/HEAD" not in failed.task.files else None


def _metadata(failed: Failed) -> Repair | None:
    own = re.search(r"No package metadata was found for ([\w.-]+)", failed.text)
    if own is None:
        return None
    file = f"{own[1].replace('-', '_')}-0.0.1.dist-info/METADATA"
    text = f"Metadata-Version: 2.1\nName: {own[1]}\nVersion: 0.0.1\n"
    return Repair(files={file: text}) if file not in failed.task.files else None


def _all_variables(failed: Failed) -> Repair | None:
    """At last, whatever it reads from its environment and has no other value for, also under names that it puts together."""
    known = failed.wanted.variables  # a secret that stands in the place of a name is none of them
    asked = [each for each in failed.outcome.report.get("variables", ()) if each not in known and each.isupper()]
    wanted = [*(name for name in failed.wanted.without if name in known), *asked]
    names = [name for name in wanted if not plausible.LEFT.search(name)]
    found = {name: failed.wanted.value(name) for name in names if name not in failed.task.environment}
    return Repair(found) if found else None


_FURTHER = (
    packages.refused, paths.outside, packages.tables, packages.missing_module, paths.missing_file, _number, _answers,
)  # fmt: skip
_WAYS: tuple[Callable[[Failed], Repair | None], ...] = (
    paths.command, paths.missing_file, paths.outside, packages.module_aside, packages.missing_module,
    packages.installed_by_itself, packages.other_version, packages.given_a_stand_in, packages.refused, packages.named,
    _repository, _metadata, _sections, _first_start, _argument, _usage, _subcommand, _positional, _key, _dotenv, _extra,
    _number, _address, _entity, _blank, _variable, _placeholder, _all_variables, packages.failing,
)  # fmt: skip
