"""What a project declares about its packages and its Python, and how a requirement is added to it."""

from __future__ import annotations

from pathlib import Path

import pytest

from tgfix.engine.analysis.module import Project
from tgfix.engine.rewriting.compose import apply_edits
from tgfix.engine.sources.config import Settings
from tgfix.engine.sources.requirements import Declarations, Environment, Requirement, read
from tgfix.engine.sources.requirements.adding import added
from tgfix.engine.sources.source import SourceFile

ROOT = Path("/project")


def environment(files: dict[str, str], at: str = "bot.py") -> Environment:
    sources = {ROOT / name: SourceFile.from_bytes(ROOT / name, text.encode()) for name, text in files.items()}
    return Declarations.of(Project(Settings(root=ROOT), [], sources)).at(ROOT / at)


def hard(files: dict[str, str], at: str = "bot.py") -> dict[str, str]:
    """Name → specifier of all that is surely installed."""
    found = environment(files, at)
    return {r.name: r.specifier for route in found.routes for r in route.requirements if found.is_hard(r)}


LIST = """\
# what the bot needs
--index-url https://pypi.org/simple
Telethon == 1.36.0 ; python_version >= "3.7"   # client
aiofiles[fast] >=23.1, \\
    <25
-r more.txt
-e git+https://github.com/a/b.git#egg=own_lib
git+https://github.com/c/d.git
./local
# cryptg==0.4
uvloop; sys_platform != "win32"
tomli; python_version < "3.11"
"""


def test_a_requirement_file_of_pip() -> None:
    found = read(ROOT / "requirements.txt", LIST)
    assert [(r.name, r.specifier, r.line) for r in found.requirements] == [
        ("telethon", "==1.36.0", 3), ("aiofiles", "<25,>=23.1", 4), ("own-lib", "", 7), ("uvloop", "", 11), ("tomli", "", 12),
    ]  # fmt: skip
    assert found.includes == ("more.txt",) and found.requirements[1].extras == {"fast"} and not found.generated
    assert hard({"requirements.txt": LIST, "more.txt": "httpx\n"}) == {
        "telethon": "==1.36.0", "aiofiles": "<25,>=23.1", "own-lib": "", "httpx": "",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("name", "text"),
    [
        (
            "pyproject.toml",
            '[project]\nname = "b"\ndependencies = [\n  "telethon>=1.36",  # client\n  "aiofiles",\n]\n',
        ),
        (
            "pyproject.toml",
            '[tool.poetry.dependencies]\npython = "^3.10"\ntelethon = ">=1.36"\naiofiles = {version = "*"}\n',
        ),
        ("pyproject.toml", '[tool.flit.metadata]\nrequires = ["telethon>=1.36", "aiofiles"]\n'),
        ("setup.cfg", "[options]\ninstall_requires =\n    telethon>=1.36\n    aiofiles\n"),
        (
            "setup.py",
            'from setuptools import setup\nNEEDED = ["telethon>=1.36", "aiofiles"]\nsetup(install_requires=NEEDED)\n',
        ),
        (
            "setup.py",
            'import setuptools\nsetuptools.setup(name="b", install_requires=["telethon>=1.36", "aiofiles"])\n',
        ),
        ("Pipfile", '[packages]\ntelethon = ">=1.36"\naiofiles = "*"\n\n[dev-packages]\npytest = "*"\n'),
        ("requirements.in", "telethon>=1.36\naiofiles\n"),
        ("requirements/base.txt", "telethon>=1.36\naiofiles\n"),
        ("requirements/prod.txt", "telethon>=1.36\naiofiles\n"),
        ("environment.yml", "name: b\ndependencies:\n  - python=3.10\n  - telethon>=1.36\n  - pip:\n    - aiofiles\n"),
    ],
)
def test_every_kind_of_file(name: str, text: str) -> None:
    assert hard({name: text}) == {"telethon": ">=1.36", "aiofiles": ""}


@pytest.mark.parametrize(
    ("name", "text", "whose"),
    [
        ("pyproject.toml", '[project]\ndependencies = ["a"]\n[project.optional-dependencies]\nfast = ["aiofiles"]\n', "the extra `fast`"),
        ("pyproject.toml", '[project]\ndependencies = ["a"]\n[dependency-groups]\ndev = ["aiofiles"]\n', "the group `dev`"),
        ("pyproject.toml", '[project]\ndependencies = ["a"]\n[tool.uv]\ndev-dependencies = ["aiofiles"]\n', "the group `dev`"),
        ("pyproject.toml", '[tool.poetry.dependencies]\na = "*"\naiofiles = {version = "*", optional = true}\n', "an extra"),
        ("pyproject.toml", '[tool.poetry.dependencies]\na="*"\n[tool.poetry.group.dev.dependencies]\naiofiles="*"\n', "the group `dev`"),
        ("setup.cfg", "[options]\ninstall_requires = a\n[options.extras_require]\nfast = aiofiles\n", "the extra `fast`"),
        ("setup.py", 'setup(install_requires=["a"], extras_require={"fast": ["aiofiles"]})\n', "the extra `fast`"),
        ("Pipfile", '[packages]\na = "*"\n[dev-packages]\naiofiles = "*"\n', "the group `dev`"),
        ("requirements-dev.txt", "aiofiles\n", "`requirements-dev.txt`"),
        ("test_requirements.txt", "aiofiles\n", "`test_requirements.txt`"),
        ("requirements/test.txt", "aiofiles\n", "`requirements/test.txt`"),
        ("requirements.voice.txt", "aiofiles\n", "`requirements.voice.txt`"),
    ],
)  # fmt: skip
def test_what_is_asked_for_by_others_than_the_program_is_apart(name: str, text: str, whose: str) -> None:
    found = environment({name: text})
    assert "aiofiles" not in hard({name: text})
    aside = found.aside("aiofiles")
    assert aside is not None and (aside.only_for, aside.path) == (whose, ROOT / name)


def test_an_optional_requirement_of_poetry_keeps_its_condition() -> None:
    text = '[tool.poetry.dependencies]\na = "^1.2"\nb = {version = "~2.1", python = "<3.10"}\nc = [{version = "1"}, {version = "2"}]\n'
    assert hard({"pyproject.toml": text}) == {"a": ">=1.2,<2"}


def test_markers_count_where_they_hold_on_every_system_and_declared_python() -> None:
    files = {"requirements.txt": 'a; python_version >= "3.9"\nb; os_name == "posix"\nc; python_version < "4"\n'}
    assert hard(files) == {"c": ""}
    assert hard({**files, "runtime.txt": "python-3.11.4\n"}) == {"a": "", "c": ""}


def test_requirements_that_are_read_from_other_files() -> None:
    dynamic = (
        '[project]\ndynamic = ["dependencies"]\n[tool.setuptools.dynamic]\ndependencies = {file = ["needs.txt"]}\n'
    )
    assert hard({"pyproject.toml": dynamic, "needs.txt": "aiofiles\n"}) == {"aiofiles": ""}
    cfg = "[options]\ninstall_requires = file: needs-requirements.txt\n"
    assert hard({"setup.cfg": cfg, "needs-requirements.txt": "aiofiles\n"}) == {"aiofiles": ""}
    setup = 'setup(install_requires=open("my-requirements.txt").read().splitlines())\n'
    assert hard({"setup.py": setup, "my-requirements.txt": "aiofiles\n"}) == {"aiofiles": ""}
    assert environment({"setup.py": "setup(install_requires=read())\n"}).routes[0].computed


def test_a_project_may_be_installed_in_several_ways() -> None:
    described = '[project]\nname = "b"\ndependencies = ["telethon==1.36.0", "aiofiles"]\n'
    two = environment({"pyproject.toml": described, "requirements.txt": "telethon>=1.30\n"})
    assert len(two.routes) == 2 and two.oldest("telethon") == "1.30" and two.oldest("aiofiles") is None
    one = environment({"pyproject.toml": described, "requirements.txt": "-e .\nuvloop\n"})
    assert [sorted(r.name for r in route.requirements) for route in one.routes] == [
        ["aiofiles", "telethon"], ["aiofiles", "telethon", "uvloop"],
    ]  # fmt: skip
    assert not environment({"pyproject.toml": '[project]\nname = "b"\n'}).routes, "it asks for nothing"


def test_constraints_bound_what_is_asked_for_and_ask_for_nothing() -> None:
    files = {"requirements.txt": "telethon\n-c pins.txt\n", "pins.txt": "telethon==1.36\naiofiles==23.1\n"}
    assert hard(files) == {"telethon": ""} and environment(files).oldest("telethon") == "1.36"


def test_the_folders_above_a_file_count_too() -> None:
    files = {"alpha/requirements.txt": "aiofiles\n", "beta/requirements.txt": "httpx\n", "requirements.txt": "ruff\n"}
    assert hard(files, "alpha/bot.py") == {"aiofiles": "", "ruff": ""}
    assert hard(files, "beta/src/bot.py") == {"httpx": "", "ruff": ""}


def test_a_file_that_powershell_wrote(tmp_path: Path) -> None:
    (tmp_path / "requirements.txt").write_bytes("aiofiles==23.1\r\n".encode("utf-16"))
    found = Declarations.of(Project(Settings(root=tmp_path), [])).at(tmp_path / "bot.py")
    assert found.oldest("aiofiles") == "23.1" and found.routes[0].files == ()


@pytest.mark.parametrize(
    ("name", "text", "oldest"),
    [
        ("pyproject.toml", '[project]\nrequires-python = ">=3.8"\n', 8),
        ("pyproject.toml", '[tool.poetry.dependencies]\npython = "^3.9"\n', 9),
        ("pyproject.toml", '[tool.poetry.dependencies]\npython = ">=3.8,<3.12"\n', 8),
        ("setup.cfg", "[options]\npython_requires = >=3.10\n", 10),
        ("setup.py", 'setup(python_requires=">3.8")\n', 8),
        ("Pipfile", '[requires]\npython_version = "3.9"\n', 9),
        ("runtime.txt", "python-3.8.10\n", 8),
        (".python-version", "3.11.4\n", 11),
        (".tool-versions", "nodejs 18\npython 3.10.2\n", 10),
        ("Dockerfile", "FROM python:3.8-slim\n", 8),
        ("Dockerfile", "ARG V=3.9\nFROM --platform=linux/amd64 python:${V}-slim AS b\nFROM b\n", 9),
        ("Dockerfile", "FROM ubuntu:20.04\n", 8),
        ("Dockerfile.prod", "FROM nikolaik/python-nodejs:python3.9-nodejs16\n", 9),
        ("docker-compose.yml", 'services:\n  bot:\n    image: "python:3.8"\n', 8),
        ("environment.yml", "dependencies:\n  - python=3.9\n", 9),
        ("pyproject.toml", '[project]\nclassifiers = ["Programming Language :: Python :: 3.9"]\n', 9),
        ("pyproject.toml", '[tool.ruff]\ntarget-version = "py38"\n', 8),
    ],
)  # fmt: skip
def test_the_oldest_python(name: str, text: str, oldest: int) -> None:
    found = environment({name: text})
    assert next(minor for minor in range(5, 14) if found.allows(minor)) == oldest


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("poetry.lock", '[[package]]\nname = "anyio"\nversion = "4.0"\n\n[[package]]\nname = "httpx"\nversion = "0.23.3"\n'),
        ("uv.lock", 'version = 1\r\n\r\n[[package]]\r\nname = "httpx"\r\nversion = "0.23.3"\r\n'),
        ("Pipfile.lock", '{"_meta": {}, "default": {"httpx": {"hashes": ["sha256:1"], "version": "==0.23.3"}}}'),
        ("README.md", "Set it up with `pip install telethon httpx==0.23.3`, then start it.\n"),
        ("host/setup.sh", "python3 -m venv env && env/bin/pip install 'httpx<0.24'\n"),
    ],
)  # fmt: skip
def test_a_release_that_a_lock_or_a_command_holds_back(tmp_path: Path, name: str, text: str) -> None:
    (tmp_path / name).parent.mkdir(exist_ok=True)
    (tmp_path / name).write_bytes(text.encode())
    (tmp_path / "pyproject.toml").write_text('[project]\ndependencies = ["httpx"]\n')
    declared = Declarations.of(Project(Settings(root=tmp_path), [])).at(tmp_path / "bot.py")
    held = declared.keeps_below("httpx", "0.24")
    assert held is not None and held.path == tmp_path / name and declared.keeps_below("httpx", "0.23") is None
    assert declared.oldest("httpx") is None and [route.folder for route in declared.routes] == [tmp_path]


def test_a_lock_that_is_no_lock_holds_nothing(tmp_path: Path) -> None:
    (tmp_path / "Pipfile.lock").write_text('{"default": ["httpx"]}')
    (tmp_path / "poetry.lock").write_text("httpx 0.23\n")
    declared = Declarations.of(Project(Settings(root=tmp_path), [])).at(tmp_path / "bot.py")
    assert declared.keeps_below("httpx", "0.24") is None


def test_what_binds_goes_before_what_tests_run_on() -> None:
    files = {"pyproject.toml": '[project]\nrequires-python = ">=3.9"\n', "tox.ini": "envlist = py38\n"}
    assert environment(files).allows(8) is None


def test_no_version_of_python_is_read_out_of_an_open_one() -> None:
    assert not environment({"Dockerfile": "FROM python:3\nFROM python:3-slim\nFROM python:slim\nFROM alpine\n"}).pythons


#: A file, and what becomes of it as lines of a diff.
ADDED = [
    ("requirements.txt", " telethon\n+aiofiles\n"),
    ("requirements.txt", " # ours\n+aiofiles==23.1\n Pillow==1\n Telethon==1.36  # client\n \n # last\n"),
    ("requirements.txt", " a==1 \\\n   ; python_version > '3'\n+aiofiles>=23.1\n b>=2\n z==1\n"),
    ("requirements.txt", " -r base.txt\n telethon\n+aiofiles\n"),
    ("pyproject.toml", " [project]\n-dependencies = ['telethon']\n+dependencies = ['telethon', 'aiofiles']\n"),
    ("pyproject.toml", ' [project]\n-dependencies = ["b", "z"]\n+dependencies = ["aiofiles", "b", "z"]\n'),
    ("pyproject.toml", ' [project]\n dependencies = [\n   "a>=1",  # [x]\n+  "aiofiles>=23.1",\n ]\n [a]\n'),
    ("pyproject.toml", ' [project]\n dependencies = [\n-  "a"  # b\n+  "a",  # b\n+  "aiofiles"\n ]\n'),
    ("pyproject.toml", ' [project]\n dependencies = [\n-  "a"]\n+  "a",\n+  "aiofiles"]\n'),
    ("pyproject.toml", ' [project]\n name = "b"\n-dependencies = []\n+dependencies = ["aiofiles"]\n'),
    ("pyproject.toml", ' [tool.poetry.dependencies]\n python = "^3.9"\n b = "^1.36"\n+aiofiles = ">=23.1"\n \n [x]\n'),
    ("pyproject.toml", ' [tool.poetry.dependencies]\n a = "*"\n+aiofiles = "*"\n b = "*"\n'),
    ("Pipfile", ' [packages]\n b = "*"\n+aiofiles = "*"\n \n [dev-packages]\n aiofiles = "*"\n'),
    ("setup.cfg", " [options]\n install_requires =\n     telethon\n+    aiofiles\n"),
    ("setup.cfg", " [options]\n install_requires = telethon\n+    aiofiles\n [x]\n"),
    ("setup.py", "-setup(install_requires=['telethon'])\n+setup(install_requires=['telethon', 'aiofiles'])\n"),
    ("setup.py", ' R = [\n     "telethon",\n+    "aiofiles",\n ]\n setup(install_requires=R)\n'),
]
WITH_EXTRA = [
    ("requirements.txt", "-python-telegram-bot==22.1  # PTB\n+python-telegram-bot[rate-limiter]==22.1  # PTB\n"),
    ("requirements.txt", "-Python_Telegram_Bot[job-queue]\n+Python_Telegram_Bot[job-queue,rate-limiter]\n"),
    (
        "pyproject.toml",
        ' [project]\n-dependencies = ["python-telegram-bot"]\n+dependencies = ["python-telegram-bot[rate-limiter]"]\n',
    ),
    (
        "Pipfile",
        ' [packages]\n-python-telegram-bot = "==22"\n'
        '+python-telegram-bot = {version = "==22", extras = ["rate-limiter"]}\n',
    ),
    ("requirements.txt", " httpx\n+python-telegram-bot[rate-limiter]\n"),
]


@pytest.mark.parametrize("newline", ["\n", "\r\n"])
@pytest.mark.parametrize(
    ("name", "diff", "wanted"),
    [
        *((name, diff, "aiofiles") for name, diff in ADDED),
        *((name, diff, "python-telegram-bot[rate-limiter]") for name, diff in WITH_EXTRA),
    ],
)
def test_a_requirement_is_added_as_the_file_is_written(name: str, diff: str, wanted: str, newline: str) -> None:
    lines = diff.splitlines()
    before, after = ("".join(line[1:] + newline for line in lines if line[0] != sign) for sign in "+-")
    assert applied(name, before, wanted) == after
    assert added(ROOT / name, after, wanted) == []


def test_a_bound_that_is_wanted_is_written() -> None:
    assert applied("requirements.txt", "telethon\n", "aiofiles>=0.8") == "telethon\naiofiles>=0.8\n"
    assert applied("requirements.txt", "telethon==1\n", "unheard-of") == "telethon==1\nunheard-of\n"


def test_a_last_line_without_an_end_stays_one() -> None:
    assert applied("requirements.txt", "telethon", "aiofiles") == "telethon\naiofiles"


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("setup.py", "setup(install_requires=read())\n"),
        ("Dockerfile", "FROM python:3.8\n"),
        ("pyproject.toml", "[tool.black]\n"),
        ("Pipfile", '[packages]\npython-telegram-bot = {version = "*", extras = ["job-queue"]}\n'),
    ],
)
def test_what_cannot_be_added_is_not(name: str, text: str) -> None:
    assert added(ROOT / name, text, "python-telegram-bot[rate-limiter]") is None


def applied(name: str, text: str, wanted: str) -> str:
    edits = added(ROOT / name, text, wanted)
    assert edits is not None
    return apply_edits(text, edits, "\n")


def test_a_requirement_knows_its_line() -> None:
    text = '[project]\ndependencies = [\n  "a",\n  "b>=1",\n]\n'
    assert read(ROOT / "pyproject.toml", text).requirements == (
        Requirement("a", ROOT / "pyproject.toml", 3), Requirement("b", ROOT / "pyproject.toml", 4, ">=1"),
    )  # fmt: skip
