"""What a rewrite needs where the bot runs: what is proved, what is assumed, and what is added to the requirements."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from command import tgfix

from tgfix.codemods.event_loop.blocking_call import BlockingCall
from tgfix.engine import harness
from tgfix.engine.analysis.module import Module, Project
from tgfix.engine.codemod import Codemod, replace
from tgfix.engine.model import (
    Assumption,
    Change,
    Edit,
    FileChange,
    Finding,
    Hazard,
    Helper,
    Import,
    Proof,
    Safety,
    Verdict,
)
from tgfix.engine.proofs.environment import Needed, needs_package, needs_python, surroundings
from tgfix.engine.run.journal import Journal
from tgfix.engine.run.plan import Plan
from tgfix.engine.run.planner import make_plan
from tgfix.engine.run.write import execute
from tgfix.engine.sources.config import Settings
from tgfix.engine.sources.requirements.interpreters import named
from tgfix.engine.sources.source import SourceFile

ROOT = harness.ROOT
READS = "async def rules(event):\n    await event.reply(read('rules.txt'))\n"
STARTS = 'if __name__ == "__main__":\n    client.run_until_disconnected()\n'


class Reading(Codemod):
    """`read(path)` becomes what needs a package."""

    code, name, title = "TGF993", "read-it", "Read it"
    needles = (b"read(",)

    def find(self, module: Module) -> Iterator[Finding]:
        """Every call of `read`."""
        for call in module.all(ast.Call):
            if isinstance(call.func, ast.Name) and call.func.id == "read":
                edits = [replace(module, call, f"await (await aiofiles.open({module.segment(call.args[0])})).read()")]
                change = self.change(module, edits, "It waits.", imports=(Import("aiofiles"),))
                yield self.finding(module, call, "it blocks", change=change)


def project(files: dict[str, str]) -> Project:
    sources = {ROOT / name: SourceFile.from_bytes(ROOT / name, text.encode()) for name, text in files.items()}
    return Project(Settings(root=ROOT), [path for path in sources if path.suffix == ".py"], sources)


def package(files: dict[str, str], wanted: str = "aiofiles", at: str = "bot.py") -> Needed:
    return needs_package(project({at: "", **files}), wanted, ROOT / at)


def python(root: Path, files: dict[str, str], version: tuple[int, int] = (3, 9)) -> Verdict:
    for name, text in {"bot.py": "", **files}.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text, "utf-8")
    return needs_python(Project(Settings(root=root), [root / "bot.py"]), version, "asyncio.to_thread", root / "bot.py")


# Packages


@pytest.mark.parametrize(
    "files",
    [
        {"requirements.txt": "telethon\naiofiles==23.1\n"},
        {"pyproject.toml": '[project]\ndependencies = ["aiofiles"]\n', "requirements.txt": "-e .\n"},
        {"bot.py": f"# /// script\n# dependencies = [\n#     'aiofiles',\n# ]\n# ///\n{STARTS}"},
        {
            "requirements.txt": "aiofiles\n",
            "Dockerfile": "FROM a\nRUN pip install -U pip && pip install \\\n  -r /tmp/requirements.txt\n",
        },
        {"Dockerfile": "FROM a\nRUN pip3 install --no-cache-dir 'telethon==1.36' aiofiles\n"},
        {"bot.py": "import aiofiles\n", "requirements.txt": "telethon\n"},
        {"bot.py": "from store import load\n", "store.py": "from aiofiles import open\n"},
        {"bot.py": "", "main.py": f"import bot\nimport store\n{STARTS}", "store.py": "import aiofiles\n"},
    ],
    ids=[
        "required",
        "both ways",
        "script",
        "image with a list",
        "image",
        "imported here",
        "imported by what is imported",
        "imported by the program",
    ],
)
def test_a_package_that_is_surely_there(files: dict[str, str]) -> None:
    needed = package(files)
    assert isinstance(needed.verdict, Proof) and not needed.files


@pytest.mark.parametrize(
    ("files", "sentence"),
    [
        ({}, "nothing declares it (`pip install aiofiles`)"),
        ({"requirements.txt": "telethon\n"}, "the change adds it to `requirements.txt`"),
        ({"requirements.txt": "# aiofiles==23.1\ntelethon\n"}, "the change adds it to `requirements.txt`"),
        ({"requirements.txt": "telethon\n", "requirements-dev.txt": "aiofiles\n"}, "the change adds it to `requirements.txt`"),
        ({"requirements-dev.txt": "aiofiles\n"}, "it is asked for only by `requirements-dev.txt`"),
        ({"requirements.txt": 'a\naiofiles; sys_platform == "linux"\n'}, 'only where `sys_platform == "linux"`'),
        ({"environment.yml": "dependencies:\n  - telethon\n"}, "`environment.yml` does not ask for it (`pip install aiofiles`)"),
        ({"Dockerfile": "FROM a\nRUN pip install telethon\n", "requirements.txt": "aiofiles\n"}, "`Dockerfile` does not ask for it"),
        ({"Dockerfile": "FROM a\nRUN pip install $ALL\n"}, "its requirements are computed"),
        ({"bot.py": f"# /// script\n# dependencies = ['telethon']\n# ///\n{STARTS}", "requirements.txt": "aiofiles\n"}, "`bot.py` does"),
        ({"setup.py": "setup(install_requires=read())\n"}, "its requirements are computed"),
        ({"requirements.txt": "# autogenerated by pip-compile\ntelethon==1\n"}, "`requirements.txt` does not ask for it"),
        (
            {"requirements.txt": "# autogenerated by pip-compile\ntelethon==1\n", "requirements.in": "telethon\n"},
            "adds it to `requirements.in`, and `requirements.txt` has to be made anew",
        ),
        (
            {"pyproject.toml": '[tool.poetry.dependencies]\na = "*"\n', "poetry.lock": "\n"},
            "adds it to `pyproject.toml`, and `poetry.lock` has to be renewed (`poetry lock`)",
        ),
        (
            {"pyproject.toml": '[project]\ndependencies = ["a"]\n', "requirements.txt": "a\n"},
            "adds it to `pyproject.toml` and `requirements.txt`",
        ),
        ({"bot.py": "try:\n    import aiofiles\nexcept ImportError:\n    aiofiles = None\n"}, "nothing declares it"),
        ({"bot.py": "async def f():\n    import aiofiles\n"}, "nothing declares it"),
        ({"bot.py": "if FAST:\n    import aiofiles\n"}, "nothing declares it"),
        ({"bot.py": f"{STARTS}import aiofiles\n"}, "nothing declares it"),
        ({"bot.py": STARTS, "tools/export.py": "import aiofiles\n"}, "nothing declares it"),
        ({"main.py": f"import bot, store\n{STARTS}", "cli.py": f"import bot\n{STARTS}", "store.py": "import aiofiles\n"}, "nothing"),
        ({"main.py": f"import importlib, bot, store\n{STARTS}", "store.py": "import aiofiles\n"}, "nothing declares it"),
    ],
)  # fmt: skip
def test_a_package_that_may_be_missing(files: dict[str, str], sentence: str) -> None:
    verdict = package(files).verdict
    assert isinstance(verdict, Assumption) and verdict.hazard is Hazard.ENVIRONMENT
    assert verdict.sentence.startswith("`aiofiles` is installed where the bot runs; ") and sentence in verdict.sentence


def test_a_release_and_an_extra_are_part_of_the_need() -> None:
    old = package({"requirements.txt": "a==1\naiofiles==0.7\n"}, "aiofiles>=0.8")
    assert isinstance(old.verdict, Assumption) and not old.files
    assert old.verdict.sentence == "`aiofiles` is installed where the bot runs, in release 0.8 or newer"
    assert (old.verdict.path, old.verdict.line) == (ROOT / "requirements.txt", 2)
    assert isinstance(package({"requirements.txt": "aiofiles>=0.8\n"}, "aiofiles>=0.8").verdict, Proof)
    pinned = {"requirements.txt": "aiofiles\n-c pins.txt\n", "pins.txt": "aiofiles==23.1\n"}
    assert isinstance(package(pinned, "aiofiles>=0.8").verdict, Proof)
    for text in (
        "python-telegram-bot[rate-limiter]\n",
        "python-telegram-bot[all]\n",
        "python-telegram-bot\naiolimiter\n",
    ):
        assert isinstance(package({"requirements.txt": text}, "python-telegram-bot[rate-limiter]").verdict, Proof)
    lacking = package({"requirements.txt": "python-telegram-bot[job-queue]\n"}, "python-telegram-bot[rate-limiter]")
    assert isinstance(lacking.verdict, Assumption) and [part.path.name for part in lacking.files] == [
        "requirements.txt"
    ]


def test_what_another_package_needs_is_there() -> None:
    def told(text: str) -> str:
        verdict = package({"requirements.txt": text}, "httpx").verdict
        return verdict.because if isinstance(verdict, Proof) else "assumed"

    assert (
        told("a\npython-telegram-bot==22.1\n")
        == "requirements.txt:2 asks for `python-telegram-bot`, which needs `httpx`"
    )
    assert told("python-telegram-bot==13.7\n") == told("python-telegram-bot\n") == "assumed"


def test_it_is_added_to_the_nearest_file_that_declares_requirements() -> None:
    files = {"alpha/requirements.txt": "telethon\n", "requirements.txt": "ruff\n"}
    assert [part.path for part in package(files, at="alpha/bot.py").files] == [ROOT / "alpha" / "requirements.txt"]


# Python


@pytest.mark.parametrize(
    ("files", "version"),
    [
        ({}, (3, 9)),
        ({"requirements.txt": "telethon\n"}, (3, 9)),
        ({"bot.py": "import sys\nif sys.version_info < (3, 9):\n    raise SystemExit\n"}, (3, 9)),
        ({"bot.py": "import sys\nif sys.version_info >= (3, 11):\n    a()\n"}, (3, 9)),
        ({"requirements.txt": 'tomli; python_version < "3.11"\n'}, (3, 9)),
        ({"README.md": "Works with Python 3.10 or newer.\n"}, (3, 9)),
        ({"README.md": "Python 3.7+\n", "pyproject.toml": '[project]\nrequires-python = ">=3.9"\n'}, (3, 9)),
        ({"pyproject.toml": '[project]\nrequires-python = ">=3.9"\n'}, (3, 9)),
        ({"Dockerfile": "FROM python:3.11-slim\n"}, (3, 11)),
        ({"tox.ini": "envlist = py311,py312\n"}, (3, 11)),
        ({"CHANGELOG.md": "Python 3.8 works no more.\n"}, (3, 9)),
        ({"Dockerfile": "FROM python:3\n", "docker/Dockerfile": "FROM alpine:latest\n"}, (3, 9)),
        ({"locales/de.po.txt": "#: bot.py:36\n", "locales/de.yaml": "place: bot.py:36\n"}, (3, 9)),
        (
            {"pyproject.toml": '[project]\nrequires-python = ">=3.8"\n', "bot.py": "match a:\n    case 1: pass\n"},
            (3, 9),
        ),
        ({"runtime.txt": "python-3.8.1\n", "bot.py": "def f(a: int | None): ...\n"}, (3, 9)),
        ({"bot.py": "from store import x\n", "store.py": "import tomllib\n"}, (3, 11)),
    ],
)
def test_a_python_that_is_new_enough(tmp_path: Path, files: dict[str, str], version: tuple[int, int]) -> None:
    assert isinstance(python(tmp_path, files, version), Proof)


@pytest.mark.parametrize(
    ("files", "version", "older"),
    [
        ({}, (3, 11), ""),
        ({"README.md": "brew install git && brew install python@3.8\n"}, (3, 9), "3.8"),
        ({"pyproject.toml": '[project]\nrequires-python = ">=3.8"\n'}, (3, 9), "3.8"),
        ({"pyproject.toml": '[tool.poetry.dependencies]\npython = "^3.7"\n'}, (3, 9), "3.8"),
        ({"Dockerfile": "FROM python:3.7\n"}, (3, 9), "3.7"),
        ({"tox.ini": "envlist = py38,py312\n"}, (3, 9), "3.8"),
        ({"Dockerfile": "FROM pypy:3.8-slim\n"}, (3, 9), "3.8"),
        ({"mypy.ini": "[mypy]\npython_version = 3.8\n"}, (3, 9), "3.8"),
        ({"mise.toml": "[tools]\npython = \"3.8\"\n"}, (3, 9), "3.8"),
        ({"run.sh": "exec python3.8 bot.py\n"}, (3, 9), "3.8"),
        ({"bot.py": f"#!/usr/bin/env python3.8\n{STARTS}"}, (3, 9), "3.8"),
        ({"start.bat": "py -3.8 bot.py\n"}, (3, 9), "3.8"),
        ({"ecosystem.config.js": 'module.exports = {interpreter: "python3.8"}\n'}, (3, 9), "3.8"),
        ({"crontab": "@reboot python3.8 /srv/bot.py\n"}, (3, 9), "3.8"),
        ({"tox.ini": "[tox]\nenvlist = py38,py311\n"}, (3, 9), "3.8"),
        ({".github/workflows/ci.yml": "jobs:\n  a:\n    matrix:\n      python-version: ['3.11', '3.8']\n"}, (3, 9), "3.8"),
        ({".github/workflows/ci.yml": 'matrix:\n  python-version:\n    - "3.8"\n    - "3.10"\n'}, (3, 9), "3.8"),
        ({".github/workflows/ci.yml": "matrix:\n  py: [3.8, 3.12]\nwith:\n  python-version: ${{ matrix.py }}\n"}, (3, 9), "3.8"),
        ({".github/workflows/ci.yml": "runs-on: ubuntu-20.04\n"}, (3, 9), "3.8"),
        ({"Vagrantfile": 'c.vm.box = "ubuntu/focal64"\n'}, (3, 9), "3.8"),
        ({"Vagrantfile": 'c.vm.box = "bento/centos-7"\n'}, (3, 9), "3.6"),
        ({".github/workflows/release.yml": "with:\n  python-version: '3.8'\n"}, (3, 9), "3.8"),
        ({"newsbot.sh": "exec python3.8 bot.py\n"}, (3, 9), "3.8"),
        ({"exchange-bot.md": "Needs Python 3.8\n"}, (3, 9), "3.8"),
        ({".devcontainer/devcontainer.json": '{"image": "mcr.microsoft.com/devcontainers/python:0-3.8"}\n'}, (3, 9), "3.8"),
        ({"Makefile": "PYVER = 3.8\nrun:\n\tpython$(PYVER) bot.py\n"}, (3, 9), "3.8"),
        ({"start.sh": "PY_VER=3.8\nexec python$PY_VER bot.py\n"}, (3, 9), "3.8"),
        ({"settings.json": '{"image": "PYTHON_3_8"}\n'}, (3, 9), "3.8"),
        ({"README.md": "Runs on Ubuntu 20 with its python3\n"}, (3, 9), "3.8"),
        ({"README.md": "Raspbian 10 and its python3 will do\n"}, (3, 9), "3.7"),
        ({"README.md": "Debian GNU/Linux 10 and its python3 will do\n"}, (3, 9), "3.7"),
        ({"stack.yml": "services:\n  bot:\n    image: alpine:3.12\n"}, (3, 9), "3.8"),
        ({"site.yml": "base: debian10\n"}, (3, 9), "3.7"),
        ({"app.json": '{"stack": "heroku-20"}\n'}, (3, 9), "3.8"),
        ({"README.md": "Tested on Ubuntu 20.04 with its own python3\n"}, (3, 9), "3.8"),
        ({"k8s/bot.yaml": "containers:\n  - image: python:3.8-slim\n"}, (3, 9), "3.8"),
        ({"Dockerfile": 'FROM ubuntu:22.04\nRUN apt install -y python3.8\nCMD ["python3.8", "bot.py"]\n'}, (3, 9), "3.8"),
        ({"setup/host.sh": "pyenv install 3.8.10\n"}, (3, 9), "3.8"),
        ({"heroku.yml": "build:\n  languages:\n    - python: 3.8\n"}, (3, 9), "3.8"),
        ({"README.md": "![made](https://img.shields.io/badge/Made%20with-Python%203.8-blue)\n"}, (3, 9), "3.8"),
        ({"README.md": "Нужен Python не ниже 3.8\n"}, (3, 9), "3.8"),
        ({"DEPLOY.md": "- Python (version 3.7 or higher)\n"}, (3, 9), "3.8"),
        ({"requirements.txt": "# made by pip-compile with Python 3.8\ntelethon\n"}, (3, 9), "3.8"),
        ({"bot.py": "# Works with Python 3.7 and newer\n"}, (3, 9), "3.8"),
        ({"tox.ini": "[tox]\nenvlist = py{38,39}\n"}, (3, 9), "3.8"),
        ({"azure-pipelines.yml": '- task: UsePythonVersion@0\n  inputs:\n    versionSpec: "3.8"\n'}, (3, 9), "3.8"),
        ({"uv.lock": 'version = 1\nrequires-python = ">=3.8"\n'}, (3, 9), "3.8"),
        ({"poetry.lock": '[[package]]\npython-versions = ">=3.9"\n\n[metadata]\npython-versions = "^3.8"\n'}, (3, 9), "3.8"),
        ({"Pipfile.lock": '{"_meta": {"requires": {"python_version": "3.8"}}, "default": {}}'}, (3, 9), "3.8"),
        ({"Dockerfile": "FROM alpine:3.12\nRUN apk add python3\n"}, (3, 9), "3.8"),
        ({"Dockerfile": "FROM buildpack-deps:buster\n"}, (3, 9), "3.7"),
        ({"main.tf": 'runtime = "python3.8"\n'}, (3, 9), "3.8"),
        ({"shell.nix": "buildInputs = [ pkgs.python38 ];\n"}, (3, 9), "3.8"),
        ({"runtime.txt": "python-3.8.1\n", "bot.py": "from __future__ import annotations\ndef f(a: int | None): ...\n"}, (3, 9), "3.8"),
        ({"README.md": "You need **Python 3.7+**.\n"}, (3, 9), "3.8"),
        ({"requirements.txt": 'a\nbackports.zoneinfo; python_version < "3.9"\n'}, (3, 9), "3.8"),
        ({"bot.py": "import sys\nif sys.version_info >= (3, 9):\n    a()\nelse:\n    b()\n"}, (3, 9), "3.8"),
        ({"bot.py": "import sys\nif sys.version_info < (3, 8):\n    sys.exit('too old')\n"}, (3, 9), "3.8"),
        ({"Procfile": "worker: python3.8 bot.py\n"}, (3, 9), "3.8"),
        ({"bot.service": "ExecStart=/usr/bin/python3.8 /srv/bot.py\n"}, (3, 9), "3.8"),
        ({"app.yaml": "runtime: python38\n"}, (3, 9), "3.8"),
        ({"docker/Dockerfile": "FROM python:3.8\n"}, (3, 9), "3.8"),
        ({"bot.py": f'# /// script\n# requires-python = ">=3.8"\n# ///\n{STARTS}'}, (3, 9), "3.8"),
        ({"runtime.txt": "python-3.8.1\n", "bot.py": "def f():\n    import tomllib\n"}, (3, 9), "3.8"),
    ],
)  # fmt: skip
def test_a_python_that_may_be_too_old(
    tmp_path: Path, files: dict[str, str], version: tuple[int, int], older: str
) -> None:
    verdict = python(tmp_path, files, version)
    assert isinstance(verdict, Assumption) and verdict.hazard is Hazard.ENVIRONMENT
    if older:
        allowed, asked = f"the bot never runs on Python {older}, which `", f"asks for {older}, which has no `"
        assert (allowed in verdict.sentence) or (asked in verdict.sentence)
        assert verdict.path is not None
    else:
        assert verdict.sentence == "the bot runs on Python 3.11 or newer, which has `asyncio.to_thread`"


@pytest.mark.skipif(sys.version_info < (3, 11), reason="its syntax is what is read")
def test_except_star_asks_for_a_python(tmp_path: Path) -> None:
    files = {"runtime.txt": "python-3.8.1\n", "bot.py": "try:\n    a()\nexcept* ValueError:\n    pass\n"}
    assert isinstance(python(tmp_path, files, (3, 11)), Proof)


@pytest.mark.parametrize(
    ("text", "told"), [("GitPython>=3.1.0", []), ("ipython 3.1", []), ("cpython-3.8", ["python-3.8"])]
)
def test_a_package_whose_name_ends_so_is_no_python(text: str, told: list[str]) -> None:
    assert [found.text for found in named(Path("requirements.txt"), text)] == told


# Changes of files that are no Python


def plan_of(files: dict[str, str], unsafe: bool = True) -> Plan:
    plan = harness.run([Reading()], harness.plain(files), unsafe=unsafe)
    assert not plan.problems
    return plan


def test_several_changes_that_need_a_package_add_one_line() -> None:
    files = {f"handlers_{n}.py": READS.replace("rules.txt", f"rules_{n}.txt") for n in range(12)}
    plan = plan_of({**files, "requirements.txt": "telethon\r\nhttpx  # web\r\n"})
    assert len(plan.chosen) == 12 and all(part.change.assumes for part in plan.chosen)
    after = {result.path.name: result.after for result in plan.files}
    assert after["requirements.txt"] == b"telethon\r\nhttpx  # web\r\naiofiles\r\n"
    assert all(b"aiofiles" in data for data in after.values())


def test_a_package_that_is_not_declared_is_not_safe() -> None:
    plan = plan_of({"bot.py": READS, "requirements.txt": "telethon\n"}, unsafe=False)
    assert not plan.files and [p.change.safety for p in plan.hidden] == [Safety.UNSAFE]
    plan = plan_of({"bot.py": READS, "requirements.txt": "telethon\naiofiles\n"}, unsafe=False)
    assert [result.path.name for result in plan.files] == ["bot.py"]


def test_the_requirements_are_written_with_the_program_and_taken_back_with_it(tmp_path: Path) -> None:
    (tmp_path / "bot.py").write_text(READS)
    (tmp_path / "requirements.txt").write_bytes(b"telethon\r\n# the end")
    plan = make_plan([tmp_path / "bot.py"], [Reading()], Settings(root=tmp_path, unsafe_fixes=True))
    report = execute(plan, Journal(tmp_path))
    assert [path.name for path in report.written] == ["bot.py", "requirements.txt"] and not report.problems
    assert (tmp_path / "requirements.txt").read_bytes() == b"telethon\r\naiofiles\r\n# the end"
    Journal(tmp_path).undo()
    assert (tmp_path / "requirements.txt").read_bytes() == b"telethon\r\n# the end"
    assert (tmp_path / "bot.py").read_text() == READS


# What is read off a change


UPTIME = "import subprocess\n\n\nasync def up(event):\n    await event.reply(subprocess.getoutput('uptime'))\n"


OLDER = (
    'the bot never runs on Python 3.8, which `requires-python = ">=3.8"` allows and which has no `asyncio.to_thread`'
)


@pytest.mark.parametrize(
    ("declared", "more", "form", "told"),
    [
        (">=3.8", "", "await asyncio.get_running_loop().run_in_executor(None, subprocess.getoutput, 'uptime'))", []),
        (
            ">=3.8",
            "\n\nasync def of(event):\n    return subprocess.run(['uptime'], check=True)\n",
            "await asyncio.get_running_loop().run_in_executor(None, partial(subprocess.run, ['uptime'], check=True))\n",
            [],
        ),
        (">=3.8", "\n\nimport contextvars\n", "await asyncio.to_thread(", [OLDER]),
        (">=3.9", "", "await asyncio.to_thread(", []),
    ],
    ids=["no to_thread", "with keywords", "what to_thread takes along", "to_thread"],
)
def test_a_thread_is_asked_for_as_the_oldest_python_can(declared: str, more: str, form: str, told: list[str]) -> None:
    files = harness.plain({"bot.py": UPTIME + more, "pyproject.toml": f'[project]\nrequires-python = "{declared}"\n'})
    plan = harness.run([BlockingCall()], files, unsafe=True)
    proposal = plan.chosen[-1]
    result = harness.result(plan, files)[harness.ROOT / "bot.py"].decode()
    assert "".join(form.split()) in "".join(result.split())  # however its lines are broken
    assert [v.sentence for v in proposal.change.assumes if v.hazard is Hazard.ENVIRONMENT] == told


def test_an_import_of_a_change_needs_its_distribution() -> None:
    within = project({"bot.py": "", "requirements.txt": "httpx\n"})

    def asked(module: str, name: str | None = None) -> list[str]:
        change = Change("Do it", "Because.", (), (FileChange(ROOT / "bot.py", imports=(Import(module, name),)),))
        verdicts, files = surroundings(within, change)
        return [
            *(v.sentence if isinstance(v, Assumption) else v.because for v in verdicts),
            *(wanted for part in files for wanted in part.requirements),
        ]

    assert asked("asyncio") == asked("telethon", "errors") == asked("telegram.ext", "Application") == asked("bot") == []
    assert asked("httpx") == ["requirements.txt:1 asks for `httpx`"]
    assert asked("telegram.ext", "AIORateLimiter")[1:] == ["python-telegram-bot[rate-limiter]"]
    assert asked("stamina") == [
        "`stamina` is installed where the bot runs; the change adds it to `requirements.txt`", "stamina>=25.1",
    ]  # fmt: skip


def test_files_that_the_settings_exclude_are_not_added_to() -> None:
    within = project({"bot.py": "", "requirements.txt": "telethon\n"})
    excluding = Project(Settings(root=ROOT, extend_exclude=("requirements.txt",)), [], dict(within._sources))
    assert not needs_package(excluding, "aiofiles", ROOT / "bot.py").files


def test_support_code_needs_what_all_have_that_import_it() -> None:
    helper = Helper("pool", "def pool(): ...\n", (Import("httpx"),))
    files = {"bot.py": "import httpx\n", "_tgfix_support.py": "def other(): ...\n"}
    parts = (
        FileChange(ROOT / "bot.py", (Edit(0, 0, "pool()\n"),), (Import("_tgfix_support", "pool"),)),
        FileChange(ROOT / "_tgfix_support.py", helpers=(helper,)),
    )
    change = Change("Do it", "Because.", (), parts)
    assert all(isinstance(verdict, Proof) for verdict in surroundings(project(files), change)[0])
    tool = {**files, "export.py": f"from _tgfix_support import other\n{STARTS}"}
    (assumed,) = [v for v in surroundings(project(tool), change)[0] if isinstance(v, Assumption)]
    assert assumed.sentence.startswith("`httpx` is installed")


def test_the_summary_names_what_has_to_be_there(tmp_path: Path) -> None:
    (tmp_path / "bot.py").write_text(
        'async def rules(event):\n    with open("log.csv") as f:\n        return f.read()\n'
    )
    (tmp_path / "tgfix.toml").write_text('[async-file-io]\nstyle = "aiofiles"\n')
    call = ("apply", "--unsafe-fixes", "--select", "TGF302", "bot.py")
    assert (
        "tgfix: check that `aiofiles` is installed where the bot runs; nothing declares it"
        in tgfix(*call, cwd=tmp_path).err
    )
    assert tgfix(*call, "--quiet", cwd=tmp_path).err == ""
