"""What the code of a project calls files: every text that may be a path, what writes, moves or removes, and which programs run."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

from ..sources.old_copies import is_aside
from .files import OPENERS, names_same, opening
from .module import Module, Project
from .paths import last_name, pattern_of
from .replacing import last_of

#: Functions that write, move or remove what they are given the name of.
_WRITERS = frozenset(
    """os.remove os.unlink os.rename os.renames os.replace os.truncate os.symlink os.link os.rmdir os.removedirs os.open
    shutil.copy shutil.copy2 shutil.copyfile shutil.copytree shutil.move shutil.rmtree shutil.unpack_archive
    shutil.make_archive urllib.request.urlretrieve sqlite3.connect aiosqlite.connect shelve.open dbm.open joblib.dump numpy.save
    sqlalchemy.create_engine peewee.SqliteDatabase tinydb.TinyDB diskcache.Cache
    logging.FileHandler logging.handlers.RotatingFileHandler logging.handlers.TimedRotatingFileHandler""".split()
)
#: Those that only read what they are given first.
_COPYING = frozenset(f"shutil.{name}" for name in ("copy", "copy2", "copyfile", "copytree"))
#: Methods that do so, whatever has them.
_WRITING_METHODS = frozenset(
    """unlink rename touch write_text write_bytes symlink_to hardlink_to extract extractall unpack_archive save savefig
    download download_file download_media download_to_drive download_profile_photo retrbinary to_csv to_excel to_json
    to_pickle to_parquet to_html write_image write_html write_videofile write_audiofile export""".split()
)
_OF_THE_RECEIVER = frozenset("unlink rename touch write_text write_bytes symlink_to hardlink_to".split())
#: Those that take a whole folder along, or put files into it.
_OF_FOLDERS = frozenset(
    """rename renames replace symlink link rmdir removedirs copy copy2 copytree move rmtree unpack_archive extract extractall
    download download_file download_media download_to_drive symlink_to hardlink_to export""".split()
)
_PROGRAMS = re.compile(
    r"subprocess\.(run|call|check_call|check_output|getoutput|getstatusoutput|Popen)|os\.(system|popen|exec\w*|spawn\w*|"
    r"posix_spawn\w*|startfile)|asyncio\.create_subprocess_(exec|shell)|pexpect\.\w+|sh\.\w+|ffmpeg\.\w+|pty\.spawn"
)
_MOVES = frozenset({"os.chdir", "os.fchdir", "os.chroot", "contextlib.chdir", "path.Path.chdir"})
#: Programs that only say something.
_SAYING = frozenset(
    "cal date df du echo free hostname id lscpu nproc ping ps pwd uname uptime vcgencmd w whereis which who whoami".split()
)


@dataclass(frozen=True, slots=True, eq=False)
class Name:
    """A place that names files."""

    module: Module
    #: The text, as large as it is put together, or the call that writes.
    node: ast.expr
    #: See `paths.pattern_of`.
    pattern: str
    #: What is written, moved or removed, where `node` does that.
    path: ast.expr | None = None
    #: Whether it may be a folder, with all that stands in it.
    with_folders: bool = False


class FileNames:
    """The places of a project that name files. Ask `Project.fact(FileNames)`."""

    def __init__(self, project: Project) -> None:
        #: What writes, moves or removes files, once for each path that it is given.
        self.writers: list[Name] = []
        #: The other programs that it runs, and that may do so.
        self.programs: list[Name] = []
        #: What changes the working directory, so that a name means another file.
        self.moves: list[Name] = []
        self._project = project
        #: Those that run while the bot does.
        self._files = [path for path in project.files if not is_aside(path, project.settings.root)]
        for path in self._files:
            if project.told(path, _may_count) is not False and (module := project.parsed(path)) is not None:
                self._read(module)

    def _read(self, module: Module) -> None:
        for call in module.all(ast.Call):
            function = module.resolve(call.func) or ""
            if _PROGRAMS.fullmatch(function):
                if not _only_says(call):
                    self.programs.append(Name(module, call, "*"))
            elif function in _MOVES:
                self.moves.append(Name(module, call, "*"))
            else:
                for path in _written(module, call, function):
                    name = module.segment(call.func).rpartition(".")[2]
                    self.writers.append(Name(module, call, pattern_of(module, path), path, name in _OF_FOLDERS))

    @cached_property
    def texts(self) -> list[Name]:
        """Every text."""
        found: list[Name] = []
        for module in filter(None, map(self._project.parsed, self._files)):
            whole = dict.fromkeys(whole_text(module, c) for c in module.texts if _is_text(c))
            found += [Name(module, node, pattern_of(module, node)) for node in whole]
        return found

    @cached_property
    def texts_by_name(self) -> ByName:
        """The texts, to be found by the names that they may stand for."""
        return ByName(self.texts)

    @cached_property
    def writers_by_name(self) -> ByName:
        """What writes, to be found by the names of what is written."""
        return ByName(self.writers)


def _may_count(module: Module) -> bool | None:
    """Whether a file may write, move or remove files, run programs or change the working directory."""
    return any(_is_of_interest(module, call) for call in module.all(ast.Call)) if module.is_self_contained else None


def _is_of_interest(module: Module, call: ast.Call) -> bool:
    function, last = module.resolve(call.func) or "", last_of(call.func)
    if _PROGRAMS.fullmatch(function) or function in _MOVES | _WRITERS or last.endswith(("open", "File", "Writer")):
        return True
    if last == "replace" and _is_one_target(call):
        return True
    return last in _WRITING_METHODS or bool(module.candidates(call.func) & OPENERS)


class ByName:
    """Places that name files, by what is known of the last part of the name: all of it, or its end, or its beginning."""

    def __init__(self, names: Sequence[Name]) -> None:
        self._names = names
        self._by_key: dict[tuple[str, str], list[int]] = {}
        for number, name in enumerate(names):
            self._by_key.setdefault(_key(last_name(name.pattern)), []).append(number)

    def like(self, patterns: Iterable[str]) -> Iterator[Name]:
        """Those that may name a file of one of the patterns, in their order, and a few more."""
        numbers: set[int] = set()
        for last in map(last_name, patterns):
            if "*" in last:
                yield from self._names
                return
            ends = range(len(last) + 1)
            keys = [("whole", last), *(("end", last[i:]) for i in ends), *(("beginning", last[:i]) for i in ends)]
            numbers.update(number for key in keys for number in self._by_key.get(key, ()))
        yield from (self._names[number] for number in sorted(numbers))


def _key(last: str) -> tuple[str, str]:
    if "*" not in last:
        return "whole", last
    end = last.rpartition("*")[2]
    return ("end", end) if end else ("beginning", last.partition("*")[0])


def whole_text(module: Module, node: ast.expr) -> ast.expr:
    """The largest expression around a text or a variable that puts a path together of it."""
    while True:
        parent = module.parent(node)
        match parent:
            case ast.JoinedStr() | ast.FormattedValue() | ast.BinOp(op=ast.Add() | ast.Div() | ast.Mod()):
                node = parent
            case ast.Attribute(attr="format" | "joinpath" | "with_name") if isinstance(
                call := module.parent(parent), ast.Call
            ):
                node = call
            case ast.Call(func=function) if node in parent.args and (
                names_same(module, function)
                or module.resolve(function) == "os.path.join"
                or (isinstance(function, ast.Attribute) and function.attr in ("joinpath", "with_name"))
            ):
                node = parent
            case _:
                return node


def _is_text(node: ast.Constant) -> bool:
    text = str(node.value)
    return "\n" not in text and bool(text.strip())


def _written(module: Module, call: ast.Call, function: str) -> Iterator[ast.expr]:
    """The paths that a call may write, move or remove."""
    opened = opening(module, call)
    if opened is not None:
        if opened.kind != "read":
            yield opened.path
        return
    arguments = [*call.args, *(keyword.value for keyword in call.keywords if keyword.arg != "src")]
    if function in _COPYING and not any(isinstance(argument, ast.Starred) for argument in call.args):
        arguments = arguments[1:] if call.args else arguments
    if function in _WRITERS:
        yield from arguments
    elif isinstance(call.func, ast.Attribute) and call.func.attr in _WRITING_METHODS:
        if call.func.attr in _OF_THE_RECEIVER:
            yield call.func.value
            yield from call.args[:1] if call.func.attr == "rename" else ()
        elif arguments or not call.func.attr.startswith("to_"):  # which gives a text where it is given no file
            yield from arguments or [call.func.value]
    elif isinstance(call.func, ast.Attribute) and call.func.attr == "replace" and _is_one_target(call):
        yield from (call.func.value, *arguments)  # of a path: that of a text takes two, that of a date names its parts
    elif _opens_to_write(call):
        yield from arguments[:1]


def _is_one_target(call: ast.Call) -> bool:
    return len(call.args) + len(call.keywords) == 1 and all(
        keyword.arg in ("target", None) for keyword in call.keywords
    )


def _opens_to_write(call: ast.Call) -> bool:
    """Whether something of its own sort is opened in a mode that writes: ``gzip.open(p, "w")``, ``ZipFile(p, "w")``."""
    name = last_of(call.func)
    if not name.endswith(("open", "File", "Writer")):
        return False
    modes = [*call.args[:2], *(keyword.value for keyword in call.keywords if keyword.arg == "mode")]
    return any(
        isinstance(m, ast.Constant)
        and isinstance(m.value, str)
        and re.fullmatch(r"[rbt]*[wax+][wxbt+|:gzx2]*", m.value)
        for m in modes
    )


def _only_says(call: ast.Call) -> bool:
    """Whether a program is one that changes nothing, and its output goes nowhere."""
    first = call.args[0] if call.args else None
    if isinstance(first, (ast.List, ast.Tuple)) and first.elts:
        first = first.elts[0]
    if not (isinstance(first, ast.Constant) and isinstance(first.value, str)):
        return False
    words = first.value.split()
    return bool(words) and words[0] in _SAYING and not set(first.value) & set(">|;&`$(\n")
