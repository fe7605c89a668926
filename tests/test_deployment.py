"""Which files a project's packaging and images take, where support code goes accordingly, and that programs start with it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tgfix.engine.analysis.module import Project
from tgfix.engine.model import Assumption, Change, Edit, FileChange, Helper, Import, Proof
from tgfix.engine.proofs.environment import lands_in_deployment
from tgfix.engine.rewriting import support
from tgfix.engine.rewriting.compose import compose, differences
from tgfix.engine.rewriting.location import location
from tgfix.engine.sources.config import Settings
from tgfix.engine.sources.deployment import Deployments
from tgfix.engine.sources.source import SourceFile

ROOT = Path("/project")
NAMED = '[project]\nname = "my-bot"\nversion = "1"\n'


def project(files: dict[str, str] | list[str], root: Path = ROOT) -> Project:
    texts = files if isinstance(files, dict) else dict.fromkeys(files, "")
    sources = {root / name: SourceFile.from_bytes(root / name, text.encode()) for name, text in texts.items()}
    return Project(Settings(root=root), sorted(path for path in sources if path.suffix == ".py"), sources)


def backend(name: str) -> str:
    return f'[build-system]\nrequires = ["{name.partition(".")[0]}"]\nbuild-backend = "{name}"\n'


SETUPTOOLS, HATCH, POETRY = (
    backend("setuptools.build_meta"),
    backend("hatchling.build"),
    backend("poetry.core.masonry.api"),
)
POETRY_NAMED = '[tool.poetry]\nname = "my-bot"\n'
FIND = "from setuptools import find_packages, setup\nsetup(packages=find_packages(exclude=['tests']), py_modules=['bot'])\n"

#: What declares it, the files that are taken, those that are not. As setuptools 65, hatchling 1.33, poetry-core 2.5,
#: flit-core 4.2 and pdm-backend 2.5 build them.
BUILDS = {
    "modules": ({"pyproject.toml": f'{SETUPTOOLS}[tool.setuptools]\npy-modules = ["bot", "a"]\n'}, "bot.py a.py", "b.py"),
    "flat": ({"pyproject.toml": SETUPTOOLS + NAMED}, "my_bot/__init__.py my_bot/sub/x.py", "run.py tests/test_a.py"),
    "src": ({"pyproject.toml": SETUPTOOLS + NAMED}, "src/my_bot/a.py src/mod.py", "scripts/x.py"),
    "single": ({"setup.py": "from setuptools import setup\nsetup()\n"}, "bot.py", "tests/test_a.py"),
    "found": (
        {"pyproject.toml": f'{SETUPTOOLS}[tool.setuptools.packages.find]\nwhere = ["lib"]\nexclude = ["tools*"]\n'},
        "lib/a/__init__.py lib/a/b/c.py",
        "lib/tools/x.py lib/y.py",
    ),
    "found without namespaces": (
        {"pyproject.toml": f'{SETUPTOOLS}[tool.setuptools.packages.find]\ninclude = ["a*"]\nnamespaces = false\n'},
        "a/__init__.py a/d/__init__.py",
        "a/b/c.py",
    ),
    "listed": (
        {"pyproject.toml": f'{SETUPTOOLS}[tool.setuptools]\npackages = ["a"]\npackage-dir = {{ "a" = "code" }}\n'},
        "code/__init__.py",
        "code/b/c.py",
    ),
    "setup.cfg": (
        {
            "setup.py": "from setuptools import setup\nsetup()\n",
            "setup.cfg": "[options]\npackage_dir =\n  =src\npackages = find:\n[options.packages.find]\nwhere = src\n",
        },
        "src/a/__init__.py src/a/x.py",
        "src/y.py",
    ),
    "setup.py": ({"setup.py": FIND}, "a/__init__.py bot.py", "a/b/x.py tests/__init__.py"),
    "setup.py that lists": (
        {"setup.py": "from setuptools import setup\nsetup(packages=['a'], package_dir={'': 'src'})\n"},
        "src/a/__init__.py",
        "src/b.py",
    ),
    "hatch": ({"pyproject.toml": HATCH + NAMED}, "my_bot/__init__.py my_bot/a.py", "run.py"),
    "hatch with packages": (
        {"pyproject.toml": f'{HATCH}{NAMED}[tool.hatch.build.targets.wheel]\npackages = ["src/foo", "bot.py"]\n'},
        "src/foo/x.py bot.py",
        "run.py",
    ),
    "hatch with patterns": (
        {"pyproject.toml": f'{HATCH}{NAMED}[tool.hatch.build.targets.wheel]\ninclude = ["/foo", "/bot*.py"]\n'},
        "foo/x.py bot_a.py",
        "run.py",
    ),
    "hatch without some": (
        {"pyproject.toml": f'{HATCH}{NAMED}[tool.hatch.build.targets.wheel]\ninclude = ["*.py"]\nexclude = ["_*"]\n'},
        "bot.py",
        "_a.py",
    ),
    "poetry": ({"pyproject.toml": POETRY + POETRY_NAMED}, "my_bot/__init__.py my_bot/a.py", "run.py"),
    "poetry with packages": (
        {"pyproject.toml": f'{POETRY_NAMED}packages = [{{include = "foo"}}, {{include = "bar", from = "lib"}}, {{include = "b*.py"}}]\n'},
        "foo/x.py lib/bar/y/z.py bot.py",
        "run.py sub/bot.py",
    ),
    "flit": ({"pyproject.toml": backend("flit_core.buildapi") + NAMED}, "my_bot/a.py", "run.py"),
    "pdm": ({"pyproject.toml": backend("pdm.backend") + NAMED}, "src/my_bot/__init__.py src/my_bot/a.py", "src/b.py"),
    "uv": ({"pyproject.toml": backend("uv_build") + NAMED}, "src/my_bot/a/b.py", "b.py"),
    "image": ({"Dockerfile": "FROM a\nCOPY requirements.txt .\nCOPY bot.py \\\n  handlers/ ./\n"}, "bot.py handlers/a.py", "b.py"),
    "image of a pattern": ({"Dockerfile": 'FROM a\nCOPY ["*.py", "/app/"]\nCOPY --from=x /b /c\n'}, "bot.py a.py", "sub/b.py"),
    "image of everything": ({"docker/bot.Dockerfile": "FROM a\nADD . /app\n"}, "bot.py sub/b.py", ""),
    "script": ({"deploy.sh": "set -e\nscp bot.py handlers user@host:/srv\n"}, "bot.py handlers/a.py", "b.py"),
    "script in a folder": ({"scripts/deploy.sh": "scp ../bot.py ../a.py user@host:/srv\n"}, "bot.py a.py", "b.py"),
    "workflow": ({".github/workflows/a.yml": "run: rsync -av bot.py a.py host:\n"}, "bot.py a.py", "b.py"),
    "mounts": ({"docker-compose.yml": "volumes:\n  - ./bot.py:/app/bot.py\n  - data:/data\n"}, "bot.py", "b.py"),
}  # fmt: skip


@pytest.mark.parametrize("name", BUILDS)
def test_what_is_taken(name: str) -> None:
    declared, taken, left = BUILDS[name]
    within = project({**declared, **dict.fromkeys([*taken.split(), *left.split()], "")})
    (way,) = Deployments.of(within).ways
    assert [path for path in taken.split() if way.takes(ROOT / path) is not True] == []
    assert [path for path in left.split() if way.takes(ROOT / path) is not False] == []


@pytest.mark.parametrize(
    "files",
    [
        {"pyproject.toml": NAMED, "bot.py": ""},
        {"pyproject.toml": "[tool.black]\n", "bot.py": ""},
        {"pyproject.toml": f"{POETRY_NAMED}package-mode = false\n", "my_bot.py": ""},
        {"pyproject.toml": POETRY + POETRY_NAMED, "bot.py": ""},
        {"setup.py": "from setuptools import setup\nsetup()\n", "a/x.py": "", "b/y.py": ""},
        {"Dockerfile": "FROM a\nRUN git clone b\n", "bot.py": ""},
        {"deploy.sh": "ssh host git pull\n", "bot.py": ""},
    ],
)
def test_a_project_that_runs_from_its_folder(files: dict[str, str]) -> None:
    assert not Deployments.of(project(files)).ways


def test_what_a_computed_list_takes_is_not_known() -> None:
    within = project(
        {"setup.py": "from setuptools import setup\nsetup(packages=everything())\n", "a/__init__.py": "", "a/x.py": ""}
    )
    (way,) = Deployments.of(within).ways
    assert way.takes(ROOT / "a" / "x.py") is None
    assert isinstance(lands_in_deployment(within, ROOT / "a" / "new.py", [ROOT / "a" / "x.py"]), Proof)
    assert isinstance(lands_in_deployment(within, ROOT / "new.py", [ROOT / "a" / "x.py"]), Assumption)


@pytest.mark.parametrize(
    ("files", "ignoring"),
    [
        ({"Dockerfile": "FROM a\nCOPY . .\n", ".dockerignore": "*\n!bot*.py\n"}, ".dockerignore"),
        ({"Dockerfile": "FROM a\nCOPY . .\n", "Dockerfile.dockerignore": "*\n!bot*.py\n"}, "Dockerfile.dockerignore"),
        (
            {"docker/Dockerfile": "FROM a\nCOPY . .\n", "docker/Dockerfile.dockerignore": "*\n!bot*.py\n"},
            "docker/Dockerfile.dockerignore",
        ),
        ({"Dockerfile": "FROM a AS b\nCOPY . /b\nFROM a\nCOPY --from=b /b/bot.py /app/\n"}, "Dockerfile"),
        ({"Dockerfile": "FROM a\nCOPY . /b\nRUN mkdir /app \\\n  && cp /b/bot.py /app\n"}, "Dockerfile"),
        ({".gitignore": "_*\n"}, ".gitignore"),
        ({"pyproject.toml": f'{SETUPTOOLS}[tool.setuptools]\npy-modules = ["bot"]\n'}, "pyproject.toml"),
    ],
)
def test_a_new_file_that_is_left_behind(files: dict[str, str], ignoring: str) -> None:
    verdict = lands_in_deployment(project({**files, "bot.py": ""}), ROOT / "_support.py", [ROOT / "bot.py"])
    assert isinstance(verdict, Assumption) and verdict.path == ROOT / ignoring
    assert verdict.sentence.startswith("`_support.py` gets to where ")


@pytest.mark.parametrize(
    ("name", "text", "is_named"),
    [
        ("deploy.sh", "cp [a-z]*.py /srv\n", True),
        ("deploy.sh", "cp {bot,a}.py /srv\n", True),
        ("Makefile", "NAMES = bot a\nall:\n\tfor n in $(NAMES); do cp $$n.py /srv; done\n", True),
        ("deploy.bat", "for %%f in (bot a) do copy %%f.py \\\\host\\srv\n", True),
        ("serverless.yml", "package:\n  patterns:\n    - '!**'\n    - 'bo?.py'\n", True),
        ("deploy.sh", "cp *.py /srv\n", False),
        ("check.sh", "pytest tests/test_*.py; python bot.py\n", False),
    ],
)
def test_a_pattern_that_takes_the_file_and_not_the_new_one(
    name: str, text: str, is_named: bool, tmp_path: Path
) -> None:
    (tmp_path / name).write_text(text)
    verdict = lands_in_deployment(project({"bot.py": ""}, tmp_path), tmp_path / "_support.py", [tmp_path / "bot.py"])
    assert isinstance(verdict, Assumption) is is_named


# Where support code goes

HELPER = Helper("pool", 'def pool():\n    """For tests."""\n    return "pooled"\n')
USES = "\n\ndef used():\n    return f()\n"


def placed(within: Project, name: str) -> str:
    found = location(within.module(within.settings.root / name))
    return "inside" if found is None else f"{found[0].relative_to(within.settings.root).as_posix()} as {found[1]}"


S = "_tgfix_support"
PLACES = {
    "one file": (["bot.py"], {"bot.py": "inside"}),
    "a test that lists the folder": (
        {
            "bot/__init__.py": "",
            "bot/a.py": "import bot.b\n",
            "bot/b.py": "",
            "tests/test_files.py": "import os\n\nassert len([name for name in os.listdir('bot') if name.endswith('.py')]) == 3\n",
        },
        {"bot/a.py": "inside"},
    ),
    "scripts that share": (
        {"bot.py": "import services\n", "services.py": ""},
        {"bot.py": f"{S}.py as {S}", "services.py": f"{S}.py as {S}"},
    ),
    "named modules": (
        {**BUILDS["modules"][0], "bot.py": "import a\n", "a.py": ""},
        {"bot.py": "inside", "a.py": "inside"},
    ),
    "named modules and a package": (
        {"setup.py": FIND, "bot.py": "from a import x\n", "a/__init__.py": "", "a/x.py": "import a.y\n", "a/y.py": ""},
        {"bot.py": f"a/{S}.py as a.{S}", "a/x.py": f"a/{S}.py as a.{S}"},
    ),
    "an image of named files": (
        {"Dockerfile": "FROM a\nCOPY bot.py a.py ./\n", "bot.py": "import a\n", "a.py": ""},
        {"bot.py": "inside", "a.py": "inside"},
    ),
    "an image of everything": (
        {"Dockerfile": "FROM a\nCOPY . .\n", "bot.py": "import a\n", "a.py": ""},
        {"bot.py": f"{S}.py as {S}"},
    ),
    "an image of a folder": (
        {"Dockerfile": "FROM a\nCOPY bot.py ./\nCOPY h ./h\n", "bot.py": "import h.a\nimport h.b\n", "h/a.py": "", "h/b.py": ""},
        {"bot.py": f"h/{S}.py as h.{S}", "h/a.py": f"h/{S}.py as h.{S}"},
    ),
    "src and absolute imports": (
        {"src/my/__init__.py": "", "src/my/__main__.py": "from my.h.a import x\n", "src/my/h/a.py": ""},
        {"src/my/__main__.py": f"src/my/{S}.py as my.{S}", "src/my/h/a.py": f"src/my/{S}.py as my.{S}"},
    ),
    "src and relative imports": (
        {"src/my/__init__.py": "", "src/my/bot.py": "from .h.a import x\n", "src/my/h/__init__.py": "", "src/my/h/a.py": ""},
        {"src/my/bot.py": f"src/my/{S}.py as .{S}", "src/my/h/a.py": f"src/my/{S}.py as ..{S}"},
    ),
    "two bots": (
        {"a/main.py": "import s\n", "a/s.py": "", "b/main.py": "import s\n", "b/s.py": ""},
        {"a/s.py": f"a/{S}.py as {S}", "b/main.py": f"b/{S}.py as {S}"},
    ),
    "plugins by path": (
        {"main.py": "import importlib.util\nimportlib.util.spec_from_file_location('a', 'p/a.py')\n", "p/a.py": "", "p/__init__.py": ""},
        {"p/a.py": "inside"},
    ),
    "plugins of which the text is run": (
        {"main.py": "for path in paths('*.py'):\n    code = open(path).read()\n    exec(code, {})\n", "p/a.py": "", "p/__init__.py": ""},
        {"p/a.py": "inside"},
    ),
    "plugins by name, no package": (
        {"main.py": "import importlib\nimportlib.import_module('p.a')\n", "p/a.py": "", "p/b.py": "import os\n"},
        {"p/a.py": "inside"},
    ),
    "plugins by name": (
        {"main.py": "import importlib\nimportlib.import_module('p.a')\n", "p/__init__.py": "", "p/a.py": ""},
        {"p/a.py": f"p/{S}.py as .{S}"},
    ),
    "plugins of which all are loaded": (
        {
            "bot.py": "import p\nif __name__ == '__main__':\n    main()\n", "p/a.py": "from . import b\n", "p/b.py": "",
            "p/__init__.py": "import glob\n__all__ = [f[:-3] for f in glob.glob('p/*.py')]\nfrom . import *\n",
        },
        {"p/a.py": "inside", "bot.py": f"{S}.py as {S}"},
    ),
    "an image of everything beside a package": (
        {"Dockerfile": "FROM a\nCOPY . .\n", "main.py": "from db import a\nimport gui\n", "gui.py": "from db import a\n", "db/a.py": ""},
        {"main.py": f"{S}.py as {S}", "gui.py": f"{S}.py as {S}", "db/a.py": f"db/{S}.py as db.{S}"},
    ),
    "packages with relative imports beside scripts": (
        {
            "bot.py": "from a import x\nfrom b import z\n", "a/__init__.py": "", "a/x.py": "from . import y\n", "a/y.py": "",
            "b/__init__.py": "", "b/z.py": "",
        },
        {"bot.py": f"{S}.py as {S}", "a/x.py": f"a/{S}.py as .{S}", "a/y.py": f"a/{S}.py as .{S}", "b/z.py": f"b/{S}.py as b.{S}"},
    ),
    "plugins elsewhere": (
        {
            "bot.py": "import services.a\nimport loader\n", "services/__init__.py": "", "services/a.py": "",
            "d/x.py": "import services.a\n",
            "loader.py": "import importlib, glob\nfor f in glob.glob('plugins/*.py'):\n    importlib.import_module(f)\n",
            "plugins/__init__.py": "", "plugins/p.py": "import services.a\n", "plugins/q.py": "",
        },
        {"services/a.py": f"services/{S}.py as services.{S}", "plugins/p.py": "inside", "plugins/q.py": "inside"},
    ),
    "plugins below the program": (
        {
            "my/__main__.py": "from my import load\nload.all()\n", "my/__init__.py": "", "my/h/a.py": "from my import c\n", "my/c.py": "",
            "my/load.py": "import importlib, os\ndef all():\n    [importlib.import_module(f) for f in os.listdir('my/h')]\n",
        },
        {"my/h/a.py": f"my/{S}.py as my.{S}"},
    ),
    "a package with a module of its own name": (
        {
            "my/__main__.py": "from my import client\n", "my/__init__.py": "from my.my import client\n", "my/my.py": "client = 1\n",
            "my/h/a.py": "from my import client\nfrom my.h.b import c\n", "my/h/b.py": "from my import client\nc = 1\n",
        },
        {"my/h/a.py": f"my/{S}.py as my.{S}", "my/h/b.py": f"my/{S}.py as my.{S}"},
    ),
    "a name that two folders have": (
        {"main.py": "import h.a\n", "my.py": "", "h/my.py": "", "h/a.py": "import my\n"},
        {"h/a.py": f"h/{S}.py as h.{S}"},
    ),
    "a path of the program's own": (
        {"common/db.py": "", "alpha/main.py": "import sys\nsys.path.append('common')\nimport db\n", "alpha/x.py": ""},
        {"common/db.py": "inside"},
    ),
    "imported from two roots": (
        {"src/a.py": "", "src/main.py": "import a\n", "run.py": "import src.a\n"},
        {"src/a.py": "inside", "src/main.py": f"src/{S}.py as {S}"},
    ),
    "tests import it otherwise": (
        {"src/a.py": "", "src/main.py": "import a\n", "tests/test_a.py": "import src.a\n"},
        {"src/a.py": f"src/{S}.py as {S}"},
    ),
    "a package that a script loads by another path": (
        {"run.py": "import h.a\n", "h/__init__.py": "", "h/a.py": "", "tools/x.py": "import sys\nsys.path.append('h')\nimport a\n"},
        {"run.py": f"{S}.py as {S}", "h/a.py": "inside"},
    ),
    "two names for one module": (
        {"h/__init__.py": "", "h/a.py": "try:\n    from . import b\nexcept ImportError:\n    import b\n", "h/b.py": ""},
        {"h/a.py": "inside"},
    ),
    "two names for a module that imports nothing": (
        {"h/__init__.py": "", "h/run.py": "try:\n    from .a import b\nexcept ImportError:\n    from a import b\n", "h/a.py": "b = 1\n"},
        {"h/a.py": "inside"},
    ),
    "one program takes a module out of its package, one from beside it": (
        {"h/__init__.py": "", "run.py": "from h.a import b\n", "h/run.py": "from a import b\n", "h/a.py": "b = 1\n"},
        {"h/a.py": "inside"},
    ),
    "a part that is started as well": (
        {"run.py": "import h.a\n", "h/a.py": "if __name__ == '__main__':\n    print()\n", "h/b.py": ""},
        {"h/a.py": "inside"},
    ),
    "folders that know nothing of what is beside them": (
        {"app/__main__.py": "from h.a import x\n", "h/a.py": "from h.b import y\n", "h/b.py": "", "c.py": ""},
        {"app/__main__.py": "inside", "h/a.py": f"h/{S}.py as h.{S}"},
    ),
    "scripts beside packages": (
        {"app/main.py": "from h import a\nfrom u import b\n", "app/h/__init__.py": "", "app/h/a.py": "", "app/u/b.py": ""},
        {"app/main.py": f"app/{S}.py as {S}", "app/h/a.py": f"app/h/{S}.py as h.{S}", "app/u/b.py": f"app/u/{S}.py as u.{S}"},
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", PLACES)
def test_where_the_support_module_goes(name: str) -> None:
    files, expected = PLACES[name]
    assert {path: placed(project(files), path) for path in expected} == expected


RUNS = [
    (
        {
            "my/__main__.py": "from my.a import used\nprint(used())\n", "my/__init__.py": "from my.my import client\n",
            "my/my.py": "client = 1\n", "my/a.py": "from my import client\n" + USES,
        },
        [["-m", "my"]],
    ),
    ({"bot.py": "from a import used\nprint(used())\n", "a.py": USES}, [["bot.py"]]),
    (
        {
            "src/my/__init__.py": "", "src/my/__main__.py": "from my.h.a import used\nprint(used())\n",
            "src/my/h/__init__.py": "", "src/my/h/a.py": USES,
        },
        [["-m", "my"], ["src/my/__main__.py"]],
    ),
    (
        {
            "src/my/__init__.py": "", "src/my/bot.py": "from .a import used\nprint(used())\n",
            "src/my/a.py": "from . import x" + USES, "src/my/x.py": "",
        },
        [["-m", "my.bot"]],
    ),
    ({"src/my/bot.py": "from a import used\nprint(used())\n", "src/my/a.py": USES, "src/my/__init__.py": ""}, [["src/my/bot.py"]]),
    (
        {
            "main.py": "import importlib.util as i\nspec = i.spec_from_file_location('a', 'p/a.py')\nm = i.module_from_spec(spec)\n"
            "spec.loader.exec_module(m)\nprint(m.used())\n",
            "p/__init__.py": "", "p/a.py": USES,
        },
        [["main.py"]],
    ),
    ({"main.py": "import importlib\nprint(importlib.import_module('p.a').used())\n", "p/a.py": USES}, [["main.py"]]),
    ({"main.py": "import importlib\nprint(importlib.import_module('p.a').used())\n", "p/a.py": USES, "p/__init__.py": ""}, [["main.py"]]),
    ({"app/main.py": "from h import a\nprint(a.used())\n", "app/h/__init__.py": "", "app/h/a.py": USES}, [["app/main.py"]]),
]  # fmt: skip


@pytest.mark.parametrize(("files", "commands"), RUNS)
def test_a_program_starts_with_its_support_module(
    files: dict[str, str], commands: list[list[str]], tmp_path: Path
) -> None:
    within = project(files, tmp_path)
    changes = []
    for path in within.requested:
        module = within.module(path)
        if "return f()" in module.text:
            placement = support.place(module, HELPER)
            assert not isinstance(placement, str)
            start = module.text.index("f()")
            edits = (Edit(start, start + 3, f"{placement.name}()"),)
            parts = (FileChange(path, edits, placement.imports, placement.helpers), *placement.others)
            changes.append(Change("Pool it", "It is for a test.", (), parts))
    after = compose(within, changes)
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    for result in differences(within, after, {part.path for change in changes for part in change.files}):
        result.path.write_bytes(result.after)
    for command in commands:
        run = subprocess.run(
            [sys.executable, *command],
            cwd=tmp_path,
            capture_output=True,
            text=True,
            check=False,
            env={"PYTHONPATH": "src"},
        )
        assert run.stdout == "pooled\n", run.stderr


def test_a_support_module_that_is_there_is_used_where_it_is() -> None:
    files = {"bot.py": "import a\nfrom _tgfix_support import pool\n", "a.py": "", "_tgfix_support.py": HELPER.source}
    assert placed(project(files), "a.py") == f"{S}.py as {S}"
    assert support.place(project(files).module(ROOT / "a.py"), HELPER) == support.Placement(
        "pool", (Import(S, "pool"),), (), (FileChange(ROOT / f"{S}.py", helpers=(HELPER,)),)
    )


def test_a_support_module_that_imports_the_bot_may_not_be_there_yet() -> None:
    files = {"bot.py": "import a\n", "a.py": "", "_tgfix_support.py": "import a\n\n\ndef go():\n    return a\n"}
    reason = support.place(project(files).module(ROOT / "a.py"), HELPER)
    assert isinstance(reason, str) and "imports other files of the project" in reason
