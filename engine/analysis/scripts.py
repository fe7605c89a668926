"""Which files of a project run for somebody: the programs that serve nobody, and the files that no program imports."""

from __future__ import annotations

import ast
import re
from functools import cached_property
from pathlib import Path

from ..sources.reach import is_test
from .handlers import is_handler
from .module import Module, Project
from .programs import Programs

#: What registers handlers of updates, or keeps a program running for them.
SERVES = (
    b"add_handler", b"add_event_handler", b".on(", b".on_", b"@bot.", b"@app.", b"@dp.", b"@router.", b"@client.", b"events.register",
    b"run_polling", b"run_webhook", b"start_polling", b"start_webhook", b"run_until_disconnected", b"run_forever", b"idle(",
    b"infinity_polling", b"register_message_handler", b"process_update", b"_handler(", b"include_router",
)  # fmt: skip


#: What runs beside the coroutine that starts it.
_BESIDE = b"create_task ensure_future gather( start_soon TaskGroup aiohttp.web FastAPI uvicorn add_job Scheduler Thread(".split()
#: What has such a word in its name and registers nothing: a function of the file, by its definition and its calls, and what the loop asks.
_NO_HANDLER = re.compile(
    rb"\bdef \w+|(?<![\w.@])\w+_handler\(|\.(?:(?:add|remove)_signal|set_exception|call_exception)_handler\("
)


def _only_defines(statement: ast.stmt) -> bool:
    """Whether a statement at the top of a file starts nothing."""
    kept = (ast.Import, ast.ImportFrom, ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Assign, ast.AnnAssign)
    return isinstance(statement, kept) or (
        isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant)
    )


class Scripts:
    """What the programs of a project that serve nobody import, and the files that no program imports. Ask `Project.fact(Scripts)`."""

    def __init__(self, project: Project) -> None:
        self._project = project
        self._programs = Programs.of(project)
        self._serves: dict[Path, bool] = {}
        self._unused: dict[Path, bool] = {}
        self._runs: dict[Path, bool] = {}
        self._registers: dict[Path, bool] = {}

    def serves(self, path: Path) -> bool:
        """Whether a file runs something beside, or it or one that it may import on whatever way starts what others wait for."""
        if path not in self._serves:
            source = self._project.source(path)
            self._serves[path] = source is None or any(word in source.data for word in _BESIDE) or self._leads(path)
        return self._serves[path]

    def is_script(self, path: Path) -> bool:
        """Whether a file is a program of its own, beside others, that only tests import, and that serves nobody.

        What loads whatever a folder holds may load it as well, and calls nothing of it: it has no handlers.
        """
        programs, root = self._programs, self._project.settings.root
        if not programs.is_program(path) or self.serves(path):
            return False
        if not any(programs.is_program(other) for other in self._project.files if other != path):
            return False
        return all(user == path or is_test(root, user) for user in programs.users(path, resolved=True))

    def _leads(self, path: Path) -> bool:
        """Whether imports lead from a file to one that serves."""
        seen, waiting = {path}, [path]
        while waiting:
            module = self._project.parsed(waiting.pop())
            if module is None or self._serves_itself(module):
                return True
            fresh = set(self._programs.imported(module)) - seen
            seen |= fresh
            waiting += fresh
        return False

    def _serves_itself(self, module: Module) -> bool:
        """Whether a file registers a handler, keeps a program running for some, or holds what looks like one."""
        if module.path not in self._registers:
            functions = module.all(ast.AsyncFunctionDef)
            named = [word for word in SERVES if word in module.source.data]
            text = _NO_HANDLER.sub(b"", module.source.data) if named else b""
            serves = any(word in text for word in named)
            self._registers[module.path] = serves or any(is_handler(module, function) for function in functions)
        return self._registers[module.path]

    def is_unused(self, path: Path) -> bool:
        """Whether no program of a project that has some comes to a file: nothing imports, loads or names it."""
        if path not in self._unused:
            self._unused[path] = self._find(path)
        return self._unused[path]

    def _find(self, path: Path) -> bool:
        project, programs = self._project, self._programs
        if programs.loads_by_path or is_test(project.settings.root, path):
            return False
        module = project.parsed(path) if project.contains(b"plugins") else None
        if module is not None and self._serves_itself(module):
            return False  # Pyrogram loads whatever stands in a folder, and calls the handlers
        users = programs.users(path, resolved=True)
        return not any(map(self._may_run, users)) and self.has_programs

    @cached_property
    def has_programs(self) -> bool:
        """Whether a file of the project is started; else whatever nobody calls may be a start."""
        return any(map(self._programs.is_program, self._project.files))

    def _may_run(self, path: Path) -> bool:
        """Whether a file is run, or loaded by a name that is not written in an import."""
        if path not in self._runs:
            self._runs[path] = self._is_run(path)
        return self._runs[path]

    def _is_run(self, path: Path) -> bool:
        if is_test(self._project.settings.root, path):
            return False
        module = self._project.parsed(path)
        if module is None or path.stem.startswith("__") or self._programs.is_program(path):
            return True
        if self._programs.loader_of(path.parent) or not all(map(_only_defines, module.tree.body)):
            return True
        return self._project.mention(path.stem, self._project.analysed) is not None or self._is_said(path.stem)

    def _is_said(self, name: str) -> bool:
        """Whether a text of the project holds a name."""
        for path in self._project.mentioning([name]):
            module = self._project.parsed(path)
            texts = (node.value for node in module.all(ast.Constant)) if module else ()
            if module is None or any(isinstance(text, str) and name in text for text in texts):
                return True
        return False
