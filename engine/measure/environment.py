"""What a program wants from its environment: variables, numbers of people and chats, files made from examples."""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from . import plausible

_READERS = re.compile(
    r"(os\.)?getenv|(\w+\.)*environ\.get|config|env(\.(str|int|list|bool|get))?|config\.get|(require|get|must|required)_?env\w*"
    r"|_?env\w*|get_config\w*"
)
_PEOPLE = re.compile(r"ADMIN|OWNER|SUDO|ALLOWED|DEVELOPER|CREATOR")
_EXAMPLE = re.compile(r"[._-]?(example|sample|template|dist|default)s?(?=[._-]|$)", re.IGNORECASE)
_REMARKS = re.compile(rb"(?m)^\s*//.*\n?")  # which JSON does not know, in an example that an owner is to fill in
_NO_CONFIGURATION = re.compile(r"\.(png|jpg|service|md|html|conf|sh|j2|ipynb|yaml\.lock)$")
_PLACEHOLDER = re.compile(
    r"your|xxx|<|>|change|example|replace|token|here|:port\b|@host\b|\.\.\.|^$|^0+$|123|abc", re.IGNORECASE
)
_LARGE = 200_000


@dataclass
class Wants:
    """What the sources of a program name."""

    #: Name of a variable → whether the program needs it, whether it is read as a number.
    variables: dict[str, tuple[bool, bool]] = field(default_factory=dict)
    #: Variables for which the program has no other value.
    without: dict[str, None] = field(default_factory=dict)
    #: Variables that hold several values, as JSON.
    lists: dict[str, None] = field(default_factory=dict)
    #: Those whose annotation tells what server they lead to, or that another part of the project sets.
    typed: dict[str, str] = field(default_factory=dict)
    #: Numbers of users and of chats that stand in the code.
    admins: list[int] = field(default_factory=list)
    chats: list[int] = field(default_factory=list)

    def add(self, name: str, needed: bool, number: bool) -> None:
        """Note a variable."""
        if re.fullmatch(r"[A-Za-z_]\w*", name):
            before = self.variables.get(name, (False, False))
            self.variables[name] = before[0] or needed, before[1] or number

    def value(self, name: str) -> str:
        """A plausible value of a variable."""
        number = self.variables.get(name, (False, False))[1]
        return self.typed.get(name) or plausible.value(name, number=number)


def wants(root: Path) -> Wants:
    """Read the Python files below `root`."""
    found = Wants()
    for path in sorted(root.rglob("*.py")):
        try:
            tree = ast.parse(path.read_text("utf-8-sig"))
        except (SyntaxError, ValueError, OSError):
            continue
        _Reader(found).visit(tree)
    found.admins, found.chats = list(dict.fromkeys(found.admins))[:3], list(dict.fromkeys(found.chats))[:4]
    return found


class _Reader(ast.NodeVisitor):
    def __init__(self, found: Wants) -> None:
        self.found = found
        self.as_number = False

    def visit_Subscript(self, node: ast.Subscript) -> None:
        if ast.unparse(node.value).endswith("environ") and isinstance(node.slice, ast.Constant):
            self.found.add(str(node.slice.value), True, self.as_number)
        self.generic_visit(node)

    def visit_Call(self, node: ast.Call) -> None:
        name, first = ast.unparse(node.func), node.args[0] if node.args else None
        if isinstance(first, ast.Constant) and isinstance(first.value, str) and _READERS.fullmatch(name):
            named = {keyword.arg: keyword.value for keyword in node.keywords}
            default = node.args[1] if len(node.args) > 1 else named.get("default")
            number = self.as_number or name == "env.int" or ast.unparse(named.get("cast", node.func)) == "int"
            is_plain = name.endswith(("getenv", "environ.get"))
            if is_plain or re.fullmatch("[A-Z][A-Z0-9_]+", first.value):
                needed = default is None and (
                    not is_plain or number or bool(plausible.SECRET.search(first.value.upper()))
                )
                self.found.add(first.value, needed, number)
                if ast.unparse(default or ast.Constant(None)) == "None" and not plausible.LEFT.search(
                    first.value.upper()
                ):
                    self.found.without.setdefault(first.value)
        match node:
            case ast.Call(args=[ast.Constant(value=str(key)), ast.Constant(value=str(text))]) if name.endswith(
                "environ.setdefault"
            ):  # another program of the project sets it so
                self.found.typed.setdefault(key, text)
        outer, self.as_number = self.as_number, name in ("int", "float") or (self.as_number and name != "str")
        self.generic_visit(node)
        self.as_number = outer

    def visit_ClassDef(self, node: ast.ClassDef) -> None:
        """The fields of pydantic's settings are variables."""
        if any(ast.unparse(base).endswith("Settings") for base in node.bases):
            prefix = re.search(r"env_prefix\s*=\s*['\"](\w+)['\"]", ast.unparse(node))
            for statement in node.body:
                if isinstance(statement, ast.AnnAssign) and isinstance(statement.target, ast.Name):
                    alias = re.search(r"alias=['\"](\w+)['\"]", ast.unparse(statement))
                    name = (alias[1] if alias else f"{prefix[1] if prefix else ''}{statement.target.id}").upper()
                    needed = _is_without(statement.value) or bool(re.search("TOKEN|API_KEY|API_ID|API_HASH", name))
                    annotation = ast.unparse(statement.annotation)
                    self.found.add(name, needed, bool(re.search(r"\bint\b", annotation)))
                    server = re.search(r"\b(Postgres|Redis|Mongo|MySQL|Amqp|Http|Any)(?:Dsn|Url)\b", annotation)
                    if server:
                        self.found.typed[name] = plausible.SERVERS[server[1]]
                    if re.match(r"(typing\.)?(list|set|tuple)\b", annotation, re.IGNORECASE):
                        self.found.lists.setdefault(name)
        self.generic_visit(node)

    def visit_Assign(self, node: ast.Assign) -> None:
        if isinstance(node.targets[0], ast.Name) and _PEOPLE.search(node.targets[0].id.upper()):
            for part in ast.walk(node.value):
                if isinstance(part, ast.Constant) and re.fullmatch(r"\d{5,12}", str(part.value)):
                    self.found.admins.append(int(str(part.value)))
        self.generic_visit(node)

    def visit_UnaryOp(self, node: ast.UnaryOp) -> None:
        match node:
            case ast.UnaryOp(op=ast.USub(), operand=ast.Constant(value=int(number))) if number > 10**6:
                self.found.chats.append(-number)


def _is_without(value: ast.expr | None) -> bool:
    """Whether a field of pydantic's has no value of its own."""
    if not isinstance(value, ast.Call) or not ast.unparse(value.func).endswith("Field"):
        return value is None or ast.unparse(value) == "..."
    named = {keyword.arg for keyword in value.keywords}
    return not named & {"default", "default_factory"} and all(ast.unparse(each) == "..." for each in value.args)


def variables(root: Path, found: Wants) -> dict[str, str]:
    """The environment of the program: what its `.env` or the example of one says, without secrets, and what it needs."""
    environment: dict[str, str] = {}
    for path in sorted([*root.rglob(".env*"), *root.rglob("*env.example"), *root.rglob("*.env")]):
        if path.is_file() and path.stat().st_size < _LARGE:
            for name, text in _assignments(path.read_text("utf-8", "replace")):
                if not plausible.LEFT.search(name.upper()) and (text or found.variables.get(name, (False, False))[0]):
                    environment.setdefault(name, _answered(name, text, found))
    for name, (needed, _) in found.variables.items():
        if needed and not plausible.LEFT.search(name.upper()):
            environment.setdefault(name, found.value(name))
    return {name: _several(name, text, found) for name, text in environment.items()}


def _several(name: str, text: str, found: Wants) -> str:
    """The value of a variable, as JSON where it holds several."""
    if name not in found.lists or text.startswith("["):
        return text
    is_number = found.variables[name][1]
    values = re.findall(r"-?\d+" if is_number else r"[^,\s]+", text)
    return json.dumps([int(each) for each in values] if is_number else values)


def _assignments(text: str) -> Iterator[tuple[str, str]]:
    for line in text.splitlines():
        match = re.match(r"\s*(?:export\s+)?([A-Za-z_]\w*)\s*=\s*(.*?)\s*$", line)
        if match:
            yield match[1], re.sub(r"(^|\s)#.*$", "", match[2]).strip("\"' ")


def _answered(name: str, text: str, found: Wants) -> str:
    """The value of a variable, or a plausible one for a secret and for what is to be filled in.

    What is left blank and has another value in the program stays so.
    """
    if not text and not found.variables.get(name, (True, False))[0]:
        return text
    if not plausible.SECRET.search(name.upper()) and not _PLACEHOLDER.search(text):
        return text
    return "" if plausible.LEFT.search(name.upper()) else found.value(name)


def write_dotenv(root: Path, found: Wants) -> None:
    """Leave `.env` files with plausible values in the place of secrets and of what is to be filled in."""
    for path in [*root.rglob(".env"), *root.rglob("*.env")]:
        if path.is_file() and path.stat().st_size < _LARGE:
            given = _assignments(path.read_text("utf-8", "replace"))
            kept = [each for each in given if "____" not in each[0]]  # a line that an owner is to remove
            path.write_text(
                "".join(f"{name}={_several(name, _answered(name, text, found), found)}\n" for name, text in kept)
            )


def from_examples(root: Path) -> list[str]:
    """Make the configuration files of which the project has an example; their names."""
    made = []
    for path in sorted(root.rglob("*")):
        if not path.is_file() or path.stat().st_size > _LARGE or not _EXAMPLE.search(path.name):
            continue
        if _NO_CONFIGURATION.search(path.name) or ".github" in path.parts:
            continue
        name = _EXAMPLE.sub("", path.name, count=1).lstrip("_-")
        name = ".env" if name == "env" else name
        if (
            name
            and (not name.startswith(".") or name == ".env")
            and path.stem.lower() not in ("example", "sample", "default")
        ):
            target = path.with_name(name)
            if not target.exists():
                data = path.read_bytes()
                target.write_bytes(_REMARKS.sub(b"", data) if target.suffix == ".json" else data)
                made.append(target.relative_to(root).as_posix())
    return made
