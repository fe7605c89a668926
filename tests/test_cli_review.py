"""`tgfix apply --interactive` in a pseudo-terminal: every key, every way out, every kind of terminal."""

from __future__ import annotations

import json
import os
import re
import signal
import stat
import sys
import termios
import time
from collections.abc import Iterator
from pathlib import Path

import pexpect
import pytest
from command import environment, program, tgfix, tree
from reviewing import BOT, WORDS, install_codemods, write_bot

from tgfix.engine.run.journal import Journal

ARGS = ("apply", "--interactive", "--select", "TGF501,TGF991,TGF992")
QUESTION = r"(\d+)/(\d+) \[(safe|unsafe)\] ([^\r\n]*): apply\? \(y/n, \? lists the keys\)(?:\x1b\[[\d;]*m)*\s"
ESCAPES = re.compile(r"\x1b\[[\d;]*[A-Za-z]")
#: Its changes by number: 1, 3, 4 sleep(1) in remind · 2 loud · 5 to 8 the nested old() · 9 sleep(3), unsafe · 10 loud · 11
#: sleep(2) in words.py


@pytest.fixture
def bot(tmp_path: Path) -> Path:
    """A directory with the bot."""
    directory = tmp_path / "bot"
    directory.mkdir()
    write_bot(directory)
    return directory


class Terminal:
    """A review in a pseudo-terminal."""

    def __init__(self, bot: Path, *args: str, size: tuple[int, int] = (24, 80), **env: str) -> None:
        self.bot = bot
        self.seen = self.raw = ""
        given = environment(**{"NO_COLOR": "1", "PYTHONPATH": install_codemods(bot.parent), **env})
        name, *words = program(given)
        self.child = pexpect.spawn(
            name, [*words, *(args or ARGS)], cwd=str(bot), env=given, dimensions=size, encoding="utf-8", timeout=10
        )
        self.child.delaybeforesend = None

    def asked(self) -> tuple[int, str]:
        """Wait for the question; the number and the title of the change."""
        self.child.expect(QUESTION)
        self.raw = self.child.before + self.child.after
        self.seen = ESCAPES.sub("", self.raw)
        return int(self.child.match[1]), self.child.match[4]

    def press(self, keys: str) -> tuple[int, str]:
        """Press keys, one for each question; what the last question asks about."""
        answer = (0, "")
        for key in keys:
            self.child.send(key)
            answer = self.asked()
        return answer

    def enter(self, key: str, text: str, question: str) -> tuple[int, str]:
        """Press a key that asks for a line, and enter the line."""
        self.child.send(key)
        self.child.expect_exact(question)
        listed = self.child.before
        self.child.sendline(text)
        answer = self.asked()
        self.seen = listed + self.seen
        return answer

    def end(self, keys: str = "") -> tuple[int, str]:
        """Press the last keys; the exit code and the last words."""
        self.child.send(keys)
        self.child.expect(pexpect.EOF)
        self.child.close()
        return self.child.exitstatus, re.sub(r"\s+", " ", self.child.before)

    @property
    def text(self) -> str:
        """The bot as it is on disk."""
        return (self.bot / "bot.py").read_text()


@pytest.fixture
def terminal(bot: Path) -> Iterator[Terminal]:
    """A review that asks its first question."""
    running = Terminal(bot)
    assert running.asked() == (1, "Await asyncio.sleep()")
    yield running
    if not running.child.closed:
        running.child.close(force=True)


def answers(bot: Path) -> list[tuple[str, int]]:
    """What is remembered."""
    file = bot / ".tgfix" / "decisions.json"
    return [(d["answer"], d["line"]) for d in json.loads(file.read_text())["decisions"]] if file.exists() else []


def test_a_change_is_shown_with_place_codemod_safety_why_and_diff(terminal: Terminal) -> None:
    shown = terminal.seen
    assert "1 of 11  bot.py:9:5  TGF501 async-sleep  [safe]" in shown
    assert "time.sleep() stops the whole bot for 1 second" in shown
    assert re.search(r" 9-    time.sleep\(1\)  # first", shown) and re.search(
        r"10\+    await asyncio.sleep\(1\)", shown
    )


def test_y_applies_at_once(terminal: Terminal) -> None:
    assert terminal.press("y") == (2, "Shout")
    assert "await asyncio.sleep(1)  # first" in terminal.text and answers(terminal.bot) == [("accepted", 9)]
    assert "applied: bot.py" in terminal.seen


def test_n_refuses_for_good(terminal: Terminal) -> None:
    assert terminal.press("n") == (2, "Shout")
    assert terminal.text == BOT and answers(terminal.bot) == [("refused", 9)]
    assert "1 refused" in terminal.end("q")[1]
    again = Terminal(terminal.bot)
    assert again.asked() == (1, "Shout") and "1 of 10" in again.seen
    assert "1 refused earlier" in again.end("q")[1]
    applied = tgfix("apply", *ARGS[2:], cwd=terminal.bot, PYTHONPATH=install_codemods(terminal.bot.parent))
    assert applied.code == 0 and "time.sleep(1)  # first" in terminal.text and "1 refused earlier" in applied.err


def test_a_applies_the_safe_rest_of_the_file(terminal: Terminal) -> None:
    number, _ = terminal.press("a")
    assert number == 9 and "[unsafe]" in terminal.seen, "what needs an eye is not accepted unseen"
    assert terminal.text.count("await asyncio.sleep(1)") == 3 and "time.sleep(3)" in terminal.text


def test_a_on_an_unsafe_change_applies_unsafe_ones_too(terminal: Terminal) -> None:
    terminal.enter("g", "9", "go to which number?")
    terminal.press("a")
    assert "await asyncio.sleep(3)" in terminal.text and "shout(str(batch))" in terminal.text


def test_d_refuses_the_rest_of_the_file(terminal: Terminal) -> None:
    assert terminal.press("yd")[0] == 11
    assert (
        terminal.text.count("asyncio.sleep") == 1 and len([a for a, _ in answers(terminal.bot) if a == "refused"]) == 9
    )


def test_capital_a_applies_all_of_the_codemod_in_all_files_but_no_unsafe_one(terminal: Terminal) -> None:
    assert terminal.press("A") == (2, "Shout")
    assert terminal.text.count("await asyncio.sleep(1)") == 3 and "time.sleep(3)" in terminal.text
    assert b"await asyncio.sleep(2)\r\n" in tree(terminal.bot)["words.py"]
    assert "applied 4 changes: bot.py, words.py" in terminal.seen


def test_capital_d_refuses_all_of_the_codemod(terminal: Terminal) -> None:
    assert terminal.press("D") == (2, "Shout")
    assert terminal.text == BOT and len(answers(terminal.bot)) == 5


def test_u_undoes_the_last_decision_and_shows_it_again(terminal: Terminal) -> None:
    assert terminal.press("yyu") == (2, "Shout")
    assert "await asyncio.sleep(1)  # first" in terminal.text and "_support.py" not in tree(terminal.bot)
    assert terminal.press("u")[0] == 1 and terminal.text == BOT and answers(terminal.bot) == []
    terminal.press("u")
    assert "Not undone: there is no decision to undo." in terminal.seen
    assert terminal.press("nu") == (1, "Await asyncio.sleep()") and answers(terminal.bot) == []
    assert terminal.press("Au") == (1, "Await asyncio.sleep()") and terminal.text == BOT


def test_j_and_k_move_without_deciding(terminal: Terminal) -> None:
    assert [terminal.press(key)[0] for key in "jjkk"] == [2, 3, 2, 1]
    terminal.press("k")
    assert "no undecided change before" in terminal.seen
    terminal.child.send("\x1b[B")
    assert terminal.asked()[0] == 2, "arrow down"
    terminal.enter("g", "11", "go to which number?")
    terminal.press("j")
    assert "no undecided change behind" in terminal.seen
    assert terminal.press("y")[0] == 1, "from the end it goes on with what was left undecided"
    assert "1 of 11 changes applied, 10 undecided" in terminal.end("q")[1]


def test_g_lists_the_changes_and_goes_to_one(terminal: Terminal) -> None:
    terminal.press("yn")
    assert terminal.enter("g", "10", "go to which number?")[0] == 10
    listed = re.sub(r"\r", "", terminal.seen)
    assert re.search(r"^y +1  bot.py:9  TGF501 \[safe\] Await", listed, re.MULTILINE)
    assert re.search(r"^n +2  bot.py:11  TGF991", listed, re.MULTILINE)
    assert re.search(r"^ > +3  bot.py:15  TGF501", listed, re.MULTILINE)
    terminal.enter("g", "1", "go to which number?")
    assert "applied already" in terminal.seen
    for wrong in ("12", "x", ""):
        terminal.enter("g", wrong, "go to which number?")
        assert "is no number from 1 to 11" in terminal.seen
    assert terminal.enter("g", "2", "go to which number?")[0] == 2 and "refused" in terminal.seen
    terminal.press("y")
    assert 'shout("tea")' in terminal.text, "a refused one can be accepted after all"


def test_slash_searches_titles_paths_and_code(terminal: Terminal) -> None:
    assert terminal.enter("/", r"sleep\(3", "search for?")[0] == 9
    assert terminal.enter("/", "WORDS", "search for?")[0] == 11
    assert terminal.enter("/", "shout", "search for?")[0] == 2, "from the end it goes on at the beginning"
    terminal.enter("/", "nowhere", "search for?")
    assert "No other undecided change matches nowhere" in terminal.seen
    terminal.enter("/", "(", "search for?")
    assert "is no regular expression" in terminal.seen
    assert terminal.enter("/", "", "search for?")[0] == 2


def test_f_filters_by_codemod_file_and_safety(terminal: Terminal) -> None:
    ask = "nothing for all):"
    assert terminal.enter("f", "TGF991", ask)[0] == 2 and "2 undecided changes with TGF991" in terminal.seen
    assert terminal.press("j")[0] == 10
    assert terminal.enter("f", "words", ask)[0] == 11
    assert terminal.enter("f", "unsafe async-sleep", ask)[0] == 9
    terminal.enter("f", "nothing-such", ask)
    assert "No undecided change fits that" in terminal.seen
    terminal.press("y")
    assert "taken off" in terminal.seen and "await asyncio.sleep(3)" in terminal.text
    assert "11 undecided" not in terminal.end("q")[1]


def test_x_explains_the_codemod(terminal: Terminal) -> None:
    assert terminal.press("x")[0] == 1
    assert (
        "TGF501 async-sleep" in terminal.seen
        and "Why it is slow" in terminal.seen
        and "When it is safe" in terminal.seen
    )


def editor(directory: Path, script: str) -> str:
    """An $EDITOR that runs a Python script over the file it is given."""
    program = directory / "editor"
    program.write_text(f"#!{sys.executable}\nimport sys\nfile = sys.argv[-1]\ntext = open(file).read()\n{script}\n")
    program.chmod(program.stat().st_mode | stat.S_IXUSR)
    return str(program)


def test_e_edits_the_result_which_is_verified_before_it_is_applied(bot: Path) -> None:
    script = 'open(file, "w").write(text.replace("sleep(1)  #", "sleep(0.5)  #"))'
    terminal = Terminal(bot, EDITOR=editor(bot.parent, script))
    terminal.asked()
    assert terminal.press("e")[0] == 2
    assert "applied as edited" in terminal.seen and "    await asyncio.sleep(0.5)  # first" in terminal.text
    terminal.press("u")
    assert terminal.text == BOT
    terminal.end("q")


def test_e_takes_no_result_that_is_no_program_and_goes_on_editing_it(bot: Path) -> None:
    first, second = 'text.replace("sleep(1)  #", "sleep(1  #")', 'text.replace("sleep(1  #", "sleep(7)  #")'
    script = f'open(file, "w").write({second} if "sleep(1  #" in text else {first})'
    terminal = Terminal(bot, EDITOR=editor(bot.parent, script))
    terminal.asked()
    assert terminal.press("e")[0] == 1
    assert "Not applied: it is not taken, because the result would not be a program" in re.sub(
        r"\s+", " ", terminal.seen
    )
    assert terminal.text == BOT
    terminal.press("e")
    assert "await asyncio.sleep(7)  # first" in terminal.text
    terminal.end("q")


@pytest.mark.parametrize(
    ("script", "said"),
    [("", "Nothing is edited"), ("sys.exit(3)", "ended with code 3"), (None, "cannot be started")],
)
def test_e_with_an_editor_that_does_nothing_or_fails(bot: Path, script: str | None, said: str) -> None:
    terminal = Terminal(bot, EDITOR="/no/such/editor" if script is None else editor(bot.parent, script))
    terminal.asked()
    assert terminal.press("e")[0] == 1 and said in terminal.seen and terminal.text == BOT
    terminal.end("q")


def test_s_leaves_the_file_undecided_and_goes_on_behind_it(terminal: Terminal) -> None:
    assert terminal.press("s")[0] == 11
    code, last = terminal.end("y")
    assert code == 0 and "1 of 11 changes applied, 10 undecided" in last and answers(terminal.bot) == [("accepted", 16)]


def test_v_shows_the_whole_function(terminal: Terminal) -> None:
    terminal.enter("g", "9", "go to which number?")
    assert terminal.press("v")[0] == 9
    shown = terminal.seen.replace("\r", "").partition("bot.py, flush")[2]
    assert "async def flush(event):" in shown and "async def nested" not in shown
    assert re.search(r"(29|30) +await event.reply\(loud\(str\(batch\)\)\)", shown)


def test_tab_switches_to_the_other_form(terminal: Terminal) -> None:
    terminal.press("\t")
    assert "only one form" in terminal.seen
    assert terminal.enter("g", "5", "go to which number?") == (5, "Call new()")
    assert "form 2/2 (Tab)" in terminal.seen and "new(old(old(1)), old(2))" in terminal.seen
    assert terminal.press("\t") == (5, "Call newer()") and "[unsafe]" in terminal.seen
    terminal.press("y")
    assert "newer(old(old(1)), old(2))" in terminal.text


def test_changes_in_the_same_lines_are_shown_afresh(terminal: Terminal) -> None:
    terminal.enter("g", "6", "go to which number?")
    terminal.press("yk")
    assert "shown afresh" in terminal.seen and "new(new(old(1)), old(2))" in terminal.seen


def test_question_mark_lists_every_key_and_p_and_enter_print_again(terminal: Terminal) -> None:
    terminal.press("?")
    for key in ("y", "n", "a", "d", "A", "D", "u", "j", "k", "s", "g", "/", "f", "Tab", "e", "v", "x", "p", "q"):
        assert re.search(rf"^ *{re.escape(key)}  \w", terminal.seen.replace("\r", ""), re.MULTILINE), key
    assert "1 of 11" not in terminal.seen
    for key in "p\r":
        terminal.press(key)
        assert "1 of 11  bot.py:9:5" in terminal.seen
    terminal.press("z")
    assert "means nothing here" in terminal.seen


# Ways out


def test_q_keeps_what_was_accepted_and_says_so(terminal: Terminal) -> None:
    terminal.press("y")
    code, last = terminal.end("q")
    assert code == 0 and "1 of 11 changes applied, 10 undecided" in last and "`tgfix undo` takes it back" in last
    assert "asyncio.sleep(1)  # first" in terminal.text
    assert tgfix("undo", cwd=terminal.bot).code == 0
    assert terminal.text == BOT and tree(terminal.bot)["words.py"] == WORDS.replace("\n", "\r\n").encode()


def test_the_end_of_input_is_like_q(terminal: Terminal) -> None:
    while termios.tcgetattr(terminal.child.child_fd)[3] & termios.ICANON:
        time.sleep(0.01)  # until keys are taken singly: it would be the end of a line before
    code, last = terminal.end("\x04")
    assert code == 0 and "0 of 11 changes applied, 11 undecided" in last


@pytest.mark.parametrize("how", ["key", signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_an_interrupt_keeps_what_was_accepted_and_says_so(terminal: Terminal, how: object) -> None:
    terminal.press("yy")
    if how == "key":
        code, last = terminal.end("\x03")
    else:
        assert isinstance(how, int)
        terminal.child.kill(how)
        code, last = terminal.end()
    assert code == 130 and "interrupted: 2 of 11 changes applied, 9 undecided" in last
    assert "asyncio.sleep(1)  # first" in terminal.text and 'shout("tea")' in terminal.text
    assert len(Journal(terminal.bot).runs()) == 1


def test_a_closed_terminal_keeps_what_was_accepted(bot: Path) -> None:
    terminal = Terminal(bot, PYTHONUTF8="1")  # an interpreter of its own, which the terminal itself hangs up on
    terminal.asked()
    terminal.press("yy")
    os.close(terminal.child.child_fd)
    terminal.child.closed = True
    pid, status = os.waitpid(terminal.child.pid, 0)
    assert pid and os.WIFEXITED(status) and os.WEXITSTATUS(status) in (0, 130)
    assert "asyncio.sleep(1)  # first" in terminal.text and answers(terminal.bot) == [("accepted", 9), ("accepted", 11)]


def test_killed_between_two_decisions_nothing_is_lost(terminal: Terminal) -> None:
    terminal.press("ynu")
    terminal.child.kill(signal.SIGKILL)
    terminal.child.expect(pexpect.EOF)
    assert "asyncio.sleep(1)  # first" in terminal.text and answers(terminal.bot) == [("accepted", 9)]
    assert tgfix("undo", cwd=terminal.bot).code == 0 and terminal.text == BOT


def test_the_terminal_is_left_as_it_was(bot: Path) -> None:
    shell = pexpect.spawn(
        "/bin/sh", cwd=str(bot), env=environment(PYTHONPATH=install_codemods(bot.parent)), encoding="utf-8"
    )
    shell.sendline("stty -a | tr '\\n' ' '; echo; echo before")
    shell.expect_exact("\r\nbefore")
    before = re.findall(r"-?(?:icanon|echo|isig)\b", shell.before)
    shell.sendline(f"{sys.executable} -m tgfix {' '.join(ARGS)}")
    shell.expect_exact("lists the keys)")
    shell.sendintr()
    shell.expect_exact("undecided")
    shell.sendline("stty -a | tr '\\n' ' '; echo; echo after")
    shell.expect_exact("\r\nafter")
    assert re.findall(r"-?(?:icanon|echo|isig)\b", shell.before)[-3:] == before[-3:] and before
    shell.close(force=True)


# Terminals


def test_a_wide_terminal_shows_old_and_new_side_by_side(bot: Path) -> None:
    terminal = Terminal(bot, size=(40, 140))
    terminal.asked()
    assert re.search(r" 9-    time.sleep\(1\)  # first +│ 10\+    await asyncio.sleep\(1\)  # first", terminal.seen)
    terminal.end("q")


def test_no_line_is_wider_than_a_narrow_terminal(bot: Path) -> None:
    terminal = Terminal(bot, size=(24, 80))
    terminal.asked()
    terminal.press("?x")
    terminal.press("jjj")
    assert max(len(line) for line in terminal.seen.replace("\r", "").split("\n")) <= 80
    terminal.end("q")


def test_colours_mark_the_words_that_differ(bot: Path) -> None:
    terminal = Terminal(bot, NO_COLOR="", COLORTERM="truecolor")
    terminal.asked()
    assert "\x1b[1;37;48;2;139;26;26mtime\x1b[0m" in terminal.raw
    terminal.end("q")


def test_without_colours_there_are_none_and_the_words_are_underlined(terminal: Terminal) -> None:
    assert not re.search(r"\x1b\[[\d;]*3\d[;m]", terminal.raw) and "\x1b[1;4mtime\x1b[0m" in terminal.raw


def test_a_dumb_terminal_is_asked_line_by_line(bot: Path) -> None:
    terminal = Terminal(bot, TERM="dumb")
    assert terminal.asked()[0] == 1 and "\x1b" not in terminal.raw
    terminal.child.sendline("y")
    assert terminal.asked() == (2, "Shout") and "asyncio.sleep(1)  # first" in terminal.text
    terminal.child.sendline("g")
    terminal.child.expect_exact("go to which number?")
    terminal.child.sendline("5")
    assert terminal.asked() == (5, "Call new()")
    terminal.child.sendline("tab")
    assert terminal.asked() == (5, "Call newer()")
    terminal.child.sendline("")
    assert terminal.asked() == (5, "Call newer()")
    assert "\x1b" not in terminal.raw
    terminal.child.sendline("q")
    code, last = terminal.end()
    assert code == 0 and "1 of 11 changes applied" in last


def test_a_terminal_that_knows_only_ascii(bot: Path) -> None:
    (bot / "bot.py").write_text(BOT.replace("# first", "# pause \u043f"))
    terminal = Terminal(bot, size=(40, 140), PYTHONIOENCODING="ascii")
    terminal.asked()
    assert "# pause \\u043f" in terminal.seen and " | " in terminal.seen
    terminal.end("q")


def test_control_characters_of_a_source_file_stay_visible(bot: Path) -> None:
    (bot / "bot.py").write_text(BOT.replace("# first", "# \x1b[2Jfirst\x07"))
    terminal = Terminal(bot)
    terminal.asked()
    assert "\x1b[2J" not in terminal.raw and "\x07" not in terminal.raw and "\u241b[2Jfirst\u2407" in terminal.seen
    terminal.end("q")


def test_without_a_terminal_it_says_what_to_do(bot: Path) -> None:
    result = tgfix("apply", "-i", cwd=bot)
    assert result.code == 2 and "needs a terminal" in result.error and "report --html" in result.error


@pytest.mark.parametrize("option", ["--dry-run", "--format=json", "--quiet", "--output=x", "-"])
def test_options_that_make_no_sense_are_refused(bot: Path, option: str) -> None:
    result = tgfix("apply", "-i", option, cwd=bot)
    assert result.code == 2 and "--interactive" in result.error and tree(bot)["bot.py"] == BOT.encode()


def test_nothing_to_decide(tmp_path: Path) -> None:
    (tmp_path / "bot").mkdir()
    (tmp_path / "bot" / "bot.py").write_text("print()\n")
    code, last = Terminal(tmp_path / "bot").end()
    assert code == 0 and "nothing to decide; 1 file examined" in last
    assert sorted(os.listdir(tmp_path / "bot")) == [".tgfix_cache", "bot.py"]


def test_a_read_only_file_is_an_error_and_the_others_are_written(bot: Path) -> None:
    (bot / "bot.py").chmod(0o444)
    terminal = Terminal(bot)
    terminal.asked()
    assert terminal.press("y")[0] == 1 and "bot.py: is read-only" in terminal.seen and not answers(bot)
    terminal.enter("g", "11", "go to which number?")
    terminal.press("y")
    code, last = terminal.end("q")
    assert code == 2 and "1 of 11 changes applied" in last and b"await asyncio.sleep(2)" in tree(bot)["words.py"]


def test_a_file_changed_meanwhile_is_read_afresh(terminal: Terminal) -> None:
    (terminal.bot / "bot.py").write_text(BOT.replace("# first", "# mine"))
    assert terminal.press("y")[0] == 1
    assert "has changed on disk" in re.sub(r"\s+", " ", terminal.seen) and "# mine" in terminal.seen
    terminal.press("y")
    assert "await asyncio.sleep(1)  # mine" in terminal.text
    assert terminal.end("q")[0] == 0
