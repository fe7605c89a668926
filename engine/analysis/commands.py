"""Commands that a program runs: their words, and whether they only tell something about the machine."""

from __future__ import annotations

import ast
import re
from collections.abc import Mapping

from .assignments import all_values_of
from .literal import text_of
from .module import Module

#: Programs that tell something of the machine and change nothing, whatever they are given. Those that use the network influence each
#: other: two that measure it at once find half of it.
_TELLS = frozenset(
    "uptime free df du ps pgrep whoami id groups uname arch nproc lscpu lsblk lsusb lspci lsb_release "
    "true false sleep echo printf which w who last netstat ss vmstat iostat mpstat sensors nvidia-smi neofetch "
    "screenfetch fastfetch fortune cowsay figlet cal getconf pwd uuidgen".split()
)
#: Programs that take milliseconds where they work on a single small file.
_QUICK = frozenset(
    "rm touch cat head tail wc chmod mv cp md5sum sha1sum sha224sum sha256sum sha384sum sha512sum".split()
)
_FILE = re.compile(r"(?:\.?[\w/]+)?[\w-]+\.(?:txt|json|md|cfg|ini|csv|html|py)")
#: What works on the entry of a file, however large that is, and any file.
_OF_ENTRIES = frozenset({"rm", "touch", "chmod"})
_ANY_FILE = re.compile(r"(?:\.?[\w/]+)?[\w-]+\.\w+")
_REMOVES = re.compile(r"\s*rm(\s+-[fvr]+)*(\s+[\w./*?-]+\.\w{1,5})+\s*")
#: How a variable is called that holds the name of one file.
_IS_FILE = re.compile(r"(?i)file(?:_?name|_?path|_location)?$")
#: Programs that stop or restart services when they are told to.
_STOPPING = frozenset("systemctl service supervisorctl pm2 docker docker-compose".split())
_HALTS = frozenset({"reboot", "poweroff", "shutdown"})
#: What clears the screen.
_CLEARS = ("clear", "cls")
#: What every program answers without doing its work.
_ASKS = frozenset({"--version", "-version", "--help"})
_GIT_TELLS = frozenset("describe rev-parse log show rev-list shortlog".split())
#: Those that tell of the working folder.
_OF_FOLDER = frozenset({"git", "pwd", "du"})
#: What a shell does besides running a program.
_SHELL = re.compile(r"[;&|<>`$(){}\n\\*?\[\]#!\0]")
#: What is known only when the program runs.
UNKNOWN = "\0"
_DEPTH = 6


def tells_only(module: Module, call: ast.Call, given: Mapping[str, tuple[Module, ast.expr]] | None = None) -> bool:
    """Whether the command that a call runs tells the program something about the machine, changes nothing and ends by itself.

    What it prints must come to the program, or nowhere: the terminal is everybody's.

    `given`: what stands for the parameters of the function around `call`, each with the module it is written in.
    """
    words = _words(module, call, given or {})
    if not words or not _is_caught(module, call):
        return False
    program = words[0].rpartition("/")[2]
    if UNKNOWN in words[0] or any(keyword.arg in ("executable", "preexec_fn") for keyword in call.keywords):
        return False
    if program in _OF_FOLDER and module.project.contains(b"chdir"):
        return False
    if program == "git":
        return words[1:2] in [[word] for word in _GIT_TELLS] and not module.project.contains(b"git pull")
    return program in _TELLS or (len(words) == 2 and words[1] in _ASKS)


def ends_the_bot(module: Module, call: ast.Call) -> bool:
    """Whether the command of a call ends the bot from outside: it stops or restarts the machine, or a service that is called a bot."""
    if not (module.resolve(call.func) or "").startswith(("subprocess.", "os.")):
        return False
    words = [word for word in _words(module, call, {}) if word != "sudo" and not word.startswith("-")]
    program = words[0].rpartition("/")[2] if words else ""
    if program not in _STOPPING:
        return program in _HALTS
    return not _HALTS.isdisjoint(words[1:2]) or (
        not {"restart", "stop"}.isdisjoint(words[1:3]) and "bot" in words[-1].lower()
    )


def quick_on_file(module: Module, call: ast.Call) -> tuple[str, str] | None:
    """The program and the file of a command that takes milliseconds and works on a file of a fixed name."""
    program, *given = _words(module, call, {}) or [""]
    kind = _ANY_FILE if program in _OF_ENTRIES else _FILE
    file = next((word for word in given if kind.fullmatch(word)), None)
    return (program, file) if program in _QUICK and file is not None else None


def counts_a_folder(module: Module, call: ast.Call) -> bool:
    """Whether a command counts the lines that `ls` writes: ``subprocess.run(["wc", "-l"], stdin=process.stdout)``."""
    given = next((k.value for k in call.keywords if k.arg == "stdin"), None)
    if _words(module, call, {}) not in (["wc", "-l"], ["wc"]):
        return False
    match given:
        case ast.Attribute(value=ast.Name() as process, attr="stdout"):
            made = list(all_values_of(module, process))
            listing = [_words(module, value, {})[:1] == ["ls"] for value in made if isinstance(value, ast.Call)]
            return bool(made) and len(listing) == len(made) and all(listing)
    return False


def is_over_at_once(module: Module, call: ast.Call) -> bool:
    """Whether the command of a call removes files by their endings, as in ``rm -f *.png``, and no folders, or clears the screen."""
    command = _value(module, call.args[0]) if call.args else None
    if isinstance(command, ast.Constant) and command.value in _CLEARS:
        return True
    if isinstance(command, ast.JoinedStr):  # a folder in front, say
        parts = (str(part.value) if isinstance(part, ast.Constant) else _stands_for(part) for part in command.values)
        return _REMOVES.fullmatch("".join(parts)) is not None
    if isinstance(command, (ast.List, ast.Tuple)):
        return _REMOVES.fullmatch(" ".join(_text(module, element) for element in command.elts)) is not None
    return command is not None and _REMOVES.fullmatch(_text(module, command)) is not None


def _stands_for(part: ast.expr) -> str:
    """What is put into a command by an expression: the name of a file where it is called so."""
    value = part.value if isinstance(part, ast.FormattedValue) else part
    name = value.id if isinstance(value, ast.Name) else value.attr if isinstance(value, ast.Attribute) else ""
    return "x.x" if _IS_FILE.search(name) else "x"


def _is_caught(module: Module, call: ast.Call) -> bool:
    """Whether what the program prints comes to the one who runs it."""
    name = module.resolve(call.func) or ""
    if name.rpartition(".")[2] in ("check_output", "getoutput", "getstatusoutput") or name == "os.popen":
        return True
    for keyword in call.keywords:
        if keyword.arg == "capture_output":
            return isinstance(keyword.value, ast.Constant) and bool(keyword.value.value)
        if keyword.arg == "stdout":
            return module.resolve(keyword.value) in ("subprocess.PIPE", "subprocess.DEVNULL")
    return False


def _words(module: Module, call: ast.Call, given: Mapping[str, tuple[Module, ast.expr]]) -> list[str]:
    """The words of the command; none where the source does not show which program it runs."""
    command = call.args[0] if call.args else next((k.value for k in call.keywords if k.arg == "args"), None)
    if command is None:
        return []
    where, written = module, command
    if isinstance(command, ast.Name) and command.id in given and _is_parameter(module, command):
        where, written = given[command.id]
    written = _value(where, written)
    if isinstance(written, (ast.List, ast.Tuple)):
        if any(keyword.arg == "shell" for keyword in call.keywords):
            return []
        return [_text(where, element) for element in written.elts]
    text = _text(where, written)
    return [] if _SHELL.search(text) else text.split()


def _is_parameter(module: Module, name: ast.Name) -> bool:
    return [binding.kind for binding in module.bindings(name.id, name)] == ["parameter"]


def _value(module: Module, expression: ast.expr, depth: int = 0) -> ast.expr:
    """The value behind a local variable that one assignment binds, where it is a list that nothing else is done with; of several
    assignments one, where all give it the same text.
    """
    if isinstance(expression, ast.Name) and depth < _DEPTH:
        texts = [value for value in all_values_of(module, expression) if isinstance(value, ast.Constant)]
        if (
            len(texts) == len(module.bindings(expression.id, expression)) > 1
            and len({text.value for text in texts}) == 1
        ):
            return texts[0]
        bindings = module.bindings(expression.id, expression)
        parent = module.parent(bindings[0].node) if len(bindings) == 1 else None
        scope = module.scope(expression).find(expression.id)
        if isinstance(parent, ast.Assign) and parent.targets == [bindings[0].node] and scope is not None:
            if len(module.uses(expression.id, scope)) == 1 or isinstance(parent.value, (ast.Constant, ast.JoinedStr)):
                return _value(module, parent.value, depth + 1)
    return expression


def _text(module: Module, expression: ast.expr) -> str:
    if isinstance(expression, ast.Starred):
        return UNKNOWN
    text = text_of(module, expression)
    return UNKNOWN if text is None else text
