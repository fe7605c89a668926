"""Which files a call means: judged by real git repositories, and the walk by what git says of the same tree."""

from __future__ import annotations

import os
import random
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tgfix.engine.sources.config import Settings
from tgfix.engine.sources.discover import Discovery, discover
from tgfix.engine.sources.git import UsageError


@pytest.fixture(autouse=True)
def git_without_user_configuration(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", os.devnull)
    monkeypatch.setenv("GIT_CONFIG_NOSYSTEM", "1")


@pytest.fixture
def repo(tmp_path: Path) -> Path:
    git(tmp_path, "init", "-q")
    return tmp_path


@pytest.fixture
def no_git(monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory) -> None:
    monkeypatch.setenv("PATH", str(tmp_path_factory.mktemp("bin")))


def git(directory: Path, *arguments: str) -> None:
    identity = ("-c", "user.name=a", "-c", "user.email=a@b", "-c", "protocol.file.allow=always")
    subprocess.run(["git", *identity, *arguments], cwd=directory, check=True, capture_output=True)


def write(root: Path, *files: str, **contents: str) -> None:
    for name in files:
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("")
    for name, text in contents.items():
        (root / name).write_text(text)


def ignore(root: Path, *lines: str) -> None:
    root.mkdir(parents=True, exist_ok=True)
    (root / ".gitignore").write_text("\n".join(lines) + "\n")


def search(root: Path, *paths: Path, **settings: Any) -> Discovery:
    return discover(paths or [root], Settings(root=root, **settings))


def names(root: Path, *paths: Path, **settings: Any) -> list[str]:
    return [path.relative_to(root).as_posix() for path in search(root, *paths, **settings).files]


# In a repository


def test_tracked_and_new_files_are_found_and_ignored_ones_are_not(repo: Path) -> None:
    write(repo, "tracked.py", "new.py", "window.pyw", "notes.txt", "secret.py", "data/x.py")
    ignore(repo, "secret.py", "data/")
    git(repo, "add", "tracked.py")
    assert names(repo) == ["new.py", "tracked.py", "window.pyw"]


def test_a_subdirectory_is_searched_by_the_rules_of_its_repository(repo: Path) -> None:
    write(repo, "top.py", "bot/a.py", "bot/generated.py", "bot/deep/b.py")
    ignore(repo, "generated.py")
    assert names(repo, repo / "bot") == ["bot/a.py", "bot/deep/b.py"]


def test_a_tracked_file_counts_although_an_ignore_rule_fits_it(repo: Path) -> None:
    write(repo, "kept.py")
    ignore(repo, "*.py")
    git(repo, "add", "-f", "kept.py")
    assert names(repo) == ["kept.py"]


def test_a_tracked_file_that_was_deleted_is_dropped(repo: Path) -> None:
    write(repo, "here.py", "gone.py")
    git(repo, "add", "-A")
    (repo / "gone.py").unlink()
    assert names(repo) == ["here.py"]


def test_a_file_in_an_unresolved_merge_counts_once(repo: Path) -> None:
    write(repo, **{"bot.py": "a = 1\n"})
    git(repo, "add", "-A")
    git(repo, "commit", "-qm", "base")
    git(repo, "checkout", "-qb", "other")
    write(repo, **{"bot.py": "a = 2\n"})
    git(repo, "commit", "-qam", "other")
    git(repo, "checkout", "-q", "-")
    write(repo, **{"bot.py": "a = 3\n"})
    git(repo, "commit", "-qam", "mine")
    with pytest.raises(subprocess.CalledProcessError):
        git(repo, "merge", "-q", "other")
    assert names(repo) == ["bot.py"]


def test_the_environment_of_a_git_hook_does_not_mislead(
    repo: Path, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(repo, "bot/a.py", "bot/ignored.py")
    ignore(repo, "ignored.py")
    monkeypatch.setenv("GIT_DIR", str(tmp_path_factory.mktemp("other") / ".git"))
    monkeypatch.setenv("GIT_INDEX_FILE", ".git/index")
    monkeypatch.setenv("GIT_PREFIX", "bot/")
    assert names(repo, repo / "bot") == ["bot/a.py"]


def test_names_with_newlines_spaces_and_broken_utf8_are_found(repo: Path) -> None:
    odd = [b"a b.py", b"line\nbreak.py", b"caf\xe9.py", "наш_бот.py".encode()]
    for name in odd:
        (repo / os.fsdecode(name)).write_text("")
    git(repo, "add", os.fsdecode(odd[2]))
    assert {os.fsencode(path.name) for path in search(repo).files} == set(odd)


def test_a_nested_repository_is_named_and_not_searched(repo: Path) -> None:
    write(repo, "bot.py", "vendor/lib/x.py")
    git(repo / "vendor/lib", "init", "-q")
    git(repo / "vendor/lib", "add", "-A")
    git(repo / "vendor/lib", "commit", "-qm", "x")
    result = search(repo)
    assert [p.name for p in result.files] == ["bot.py"]
    assert [(p.path, p.fatal) for p in result.problems] == [(repo / "vendor/lib", False)]
    assert "repository of its own" in result.problems[0].message
    assert names(repo, repo / "vendor/lib") == ["vendor/lib/x.py"]
    assert search(repo, extend_exclude=("vendor",)).problems == ()


def test_a_submodule_is_named_and_not_searched(repo: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    library = tmp_path_factory.mktemp("library")
    git(library, "init", "-q")
    write(library, "x.py")
    git(library, "add", "-A")
    git(library, "commit", "-qm", "x")
    git(repo, "submodule", "--quiet", "add", str(library), "library")
    result = search(repo)
    assert result.files == ()
    assert [p.path for p in result.problems] == [repo / "library"]


def test_a_directory_that_git_ignores_is_searched_when_it_is_named(repo: Path) -> None:
    write(repo, "bot.py", "scratch/try.py", "scratch/deep/more.py", "scratch/deep/own.py")
    ignore(repo, "scratch/")
    ignore(repo / "scratch/deep", "own.py")
    assert names(repo) == ["bot.py"]
    assert names(repo, repo / "scratch") == ["scratch/deep/more.py", "scratch/try.py"]
    assert names(repo, repo / "scratch/deep") == ["scratch/deep/more.py"]


def count_git(monkeypatch: pytest.MonkeyPatch, directory: Path) -> Path:
    """Put a `git` first on the PATH that notes each call and then is git."""
    log = directory / "calls"
    log.write_text("")
    wrapper = directory / "git"
    wrapper.write_text(f'#!/bin/sh\necho x >> "{log}"\nexec "{shutil.which("git")}" "$@"\n')
    wrapper.chmod(0o755)
    monkeypatch.setenv("PATH", f"{directory}{os.pathsep}{os.environ['PATH']}")
    return log


def test_git_is_asked_once_for_a_directory_and_never_for_files(
    repo: Path, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(repo, *(f"bot/m{n}.py" for n in range(50)))
    log = count_git(monkeypatch, tmp_path_factory.mktemp("bin"))
    assert len(names(repo, *sorted((repo / "bot").iterdir()))) == 50
    assert log.read_text() == ""
    assert len(names(repo)) == 50
    assert log.read_text() == "x\n"


def test_git_is_not_asked_outside_of_a_repository(
    tmp_path: Path, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(tmp_path, "bot.py")
    log = count_git(monkeypatch, tmp_path_factory.mktemp("bin"))
    assert names(tmp_path) == ["bot.py"]
    assert log.read_text() == ""


# Where git cannot say


def test_without_git_installed_the_ignore_files_still_hold(repo: Path, no_git: None) -> None:
    write(repo, "bot.py", "a/b.py", "a/generated.py", "a/deep/generated.py", "local.py")
    ignore(repo, "generated.py")
    ignore(repo / "a/deep", "!generated.py")
    (repo / ".git/info").mkdir(exist_ok=True)
    (repo / ".git/info/exclude").write_text("local.py\n")
    assert names(repo) == ["a/b.py", "a/deep/generated.py", "bot.py"]
    assert names(repo, repo / "a") == ["a/b.py", "a/deep/generated.py"]


def test_a_repository_of_another_owner_that_git_refuses_is_walked(repo: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(repo, "bot.py", "ignored.py")
    ignore(repo, "ignored.py")
    monkeypatch.setenv("GIT_TEST_ASSUME_DIFFERENT_OWNER", "1")
    refused = subprocess.run(["git", "ls-files"], cwd=repo, capture_output=True, text=True)
    assert "dubious ownership" in refused.stderr
    assert names(repo) == ["bot.py"]


def test_a_damaged_repository_is_walked(tmp_path: Path) -> None:
    write(tmp_path, "bot.py", ".git/HEAD")
    assert names(tmp_path) == ["bot.py"]


def test_a_nested_repository_is_named_also_where_git_is_missing(repo: Path, no_git: None) -> None:
    write(repo, "bot.py", "lib/x.py", "lib/.git/HEAD")
    result = search(repo)
    assert [p.name for p in result.files] == ["bot.py"]
    assert [p.path for p in result.problems] == [repo / "lib"]


def test_outside_of_a_repository_nested_ignore_files_and_negations_hold(tmp_path: Path) -> None:
    write(tmp_path, "bot.py", "out/x.py", "out/keep.py", "a/x_gen.py", "a/b/x_gen.py", "a/only/y.py", "b/only/y.py")
    ignore(tmp_path, "out/*", "!out/keep.py", "*_gen.py")
    ignore(tmp_path / "a", "/only/", "!/b/x_gen.py")
    assert names(tmp_path) == ["a/b/x_gen.py", "b/only/y.py", "bot.py", "out/keep.py"]


def test_an_ignore_file_with_crlf_and_a_byte_order_mark_is_read(tmp_path: Path) -> None:
    write(tmp_path, "bot.py", "a.py", "b.py")
    (tmp_path / ".gitignore").write_bytes(b"\xef\xbb\xbfa.py\r\nb.py\r\n")
    assert names(tmp_path) == ["bot.py"]


def test_a_directory_of_repositories_is_searched(tmp_path: Path) -> None:
    write(tmp_path, "one/bot.py", "one/.git/HEAD", "two/bot.py", "two/.git/HEAD")
    assert names(tmp_path) == ["one/bot.py", "two/bot.py"]


RULES = (
    "*.py", "!keep.py", "gen/", "/gen", "pkg/*.py", "a/**/b", "**/x", "!a/", "foo", "b/*", "!b/x/", "/a/b/", "!x.py",
    "# c", "a/*/x.py", " ", "g?n", "[ab]", "\\#x", "*", "!*/", "!*.py", "a b.py ", "k*p.py", "a/**", "**/b/", "b/**/",
    "[!a]", "[a-c]/", "[[:alpha:]]", "*/", "/*", "!/a", "a/*", "[]x]", "[a", "\\", "[z-a]", "[x-]*", "pkg/**/*.py",
    "/", "!", "..", "a//b", "**a", "***", "x/***/a", "foo\\ ",
)  # fmt: skip


def grow(root: Path, choose: random.Random) -> list[Path]:
    """A tree of directories, files and ignore files."""
    directories = [root]
    for _ in range(12):
        directories.append(choose.choice(directories) / choose.choice(["a", "b", "gen", "pkg", "x", "foo"]))
    for directory in sorted({*directories}):
        directory.mkdir(parents=True, exist_ok=True)
        write(directory, *(n for n in ("x.py", "keep.py", "a.py", "a b.py") if choose.random() < 0.5))
        if directory == root or choose.random() < 0.4:
            ignore(directory, *choose.choices(RULES, k=choose.randint(1, 4)))
    return directories


@pytest.mark.parametrize("seed", range(24))
def test_the_walk_finds_what_git_lists(seed: int, repo: Path, request: pytest.FixtureRequest) -> None:
    choose = random.Random(seed)
    bases = [repo, choose.choice(grow(repo, choose))]
    listed = [names(repo, base) for base in bases]
    request.getfixturevalue("no_git")
    assert [names(repo, base) for base in bases] == listed


# Exclusions


COMMON = ("venv/a.py", "node_modules/gyp/a.py", "build/lib/a.py", "x/__pycache__/a.py", ".tox/py/a.py", ".tgfix/a.py")


@pytest.mark.parametrize("in_git", [True, False])
def test_other_peoples_code_is_not_searched_even_when_it_is_committed(tmp_path: Path, in_git: bool) -> None:
    environments = ("env/lib/a.py", "env/pyvenv.cfg", "my-bot/lib/a.py", "my-bot/pyvenv.cfg")
    write(tmp_path, "bot.py", *COMMON, *environments, "x/env/a.py")
    if in_git:
        git(tmp_path, "init", "-q")
        git(tmp_path, "add", "-f", ".")
    assert names(tmp_path) == ["bot.py", "x/env/a.py"]


@pytest.mark.parametrize("in_git", [True, False])
def test_exclude_takes_the_place_of_the_defaults_but_for_environments(tmp_path: Path, in_git: bool) -> None:
    write(tmp_path, "bot.py", "old/a.py", *COMMON, "e/a.py", "e/pyvenv.cfg")
    if in_git:
        git(tmp_path, "init", "-q")
    found = names(tmp_path, exclude=("old",))
    assert found == [
        ".tox/py/a.py", "bot.py", "build/lib/a.py", "node_modules/gyp/a.py", "venv/a.py", "x/__pycache__/a.py",
    ]  # fmt: skip


@pytest.mark.parametrize("in_git", [True, False])
def test_extend_exclude_holds_for_files_directories_and_paths_from_the_root(tmp_path: Path, in_git: bool) -> None:
    write(tmp_path, "bot.py", "gen_a.py", "x/gen_b.py", "migrations/a.py", "x/migrations/a.py", "one/two/a.py")
    write(tmp_path, "x/one/two/a.py")
    if in_git:
        git(tmp_path, "init", "-q")
    patterns = ("gen_*.py", "migrations/", "./one/two")
    assert names(tmp_path, extend_exclude=patterns) == ["bot.py", "x/one/two/a.py"]
    assert names(tmp_path, tmp_path / "x", extend_exclude=patterns) == ["x/one/two/a.py"]


@pytest.mark.parametrize("in_git", [True, False])
def test_a_later_pattern_brings_back_a_file_but_not_out_of_an_excluded_directory(tmp_path: Path, in_git: bool) -> None:
    write(tmp_path, "a_gen.py", "b_gen.py", "out/keep.py")
    if in_git:
        git(tmp_path, "init", "-q")
    assert names(tmp_path, extend_exclude=("*_gen.py", "!b_gen.py", "out", "!out/keep.py")) == ["b_gen.py"]


def test_a_named_file_is_taken_whatever_its_suffix_and_wherever_it_stands(repo: Path) -> None:
    write(repo, "script", "venv/a.py", "ignored.py")
    ignore(repo, "ignored.py")
    files = [repo / name for name in ("script", "venv/a.py", "ignored.py")]
    assert names(repo, *files) == ["ignored.py", "script", "venv/a.py"]


def test_a_named_file_that_is_excluded_is_left_out(tmp_path: Path) -> None:
    write(tmp_path, "bot.py", "migrations/a.py", "old.py")
    files = [tmp_path / name for name in ("bot.py", "migrations/a.py", "old.py")]
    assert names(tmp_path, *files, extend_exclude=("migrations",), exclude=("old.py",)) == ["bot.py"]


def test_a_file_outside_of_the_root_is_excluded_by_its_name_only(tmp_path: Path) -> None:
    write(tmp_path, "gen/bot.py", "gen/old.py", "root/bot.py")
    files = [tmp_path / "gen/bot.py", tmp_path / "gen/old.py"]
    found = search(tmp_path / "root", *files, extend_exclude=("gen", "old.py"))
    assert found.files == (tmp_path / "gen/bot.py",)


# Links


@pytest.mark.parametrize("in_git", [True, False])
def test_linked_directories_are_not_followed_and_a_linked_file_counts_once(tmp_path: Path, in_git: bool) -> None:
    write(tmp_path, "real/bot.py", "real/m.py")
    (tmp_path / "link").symlink_to("real")
    (tmp_path / "loop").symlink_to(".")
    (tmp_path / "alias.py").symlink_to("real/bot.py")
    (tmp_path / "directory.py").symlink_to("real")
    (tmp_path / "broken.py").symlink_to("nowhere.py")
    (tmp_path / "self.py").symlink_to("self.py")
    if in_git:
        git(tmp_path, "init", "-q")
        git(tmp_path, "add", "-A")
    assert names(tmp_path) == ["real/bot.py", "real/m.py"]


def test_a_tracked_directory_that_became_a_link_is_not_followed(repo: Path) -> None:
    write(repo, "bots/bot.py", ".hidden/bot.py")
    ignore(repo, ".hidden")
    git(repo, "add", "-A")
    shutil.rmtree(repo / "bots")
    (repo / "bots").symlink_to(".hidden")
    assert names(repo) == []


def test_a_file_that_only_a_link_reaches_is_found_under_the_link(tmp_path: Path) -> None:
    write(tmp_path, "shared/bot.py")
    (tmp_path / "bots").mkdir()
    (tmp_path / "bots/mine.py").symlink_to("../shared/bot.py")
    assert names(tmp_path, tmp_path / "bots") == ["bots/mine.py"]


def test_a_linked_directory_that_is_named_is_searched_and_its_files_count_once(tmp_path: Path) -> None:
    write(tmp_path, "real/bot.py")
    (tmp_path / "link").symlink_to("real")
    assert names(tmp_path, tmp_path / "link") == ["link/bot.py"]
    assert names(tmp_path, tmp_path / "link", tmp_path / "real/bot.py", tmp_path) == ["real/bot.py"]


# Calls


def test_paths_are_absolute_and_in_the_order_of_paths(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path, "a/z.py", "a-b/y.py", "a.py", "B.py")
    monkeypatch.chdir(tmp_path)
    files = discover([Path("a/../a"), Path()], Settings(root=tmp_path)).files
    assert list(files) == sorted(tmp_path / name for name in ("a/z.py", "a-b/y.py", "a.py", "B.py"))
    assert all(path.is_absolute() for path in files)


def test_a_directory_without_python_gives_nothing(tmp_path: Path) -> None:
    write(tmp_path, "readme.md", "a/x.txt")
    assert search(tmp_path) == Discovery(())


def test_a_missing_path_is_an_error_that_names_its_neighbour(tmp_path: Path) -> None:
    write(tmp_path, "bot.py")
    with pytest.raises(UsageError, match=r"bto\.py does not exist; did you mean 'bot\.py'\?$"):
        search(tmp_path, tmp_path / "bto.py")
    with pytest.raises(UsageError, match=r"does not exist$"):
        search(tmp_path, tmp_path / "bot.py/x")


def test_a_pipe_is_refused_before_anybody_waits_for_it(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.py")
    assert names(tmp_path) == []
    with pytest.raises(UsageError, match="neither a file nor a directory"):
        search(tmp_path, tmp_path / "pipe.py")


@pytest.fixture
def as_nobody() -> Iterator[Path]:
    """A directory of its own, entered as a user who may not read everything."""
    directory = Path(tempfile.mkdtemp())
    directory.chmod(0o777)
    root = os.geteuid() == 0
    if root:
        os.seteuid(65534)
    try:
        yield directory
    finally:
        if root:
            os.seteuid(0)
        for path in directory.rglob("*"):
            path.chmod(0o755)
        shutil.rmtree(directory)


def test_a_directory_that_may_not_be_read_is_named_and_the_rest_is_found(as_nobody: Path) -> None:
    write(as_nobody, "bot.py", "pgdata/x.py")
    (as_nobody / "pgdata").chmod(0)
    result = search(as_nobody)
    assert [path.name for path in result.files] == ["bot.py"]
    assert [(p.path, p.fatal) for p in result.problems] == [(as_nobody / "pgdata", False)]
    assert "cannot be read" in result.problems[0].message
