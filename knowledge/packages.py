"""Packages by name: what an import of that name means, whatever files the project has."""

from __future__ import annotations

import sys

from .blocking import FUNCTIONS, LIBRARIES

#: What a name means before a file of the project in a package does.
BEFORE_FILES = sys.stdlib_module_names | LIBRARIES | {name.partition(".")[0] for name in FUNCTIONS}
