"""What is found out once for each state of a project, however many ask."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar, cast

from .module import Module, Project

Find = TypeVar("Find", bound=Callable[..., Any])


def asked_once(find: Find) -> Find:
    """Keep the answers of a function about a file or a project for as long as the texts of the project stay.

    Its first argument is the `Module` or the `Project`; what it is asked besides has to be hashable. Where that is nothing, and of a
    project, `Project.fact` does the same.
    """

    def answers(_: Project) -> dict[tuple[Any, ...], Any]:
        return {}

    @wraps(find)
    def asked(of: Module | Project, *more: Any, **named: Any) -> Any:
        project = of if isinstance(of, Project) else of.project
        known, question = project.fact(answers), (of, *more, *named.items())
        if question not in known:
            known[question] = find(of, *more, **named)
        return known[question]

    return cast(Find, asked)
