"""What can be tried without asking, where a program did not start."""

from __future__ import annotations

import json
import re
from collections.abc import Callable

from . import packages, paths, plausible
from .failed import Failed, Repair


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


def _variable(failed: Failed) -> Repair | None:
    text, crash, task = failed.text, failed.crash, failed.task
    names = [crash["key"]] if crash.get("kind") == "KeyError" and crash.get("key", "").isidentifier() else []
    fields: list[str] = []
    for field_name in re.findall(r"^(\w+)\n  (?:Field required|Input should)", text, re.MULTILINE):
        upper = field_name.upper()
        fields += [*(name for name in failed.wanted.variables if name.endswith(f"_{upper}")), upper]
    blank = [name for name in fields if "WEBHOOK" in name and name not in failed.wanted.typed]  # without one it polls
    said = re.findall(r"\b([A-Z][A-Z0-9]*_[A-Z0-9_]+|TOKEN)\b", text)
    names += fields + sorted(said, key=lambda name: name not in failed.wanted.variables)
    for name in names:
        if name not in task.environment and not re.search("ERROR|WARNING|PROXY|^(SSL|CERT|CURL|PYTHON)_", name):
            return Repair({name: "" if name in blank else failed.wanted.value(name)})
    return None


def _number(failed: Failed) -> Repair | None:
    wrong = re.search(
        r"(?:invalid literal for int\(\) with base 10|could not convert string to float): '([^']*)'", failed.text
    )
    if wrong is None:
        return None
    values = failed.task.environment.items()
    names = [name for name, value in values if value == wrong[1] and not re.fullmatch(r"-?\d+", value)]
    return Repair({name: plausible.value(name, number=True) for name in names}) if names else None


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
        choices = re.search(r"\{([\w-]+)[,}]", failed.outcome.output)
        plain = choices[1] if choices and option is None else plausible.value((option or name).lstrip("-"))
        given += [f"{option}={plain}"] if option and option.startswith("--") else [*filter(None, [option]), plain]
    return Repair(arguments=given)


def _repository(failed: Failed) -> Repair | None:
    wanted = re.search(r"InvalidGitRepository|not a git repository|NoSuchPathError", failed.text)
    return Repair(files=plausible.REPOSITORY) if wanted and ".git/HEAD" not in failed.task.files else None


def _metadata(failed: Failed) -> Repair | None:
    own = re.search(r"No package metadata was found for ([\w.-]+)", failed.text)
    if own is None:
        return None
    file = f"{own[1].replace('-', '_')}-0.0.1.dist-info/METADATA"
    text = f"Metadata-Version: 2.1\nName: {own[1]}\nVersion: 0.0.1\n"
    return Repair(files={file: text}) if file not in failed.task.files else None


def _all_variables(failed: Failed) -> Repair | None:
    """At last, whatever it reads from its environment and has no other value for."""
    known = failed.wanted.variables  # a secret that stands in the place of a name is none of them
    names = [name for name in failed.wanted.without if name in known and name not in failed.task.environment]
    found = {name: failed.wanted.value(name) for name in names}
    return Repair(found) if found else None


_FURTHER = (packages.refused, paths.outside, packages.tables, packages.missing_module, paths.missing_file)
_WAYS: tuple[Callable[[Failed], Repair | None], ...] = (
    paths.missing_file, paths.outside, packages.missing_module, packages.other_version, packages.given_a_stand_in, packages.refused,
    packages.named, _repository, _metadata, _argument, _key, _dotenv, _number, _address, _entity, _variable,
    _all_variables,
    packages.failing,
)  # fmt: skip
