"""Who uses a function or a name of a module: calls, look-ups, and mentions in files of every kind."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from tgfix.engine.analysis.calls.graph import CallGraph
from tgfix.engine.analysis.calls.lookups import may_look_up
from tgfix.engine.analysis.module import Project
from tgfix.engine.analysis.replacing import may_replace
from tgfix.engine.model import Assumption
from tgfix.engine.proofs import callers
from tgfix.engine.sources import mentions
from tgfix.engine.sources.config_file import load_settings

TEXTS = "def rules():\n    return 'be nice'\n"
BOT = "from texts import rules\n\n\nasync def show(event):\n    await event.reply(rules())\n"


def a_project(root: Path, files: Mapping[str, str]) -> Project:
    for name, text in {"texts.py": TEXTS, "bot.py": BOT, **files}.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    settings = load_settings(root, None, ())
    return Project(settings, [root / "bot.py"])


def doubtful(root: Path, files: Mapping[str, str]) -> Path | None:
    """The file that may use `rules` of texts.py by something else than a plain call, or mentions it without being analysed."""
    project = a_project(root, files)
    module = project.module(root / "texts.py")
    function = module.tree.body[0]
    uses = project.fact(CallGraph).uses([(module, function)])[function]  # type: ignore[list-item,index]
    mention = project.mentions.of("rules", project.analysed)
    return mention.path if mention else next((use.module.path for use in uses if use.is_doubtful), None)


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("scripts/cli.py", "from texts import rules\nprint(rules)"),
        ("excluded/cli.py", "import texts\nprint(texts.rules())"),
        ("ignored/cli.py", "import texts\nprint(texts.rules())"),
        ("build/cli.py", "import texts\nprint(texts.rules())"),
        (".github/workflows/ci.yml", "run: python -c 'import texts; texts.rules()'"),
        ("bin/show", "#!/usr/bin/env python3\nimport texts\ntexts.rules()"),
        ("show.ipynb", '{"source": ["import texts\\n", "texts.rules()"]}'),
        ("setup.cfg", "[options.entry_points]\nconsole_scripts =\n  show = texts:rules"),
        ("Dockerfile", 'CMD ["python", "-c", "import texts; texts.rules()"]'),
        ("templates/rules.html", "<p>{{ rules() }}</p>"),
        ("README.md", "Call `rules` of texts."),
        ("broken.py", "from texts import rules\nprint rules()"),
        ("cli.py", "import importlib\nprint(importlib.import_module('texts').rules())"),
        ("cli.py", "import sys\nimport texts\nprint(sys.modules['texts'].rules())"),
        ("cli.py", "print(__import__('texts').rules())"),
        ("cli.py", "import texts\nprint(vars(texts)['rules']())"),
        ("cli.py", "import texts\nprint(getattr(texts, NAME)())"),
        ("jobs.py", "JOBS = ['texts:rules']"),
        ("jobs.py", "scheduler.add_job('texts.rules')"),
        ("test_bot.py", "import bot\n\ndef test(monkeypatch):\n    monkeypatch.setattr(bot, 'rules', print)"),
    ],
)
def test_a_use_of_any_kind_is_seen(path: str, text: str, tmp_path: Path) -> None:
    (tmp_path / ".gitignore").write_text("ignored/\n")
    if "excluded" in path:
        (tmp_path / "tgfix.toml").write_text('exclude = ["excluded"]\n')
    assert doubtful(tmp_path, {path: text}) == tmp_path / path


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("cli.py", "import texts\n\nasync def main():\n    print(texts.rules())"),
        ("README.md", "The rules of this chat."),
        ("venv/pyvenv.cfg", "rules = 1"),
        ("env/pyvenv.cfg", ""),
        ("env/lib/x.py", "import texts\ntexts.rules()"),
        ("node_modules/x.js", "rules()"),
        ("__pycache__/texts.txt", "texts.rules()"),
        ("bot.log", "in rules()\n"),
        ("data.bin", "rules"),
        ("cli.py", "import importlib\nprint(importlib.import_module('plugins').rules())"),
        ("cli.py", "import importlib\nimportlib.import_module(f'plugins.{name}').rules()"),
    ],
)
def test_what_is_no_use_is_none(path: str, text: str, tmp_path: Path) -> None:
    files = {path: text, "env/pyvenv.cfg": ""} if path.startswith("env") else {path: text}
    assert doubtful(tmp_path, files) is None


@pytest.mark.parametrize(
    ("path", "text", "is_taken"),
    [
        ("other.py", "from bot import time", True),
        ("other.py", "import bot as b\nb.time.sleep(5)", True),
        ("other.py", "import bot\nbot.time.sleep(5)", True),
        ("other.py", "from bot import *", True),
        ("test_bot.py", "@patch('bot.time.sleep')\ndef test(): ...", True),
        ("test_bot.py", "import bot\n\ndef test(m):\n    m.setattr(bot, 'time', None)", True),
        ("hidden.ipynb", '"import bot\\nbot.time.sleep"', True),
        ("other.py", "import time\ntime.sleep(5)", False),
        ("other.py", "import bot\nbot.slow(time=5)", False),
        ("README.md", "bot.time", False),
    ],
)
def test_an_import_that_others_take_is_an_assumption(path: str, text: str, is_taken: bool, tmp_path: Path) -> None:
    found = a_project(tmp_path, {"bot.py": "import time\ntime.sleep(5)\n", path: text})
    verdict = callers.not_taken(found.module(tmp_path / "bot.py"), "time")
    assert isinstance(verdict, Assumption) is is_taken


@pytest.mark.parametrize("limit", ["_MOST_FILES", "_MOST_ENTRIES", "_LARGEST_SUM", "_LARGEST_PROGRAM"])
def test_what_is_too_much_to_be_searched_may_mention_it(
    limit: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mentions, limit, 1)
    assert doubtful(tmp_path, {"cli.sh": "echo hello\n", "folder/more.sh": "echo hello\n"}) is not None


@pytest.mark.parametrize("way", ["from menu import law\nlaw()", "import menu\nmenu.law()", "from menu import *\nlaw()"])
def test_a_function_is_used_under_the_name_that_another_file_gives_it(way: str, tmp_path: Path) -> None:
    project = a_project(tmp_path, {"menu.py": "from texts import rules as law\n", "later.py": f"{way}\n"})
    module = project.module(tmp_path / "texts.py")
    function = module.tree.body[0]
    uses = project.fact(CallGraph).uses([(module, function)])[function]  # type: ignore[list-item,index]
    assert [(use.module.path.name, use.is_doubtful) for use in uses] == [("bot.py", False), ("later.py", False)]


@pytest.mark.parametrize(
    ("text", "may"),
    [
        ("getattr(config, 'TOKEN', None)", False),
        ('token = getattr(\n    app.config,\n    "TOKEN"\n)', False),
        ("from .sql.globals import value", False),
        ("TEXT = 'set the vars for this plugin'", False),
        ("getattr(config, NAME)", True),
        ("getattr(config, 'A' + NAME)", True),
        ("getattr(config, 'A' 'B')", True),
        ("getattr(config, f'A{b}')", True),
        ("getattr(config, 'A'); getattr(config, NAME)", True),
        ("look = getattr\nlook(config, NAME)", True),
        ("from builtins import vars as v\nv()[NAME]()", True),
        ("globals()[NAME]()", True),
        ("globals \\\n ()[NAME]()", True),
        ("spec_from_file_location(name, path)", True),
    ],
)
def test_a_file_whose_look_ups_show_their_names_need_not_be_parsed(text: str, may: bool) -> None:
    assert may_look_up(text.encode()) is may


@pytest.mark.parametrize(
    ("text", "parsed"),
    [
        ("def rules():\n    pass\n", False),
        ("class Menu:\n    async def rules(self):\n        pass\n", False),
        ("# no such rule as undef rules(\n", True),
        ("def rules():\n    pass\nJOBS = [rules]\n", True),
        ("JOBS = ['texts:rules']\n", True),
        ("JOBS = ['def rules']\n", True),
        ("def  rules():\n    pass\n", True),
    ],
)
def test_a_file_that_only_defines_a_function_of_this_name_is_not_parsed(
    text: str, parsed: bool, tmp_path: Path
) -> None:
    project = a_project(tmp_path, {"other.py": text})
    module = project.module(tmp_path / "texts.py")
    function = module.tree.body[0]
    project.fact(CallGraph).uses([(module, function)])  # type: ignore[list-item]
    assert project.is_parsed(tmp_path / "other.py") is parsed


@pytest.mark.parametrize(
    ("text", "may"),
    [
        ("from .sql.globals import value", False),
        ("TEXT = 'set the vars of this dispatcher, and execute'", False),
        ("globals()[NAME] = 1", True),
        ("vars \\\n (bot)[NAME] = 1", True),
        ("(locals)().update(x)", True),
        ("setattr(bot, NAME, 1)", True),
        ("sys.modules['bot'] = fake", True),
        ("bot.__dict__[NAME] = 1", True),
    ],
)
def test_a_file_that_only_imports_from_a_module_called_globals_replaces_nothing(text: str, may: bool) -> None:
    assert may_replace(text.encode()) is may
