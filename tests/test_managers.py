"""Whether a ``with`` block of the project's own manager lets out what is raised in it."""

from __future__ import annotations

import ast

import pytest
from analysis import project

from tgfix.engine.analysis.managers import lets_out

_CLASS = """\
class open_session{bases}:
    def __enter__(self):
        return self

    def __exit__(self, kind, error, trace):
        self.close()
        {answer}
"""
_FUNCTION = """\
from contextlib import contextmanager

@contextmanager
def open_session():
    session = make()
    try:
        yield session
    {behind}
"""


@pytest.mark.parametrize(
    ("text", "lets"),
    [
        (_CLASS.format(bases="", answer="pass"), True),
        (_CLASS.format(bases="", answer="return False"), True),
        (_CLASS.format(bases="", answer="return kind is KeyError"), False),
        (_CLASS.format(bases="(Base)", answer="pass"), False),
        (_CLASS.replace("    def __exit__", "    @quiet\n    def __exit__").format(bases="", answer="pass"), False),
        ("class open_session:\n    def close(self): ...\n", False),
        (_FUNCTION.format(behind="finally:\n        session.close()"), True),
        (_FUNCTION.format(behind="except Exception:\n        session.rollback()\n        raise"), True),
        (_FUNCTION.format(behind="except Exception:\n        session.rollback()"), False),
        (_FUNCTION.format(behind="finally:\n        return"), False),
        (_FUNCTION.replace("@contextmanager", "@manager").format(behind="finally:\n        session.close()"), False),
        (
            f"{_CLASS.format(bases='', answer='pass').replace('open_session', 'Session')}\ndef open_session():\n    return Session()\n",
            True,
        ),
        ("def open_session():\n    return open_session()\n", False),
        ("from sqlalchemy.orm import sessionmaker\nopen_session = sessionmaker(bind=engine)\n", True),
        ("from library import maker\nopen_session = maker(bind=engine)\n", False),
    ],
)
def test_a_manager_lets_out_what_is_raised_where_its_source_shows_it(text: str, lets: bool) -> None:
    of = project(database=text, bot="from database import open_session\n\nwith open_session() as session:\n    pass\n")
    module = next(of.module(path) for path in of.files if path.stem == "bot")
    block = next(module.all(ast.With))
    manager = block.items[0].context_expr
    assert isinstance(manager, ast.Call)
    assert lets_out(module, manager.func) is lets
