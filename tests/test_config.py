"""Settings: what is read, what wins, and what a wrong value is told."""

from __future__ import annotations

import pickle
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tgfix.engine.codemod import Codemod
from tgfix.engine.sources.config import Option, Settings, select_codemods
from tgfix.engine.sources.config_file import common_ancestor, find_root, load_settings
from tgfix.engine.sources.git import UsageError
from tgfix.engine.sources.ignore import Patterns


class AsyncSleep(Codemod):
    code = "TGF501"
    name = "async-sleep"
    options = (
        Option("style", str, "plain", "How to write it.", choices=("plain", "anyio")),
        Option("longest", int, 60, "Seconds.", minimum=1),
        Option("in-tests", bool, False, "Whether tests count."),
        Option("factor", float, 1.0, "A factor.", minimum=0),
    )


class ExecutorCall(Codemod):
    code = "TGF502"
    name = "executor-call"


class PooledClient(Codemod):
    code = "TGF201"
    name = "pooled-http-client"


class FloodWait(Codemod):
    code = "TGF401"
    name = "flood-wait"


CODEMODS: list[Codemod] = [PooledClient(), FloodWait(), AsyncSleep(), ExecutorCall()]


@pytest.fixture(autouse=True)
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A repository in which the call is made."""
    (tmp_path / ".git").mkdir()
    monkeypatch.chdir(tmp_path)
    return tmp_path


def load(start: Path | str = ".", config: Path | str | None = None, **overrides: Any) -> Settings:
    return load_settings(Path(start), Path(config) if config else None, CODEMODS, overrides)


def from_toml(text: str, **overrides: Any) -> Settings:
    Path("tgfix.toml").write_text(text)
    return load(**overrides)


def codes(settings: Settings) -> list[str]:
    return [codemod.code for codemod in select_codemods(CODEMODS, settings.select, settings.ignore)]


def select(select: str = "", ignore: str = "") -> list[str]:
    return [c.code for c in select_codemods(CODEMODS, select.split(), ignore.split())]


# Where settings come from


def test_without_configuration_everything_is_selected(project: Path) -> None:
    settings = load()
    assert settings == Settings(project)
    assert codes(settings) == ["TGF201", "TGF401", "TGF501", "TGF502"]


def test_every_key_of_a_pyproject_is_read(project: Path) -> None:
    Path("pyproject.toml").write_text(
        """
        [project]
        name = "bot"
        [tool.tgfix]
        select = ["TGF5", "pooled-http-client"]
        ignore = ["TGF502"]
        exclude = ["old"]
        extend-exclude = ["migrations", "!migrations/env.py"]
        unsafe-fixes = true
        support-module = "_speed"
        [tool.tgfix.per-file-ignores]
        "scripts/*.py" = ["TGF5"]
        [tool.tgfix.async-sleep]
        style = "anyio"
        longest = 5
        in-tests = true
        factor = 2
        """
    )
    assert load() == Settings(
        root=project,
        config_file=project / "pyproject.toml",
        select=("TGF5", "pooled-http-client"),
        ignore=("TGF502",),
        per_file_ignores={"scripts/*.py": ("TGF5",)},
        exclude=("old",),
        extend_exclude=("migrations", "!migrations/env.py"),
        unsafe_fixes=True,
        support_module="_speed",
        options={"async-sleep": {"style": "anyio", "longest": 5, "in-tests": True, "factor": 2}},
    )


def test_a_tgfix_toml_needs_no_table_and_goes_before_a_pyproject(project: Path) -> None:
    Path("pyproject.toml").write_text("[tool.tgfix]\nunsafe-fixes = false\n")
    Path("tgfix.toml").write_text('ignore = ["TGF5"]\n[TGF501]\nlongest = 3\n')
    settings = load()
    assert settings.config_file == project / "tgfix.toml"
    assert (settings.ignore, settings.options) == (("TGF5",), {"async-sleep": {"longest": 3}})


def test_a_tgfix_toml_with_the_table_of_a_pyproject_is_read_too() -> None:
    assert from_toml("[tool.tgfix]\nunsafe-fixes = true\n").unsafe_fixes


def test_the_nearest_configuration_counts_and_its_directory_is_the_root(project: Path) -> None:
    Path("pyproject.toml").write_text("[tool.tgfix]\nunsafe-fixes = true\n")
    inner = project / "bots/one"
    (inner / "deep").mkdir(parents=True)
    (inner / "tgfix.toml").write_text("")
    assert load("bots/one/deep").root == inner
    assert not load("bots/one/deep").unsafe_fixes
    assert load("bots").root == project
    assert load("bots").unsafe_fixes


def test_a_pyproject_that_says_nothing_of_tgfix_is_no_configuration(project: Path) -> None:
    (project / "bot").mkdir()
    (project / "bot/pyproject.toml").write_text("[tool.ruff]\nthis is not even toml\n")
    Path("pyproject.toml").write_text("[tool.tgfix]\nunsafe-fixes = true\n")
    assert load("bot").config_file == project / "pyproject.toml"
    Path("pyproject.toml").write_text("[project]\nname = 'tgfix-user'\n")
    assert load("bot") == Settings(project / "bot"), "the nearest of them is the project"


def test_the_search_ends_at_the_repository(project: Path) -> None:
    Path("tgfix.toml").write_text("unsafe-fixes = true\n")
    (project / "inner/src").mkdir(parents=True)
    (project / "inner/.git").write_text("gitdir: elsewhere\n")
    assert load("inner/src") == Settings(project / "inner")


def test_without_a_repository_the_root_is_the_nearest_pyproject_else_the_directory(tmp_path: Path) -> None:
    (tmp_path / ".git").rmdir()
    (tmp_path / "a/b").mkdir(parents=True)
    assert find_root(Path("a/b")) == tmp_path / "a/b"
    (tmp_path / "a/pyproject.toml").write_text("")
    assert find_root(Path("a/b")) == tmp_path / "a"


def test_a_file_and_a_name_that_does_not_exist_stand_for_their_directory(project: Path) -> None:
    (project / "bot").mkdir()
    (project / "bot/tgfix.toml").write_text("")
    assert load("bot/tgfix.toml").root == load("bot/from_stdin.py").root == project / "bot"


def test_the_common_ancestor_of_paths(project: Path) -> None:
    (project / "a/b").mkdir(parents=True)
    (project / "a/bot.py").write_text("")
    assert common_ancestor([]) == project
    assert common_ancestor([Path("a/bot.py")]) == project / "a"
    assert common_ancestor([Path("a/b"), Path("a/bot.py")]) == project / "a"
    assert common_ancestor([Path("a/b"), Path("a/../a/b/c.py")]) == project / "a/b"
    assert common_ancestor([Path("a"), Path("ab")]) == project


def test_a_named_configuration_takes_the_place_of_the_others(project: Path) -> None:
    Path("tgfix.toml").write_text("unsafe-fixes = true\n")
    (project / "ci").mkdir()
    (project / "ci/strict.toml").write_text('ignore = ["TGF4"]\n')
    settings = load(config="ci/strict.toml")
    assert settings == Settings(project, project / "ci/strict.toml", ignore=("TGF4",))


def test_a_named_configuration_in_a_directory_above_makes_it_the_root(project: Path) -> None:
    (project / "bot").mkdir()
    (project / "bot/tgfix.toml").write_text("")
    Path("pyproject.toml").write_text("[tool.tgfix]\n")
    assert load("bot", config="pyproject.toml").root == project


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("none.toml", None, "--config: none.toml does not exist"),
        (".git", None, "--config: .git is not a file"),
        ("pyproject.toml", "[project]\n", "--config: pyproject.toml has no table [tool.tgfix]"),
        ("pyproject.toml", "[tgfix]\n", "--config: pyproject.toml has no table [tool.tgfix]"),
    ],
)
def test_a_named_configuration_must_be_one(name: str, text: str | None, message: str) -> None:
    if text is not None:
        Path(name).write_text(text)
    with pytest.raises(UsageError) as error:
        load(config=name)
    assert str(error.value) == message


# What a wrong value is told


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("selct = []", "selct: is neither a setting nor a codemod; did you mean 'select'?"),
        ("unsafe_fixes = true", "unsafe_fixes: is neither a setting nor a codemod; did you mean 'unsafe-fixes'?"),
        ("[async-slep]", "async-slep: is neither a setting nor a codemod; did you mean 'async-sleep'?"),
        ("[TGF5011]", "TGF5011: is neither a setting nor a codemod; did you mean 'TGF501'?"),
        (
            "zzz = 1",
            "zzz: is neither a setting nor a codemod; the settings are select, ignore, exclude, extend-exclude, "
            "per-file-ignores, unsafe-fixes, assume, per-file-assume, support-module, cache, codemods, bowler, libcst, baseline, "
            "measure",
        ),
        ('select = "TGF5"', 'select: expected an array of strings, got "TGF5"'),
        ('select = ["TGF5", 4]', "select[1]: expected a string, got 4"),
        ("select = []", "select: selects nothing; leave it out to select every codemod"),
        ('select = ["TGF6"]', "select: 'TGF6' is no code, code prefix or name of a codemod; did you mean 'TGF5'?"),
        (
            'ignore = ["async-sleeps"]',
            "ignore: 'async-sleeps' is no code, code prefix or name of a codemod; did you mean 'async-sleep'?",
        ),
        ('ignore = ["%%"]', "ignore: '%%' is no code, code prefix or name of a codemod; `tgfix list` shows them"),
        ('unsafe-fixes = "yes"', 'unsafe-fixes: expected true or false, got "yes"'),
        ("unsafe-fixes = 1", "unsafe-fixes: expected true or false, got 1"),
        ("support-module = true", "support-module: expected a string, got true"),
        (
            'support-module = "a.b"',
            "support-module: expected the name of a module, such as '_tgfix_support', got 'a.b'",
        ),
        (
            'support-module = "class"',
            "support-module: expected the name of a module, such as '_tgfix_support', got 'class'",
        ),
        ('exclude = "old"', 'exclude: expected an array of strings, got "old"'),
        ('extend-exclude = ["ok", "[a"]', "extend-exclude: '[a' is no pattern that could match anything"),
        ('exclude = [""]', "exclude: '' is no pattern that could match anything"),
        ('per-file-ignores = ["a"]', "per-file-ignores: expected a table, got an array"),
        (
            'per-file-ignores = {"tests/*.py" = "TGF5"}',
            'per-file-ignores."tests/*.py": expected an array of strings, got "TGF5"',
        ),
        (
            'per-file-ignores = {"tests/*.py" = ["TFG5"]}',
            "per-file-ignores.\"tests/*.py\": 'TFG5' is no code, code prefix or name of a codemod; "
            "did you mean 'TGF5'?",
        ),
        ("async-sleep = true", "async-sleep: expected a table of options, got true"),
        ("[async-sleep]\nstil = 'x'", "async-sleep.stil: is no option of this codemod; did you mean 'style'?"),
        (
            "[async-sleep]\nx = 'x'",
            "async-sleep.x: is no option of this codemod; async-sleep has style, longest, in-tests, factor",
        ),
        ("[executor-call]\nx = 1", "executor-call.x: is no option of this codemod; executor-call has none"),
        (
            "[async-sleep]\nstyle = 'anyoi'",
            'async-sleep.style: expected one of "plain", "anyio", got "anyoi"; did you mean \'anyio\'?',
        ),
        ("[TGF501]\nstyle = []", 'TGF501.style: expected one of "plain", "anyio", got an array'),
        ("[TGF501]\nlongest = '5'", 'TGF501.longest: expected an integer, got "5"'),
        ("[TGF501]\nlongest = true", "TGF501.longest: expected an integer, got true"),
        ("[TGF501]\nlongest = 2.5", "TGF501.longest: expected an integer, got 2.5"),
        ("[TGF501]\nlongest = 0", "TGF501.longest: expected an integer of at least 1, got 0"),
        ("[TGF501]\nfactor = -1", "TGF501.factor: expected a number of at least 0, got -1"),
        ("[TGF501]\nin-tests = 2026-01-01", "TGF501.in-tests: expected true or false, got 2026-01-01"),
        ("[TGF501]\n[async-sleep]", "async-sleep: TGF501 and async-sleep are the same codemod; write one table"),
        ("select = ['TGF5'\nx", "line 2, column 1: not valid TOML: Unclosed array"),
        ("\n\nselect = ", "line 3, column 10: not valid TOML: Invalid value"),
        (
            "a = 1\n[tool.tgfix]\nselect = []",
            "a: stands outside of [tool.tgfix]; in a tgfix.toml no table is needed",
        ),
    ],
)
def test_a_wrong_value_is_named_with_file_key_and_what_was_expected(text: str, message: str) -> None:
    with pytest.raises(UsageError) as error:
        from_toml(text + "\n")
    assert str(error.value) == f"tgfix.toml: {message}"


def test_keys_of_a_pyproject_are_named_with_their_table_and_a_distant_file_by_its_whole_path(
    project: Path, monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory
) -> None:
    Path("pyproject.toml").write_text("[tool.tgfix.async-sleep]\nlongest = 0\n")
    with pytest.raises(UsageError, match=r"^pyproject\.toml: tool\.tgfix\.async-sleep\.longest: expected an"):
        load()
    monkeypatch.chdir(tmp_path_factory.mktemp("elsewhere"))
    with pytest.raises(UsageError) as error:
        load(project)
    assert str(error.value).startswith(f"{project / 'pyproject.toml'}: tool.tgfix.async-sleep.longest: ")


def test_a_tool_table_that_is_none_is_named(project: Path) -> None:
    Path("pyproject.toml").write_text("[tool]\ntgfix = true\n")
    with pytest.raises(UsageError, match=r"^pyproject\.toml: tool\.tgfix: expected a table, got true$"):
        load()


def test_a_file_that_is_not_utf8_is_named_with_its_line(project: Path) -> None:
    Path("tgfix.toml").write_bytes(b"# a\n# caf\xe9\n")
    with pytest.raises(UsageError, match=r"^tgfix\.toml: line 2: not valid UTF-8"):
        load()


def test_a_byte_order_mark_is_no_syntax_error(project: Path) -> None:
    Path("tgfix.toml").write_bytes(b"\xef\xbb\xbfunsafe-fixes = true\r\n")
    assert load().unsafe_fixes


# Selecting


@pytest.mark.parametrize(
    ("selected", "ignored", "expected"),
    [
        ("", "", "TGF201 TGF401 TGF501 TGF502"),
        ("ALL", "", "TGF201 TGF401 TGF501 TGF502"),
        ("TGF", "TGF5", "TGF201 TGF401"),
        ("TGF5", "", "TGF501 TGF502"),
        ("tgf5,flood-wait", "", "TGF401 TGF501 TGF502"),
        ("TGF2 TGF4", "", "TGF201 TGF401"),
        ("TGF501", "TGF5", "TGF501"),
        ("async-sleep", "TGF5", "TGF501"),
        ("TGF5", "TGF501", "TGF502"),
        ("TGF5", "async-sleep", "TGF502"),
        ("TGF5", "TGF5", ""),
        ("TGF501", "async-sleep", ""),
        ("", "ALL", ""),
        ("TGF50", "TGF5", "TGF501 TGF502"),
    ],
)
def test_the_more_specific_selector_wins_and_ignore_in_a_tie(selected: str, ignored: str, expected: str) -> None:
    assert select(selected, ignored) == expected.split()


@pytest.mark.parametrize("selector", ["TG", "T", "TGF5010", "TGF6", "async", "sleep", "5"])
def test_a_selector_that_fits_nothing_is_an_error(selector: str) -> None:
    with pytest.raises(UsageError, match=f"^--select: '{selector}' is no code"):
        select(selector)


def test_a_selector_on_the_command_line_gets_the_nearest_spelling() -> None:
    with pytest.raises(UsageError, match=r"^--ignore: 'asynch-sleep' .*; did you mean 'async-sleep'\?$"):
        load(ignore=["TGF4, asynch-sleep"])


def test_select_on_the_command_line_starts_over() -> None:
    assert codes(from_toml('select = ["TGF2"]\nignore = ["TGF501"]', select=["TGF5"])) == ["TGF501", "TGF502"]


def test_ignore_on_the_command_line_takes_away_from_what_the_file_selects() -> None:
    text = 'select = ["TGF2", "TGF501"]\nignore = ["TGF4"]'
    assert codes(from_toml(text, ignore=("TGF5",))) == ["TGF201"]
    assert codes(from_toml(text, ignore=("ALL",))) == []
    assert codes(from_toml("", ignore=("TGF5",))) == ["TGF201", "TGF401"]
    assert codes(from_toml('ignore = ["TGF4"]', ignore=("TGF5",))) == ["TGF201"]


def test_what_the_command_line_does_not_give_changes_nothing() -> None:
    text = 'select = ["TGF5"]\nunsafe-fixes = true'
    assert from_toml(text, select=(), ignore=[], unsafe_fixes=None) == from_toml(text)
    assert not from_toml(text, unsafe_fixes=False).unsafe_fixes
    assert from_toml("", unsafe_fixes=True).unsafe_fixes


@pytest.mark.parametrize("value", ["", " , "])
def test_an_empty_select_is_no_wish_for_everything(value: str) -> None:
    with pytest.raises(UsageError, match=r"^--select is empty"):
        load(select=[value])


# Per-file ignores


@pytest.mark.parametrize(
    ("pattern", "path", "ignored"),
    [
        ("test_*.py", "deep/down/test_bot.py", True),
        ("tests", "tests/unit/a.py", True),
        ("tests/", "x/tests/a.py", True),
        ("/tests/", "x/tests/a.py", False),
        ("scripts/*.py", "scripts/a.py", True),
        ("scripts/*.py", "scripts/deep/a.py", False),
        ("scripts/**/*.py", "scripts/deep/er/a.py", True),
        ("bot.py", "notbot.py", False),
        ("!src/", "src/a.py", False),
        ("!src/", "scripts/a.py", True),
    ],
)
def test_a_per_file_ignore_fits_paths_from_the_root(project: Path, pattern: str, path: str, ignored: bool) -> None:
    settings = Settings(project, per_file_ignores={pattern: ("TGF5", "flood-wait")})
    assert settings.ignores(project / path, "TGF501", "async-sleep") is ignored
    assert settings.ignores(project / path, "TGF401", "flood-wait") is ignored
    assert not settings.ignores(project / path, "TGF201", "pooled-http-client")


def test_a_per_file_ignore_fits_a_file_outside_of_the_root_by_its_name(project: Path) -> None:
    settings = Settings(project, per_file_ignores={"conftest.py": ("ALL",), project.parent.name: ("ALL",)})
    assert settings.ignores(project.parent / "x/conftest.py", "TGF501", "async-sleep")
    assert not settings.ignores(project.parent / "x/bot.py", "TGF501", "async-sleep")


def test_settings_survive_pickling_after_use(project: Path) -> None:
    settings = from_toml('extend-exclude = ["old"]\nper-file-ignores = {"a.py" = ["TGF5"]}')
    assert settings.excludes(project / "old/a.py")
    assert settings.ignores(project / "a.py", "TGF501", "async-sleep")
    copy = pickle.loads(pickle.dumps(settings))
    assert copy == settings
    assert copy.excludes(project / "old/a.py")
    assert copy.ignores(project / "a.py", "TGF501", "async-sleep")


@pytest.mark.parametrize(
    ("pattern", "path", "expected"),
    [
        ("[[:digit:]]*.py", "1a.py", True),
        ("[[:digit:]x]?.py", "xa.py", True),
        ("[!a]b.py", "ab.py", False),
        ("[!a]b.py", "cb.py", True),
        ("a[!b]c.py", "a/c.py", False),
        ("[a-c]x.py", "bx.py", True),
        ("[\\]]x.py", "]x.py", True),
        ("\\!x.py", "!x.py", True),
        ("\\#x.py", "#x.py", True),
        ("a.py", "aXpy", False),
        ("x\\ ", "x ", True),
        ("x ", "x", True),
        ("a?c", "a/c", False),
        ("a/**", "a", False),
        ("a/**", "a/b/c", True),
        ("a/**/c", "a/c", True),
        ("**/c", "c", True),
        ("f(x)|y+.py", "f(x)|y+.py", True),
    ],
)
def test_patterns_are_read_as_git_reads_them(pattern: str, path: str, expected: bool) -> None:
    assert Patterns([pattern], strict=True).match(path) is expected


def test_loading_settings_imports_no_toml_parser_unless_there_is_something_to_parse(project: Path) -> None:
    Path("pyproject.toml").write_text("[project]\nname = 'bot'\n")
    program = (
        "import sys; from pathlib import Path; from tgfix.engine.sources.config_file import load_settings;"
        "load_settings(Path('.'), None, []);"
        "print({'tomllib', 'tomli', 'difflib', 'libcst', 'subprocess'} & set(sys.modules))"
    )
    package_parent = Path(sys.modules["tgfix.engine.sources.config_file"].__file__ or "").parents[2]
    done = subprocess.run(
        [sys.executable, "-c", program], env={"PYTHONPATH": str(package_parent)}, capture_output=True, text=True
    )
    assert (done.stdout, done.stderr) == ("set()\n", "")
