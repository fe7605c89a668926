"""Whether what a rewrite needs is there where the bot runs: packages, a version of Python, a new file.

**Packages.** Proved where every way in which the project is installed asks for the package at run time (no extra, no group,
a marker that holds everywhere), or where the file that needs it finds it loaded already: a plain ``import`` at the top level
of the file itself, of what it imports so, or of every program that may come to it. ``try: import aiofiles`` proves nothing.
Else the change adds the requirement to the files that declare them, and it stays an assumption: the owner has to install it.

**Python.** Proved where the declared range begins high enough (requires-python and its kin, the container's image, the
version manager's file), or where the code that is loaded asks for as much by its syntax and imports. Where nothing is
declared and nothing hints at an old interpreter, Python 3.9 is taken for granted, whose own end of life was in October 2025
(https://devguide.python.org/versions/); for anything newer it is an assumption.

**Files.** Proved where each package, image or script that takes the files which import the new one takes it, too.

A codemod does not ask for these: what its change needs is read off the change itself, its imports, its new text and its new
files (`surroundings`). It asks for a package only to choose between two forms.
"""

from __future__ import annotations

from .change import surroundings
from .deployment import lands_in_deployment
from .interpreter import needs_python
from .packages import Needed, needs_package

__all__ = ["Needed", "lands_in_deployment", "needs_package", "needs_python", "surroundings"]
