"""Random small bots: handlers that touch shared things around a call that blocks."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from textwrap import indent

from hypothesis import strategies as st
from hypothesis.strategies import DrawFn

from .text import SHAPES, Bot, render

#: Expressions that read something shared, and statements that write it; N is a number, V any value.
TOUCHES = (
    ('state["n"]', 'state["n"] = N'), ('state["n"]', 'state["n"] += 1'), ("state.get(WHO, 0)", "state[WHO] = N"),
    ("len(state)", "state[TEXT] = 1"), ("len(items)", "items.append(N)"), ("items[-1]", "items[-1] = N"), ("counter", "counter = N"),
    ("counter", "counter += 1"), ("shop.stock", "shop.stock = N"), ("shop.stock", "shop.take()"), ("len(seen)", "seen.add(TEXT)"),
    ("len(seen)", "seen.discard(TEXT)"), ('BOT_DATA.get("n", 0)', 'BOT_DATA["n"] = N'), ('USER_DATA.get("n", 0)', 'USER_DATA["n"] = N'),
    ('db.execute("SELECT n FROM stock").fetchone()[0]', 'db.execute("UPDATE stock SET n = ?", (N,))\ndb.commit()'),
    ("read_log()", "write_log(V)"), ("read_log()", 'with open("log.txt", "a") as f:\n    f.write(str(V) + "\\n")'),
    ("read_log()", 'with open("log.txt", "w") as f:\n    f.write(str(V) + "\\n")'), ('user_of(WHO)["coins"]', 'user_of(WHO)["coins"] = N'),
    ('state["n"]', "spend(1)"), ("in_stock()", "sell(1)"),
)  # fmt: skip
READS, WRITES = (tuple(pair[side] for pair in TOUCHES) for side in (0, 1))
#: Statements that hold up the event loop; R is the name that takes a result.
BLOCKS = (
    "time.sleep(0.1)", "time.sleep(0.1)", "R = requests.get(URL, timeout=5).text", "R = requests.get(URL, timeout=5).text",
    'requests.post(URL, json={"n": V}, timeout=5)', 'subprocess.run(["uptime"], check=True)',
    'R = subprocess.check_output(["uptime"], text=True)', "R = uptime()", "R = measured()",
)  # fmt: skip
READ_FILES = (
    'with open("rules.txt") as f:\n    R = f.read()', 'R = open("rules.txt").read()', 'with open("log.txt") as f:\n    R = f.read()',
)  # fmt: skip


@dataclass
class Body:
    """A handler's body while it is drawn: how much may still come in it, and the names that have a value."""

    draw: DrawFn
    blocks: int = 2
    waits: int = 2
    names: tuple[str, ...] = ()
    count: int = 0

    def filled(self, text: str) -> str:
        """A statement with values for N and V, mostly of what was read last, and a new name for its result R."""
        if re.search(r"\bN\b", text):
            numbers = [name for name in self.names if name.startswith("n")]
            choices = [f"{numbers[-1]} + 1", numbers[-1], "1"] if numbers else ["1"]
            text = re.sub(r"\bN\b", self.draw(st.sampled_from(choices)), text)
        if re.search(r"\bV\b", text):
            last = self.names[-1] if self.names else "TEXT"
            text = re.sub(r"\bV\b", self.draw(st.sampled_from((last, "TEXT"))), text)
        return re.sub(r"\bR\b", self.named("text"), text) if re.search(r"\bR\b", text) else text

    def named(self, kind: str) -> str:
        self.count += 1
        self.names = (*self.names, f"{kind}{self.count}")
        return self.names[-1]


def statement(body: Body, depth: int = 0) -> str:
    """One statement, or a block of them."""
    kinds = ["read", "write", "write", "local", "check"]
    kinds += ["block", "block"] * (body.blocks > 0) + ["wait", "wait", "print"] * (body.waits > 0)
    kinds += ["across", "across", "lock", "gate", "loop", "shared loop", "finally"] * (depth == 0 and body.blocks > 0)
    return _STATEMENTS[body.draw(st.sampled_from(kinds))](body)


def _block(body: Body) -> str:
    body.blocks -= 1
    return body.filled(body.draw(st.sampled_from(BLOCKS + READ_FILES)))


def _wait(body: Body) -> str:
    body.waits -= 1
    return body.filled(f"await {body.draw(st.sampled_from(('REPLY(V)', 'REPLY(V)', 'SEND(1000, V)')))}")


def _read(body: Body) -> str:
    expression = body.draw(st.sampled_from(READS))
    return f"{body.named('n')} = {expression}"


def _check(body: Body) -> str:
    head = f"if {body.draw(st.sampled_from(READS))} > {body.draw(st.integers(0, 2))}:\n"
    return head + body.draw(st.sampled_from(("    return", '    await REPLY("no")\n    return')))


def _across(body: Body) -> str:
    """Look at something, wait, and change it."""
    read, write = body.draw(st.sampled_from(TOUCHES))
    first = f"{body.named('n')} = {read}" if body.draw(st.booleans()) else f"if {read} > 1:\n    return"
    return "\n".join((first, _block(body), body.filled(write)))


def _inside(body: Body, head: str, tail: str = "") -> str:
    """A block with a call that blocks in it, most often. What is first named inside is not used behind it."""
    names = body.names
    inner = [statement(body, 1) for _ in range(body.draw(st.integers(0, 1)))]
    if body.blocks and body.draw(st.integers(0, 3)):
        inner.insert(body.draw(st.integers(0, len(inner))), _block(body))
    body.names = names
    return head + "\n" + indent("\n".join(inner or ["pass"]), "    ") + tail


def _loop(body: Body) -> str:
    if body.waits < 2:
        return _read(body)
    body.waits, body.blocks = body.waits - 2, body.blocks - 1
    inner = [f"await {body.draw(st.sampled_from(('REPLY(word)', 'SEND(1000, word)')))}", "time.sleep(0.1)"]
    return 'for word in ("a", "b"):\n' + indent("\n".join(body.draw(st.permutations(inner))), "    ")


_STATEMENTS: dict[str, Callable[[Body], str]] = {
    "read": _read,
    "write": lambda body: body.filled(body.draw(st.sampled_from(WRITES))),
    "local": lambda body: f"{body.named('text')} = clean(TEXT)",
    "check": _check,
    "block": _block,
    "wait": _wait,
    "print": lambda body: body.filled("print(V)"),
    "across": _across,
    "lock": lambda body: _inside(body, "with guard:"),
    "gate": lambda body: _inside(body, "async with gate:"),
    "loop": _loop,
    "shared loop": lambda body: _inside(
        body, body.draw(st.sampled_from(("for key in state:", "for key in list(state):")))
    ),
    "finally": lambda body: _inside(body, "seen.add(TEXT)\ntry:", "\nfinally:\n    seen.discard(TEXT)"),
}


@st.composite
def bodies(draw: DrawFn) -> str:
    """The body of a handler: a few statements, some of which hold up the event loop, most often."""
    body = Body(draw)
    statements = [statement(body) for _ in range(draw(st.integers(1, 4)))]
    if body.blocks == 2 and draw(st.integers(0, 4)):
        body.names = ()  # what is named below is not known up here
        statements.insert(draw(st.integers(0, len(statements))), _block(body))
    if body.waits and draw(st.booleans()):
        statements.append(body.filled("await REPLY(V)") if body.count else "await REPLY(TEXT)")
    return "\n".join(statements)


@st.composite
def harmless(draw: DrawFn) -> str:
    """The body of a handler in which nothing shared is touched on one side of the call that blocks, and of which others
    see nothing, or see it in the same order: a rewrite of it is plainly safe.
    """
    body = Body(draw)
    calls = (
        "time.sleep(0.1)",
        "R = requests.get(URL, timeout=5).text",
        'R = subprocess.check_output(["uptime"], text=True)',
    )
    call = body.filled(draw(st.sampled_from(calls)))
    answer = f"await REPLY({body.names[-1] if body.names else 'TEXT'})"
    write = body.filled(draw(st.sampled_from(WRITES[:14])))
    return draw(
        st.sampled_from(
            (
                f"{call}\n{answer}",
                f'await REPLY("wait")\n{call}\n{answer}',
                f'{write}\nawait REPLY("wait")\n{call}\n{answer}',
                f"{write}\n{call}\n{answer}",
                f'for word in ("a", "b"):\n    await REPLY(word)\n    {call}',
                f'lines = [clean(TEXT)]\n{call}\nlines.append("end")\nawait REPLY(lines)',
            )
        )
    )


@st.composite
def bots(draw: DrawFn, body: st.SearchStrategy[str] | None = None) -> Bot:
    """A bot of two or three handlers."""
    shape = draw(st.sampled_from(SHAPES))
    found = draw(st.lists(bodies() if body is None else body, min_size=1, max_size=2))
    methods = draw(st.integers(0, 4)) == 0
    return render(shape, found, methods)
