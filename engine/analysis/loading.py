"""What shows in a text that it lists folders of modules, or loads or runs files of Python by their paths or names."""

from __future__ import annotations

import re

#: What lists the files of a folder, and what loads a module by a computed name: together they load whatever is there.
LISTING = tuple("glob rglob iglob listdir scandir iterdir walk iter_modules walk_packages".split())
OF_MODULES = re.compile(rb"\.py\b|__file__|__path__|iter_modules|walk_packages")
LOADS_BY_NAME = re.compile(rb"\b(?:import_module|__import__|exec_module|load_module|iter_modules|walk_packages)\b")
LOADS = re.compile(rb"%b|\b__all__\b" % LOADS_BY_NAME.pattern)
DEEP = re.compile(rb"\brglob\b|\bos\.walk\b|\*\*|\bwalk_packages\b")
#: One of these words stands in every text that matches `BY_PATH` or `runs_files`.
LOADING_BY_PATH = tuple("spec_from_file_location SourceFileLoader run_path load_source execfile exec".split())
BY_PATH = re.compile(
    rb"\b(?:spec_from_file_location|SourceFileLoader|run_path|load_source|execfile)\b|\bexec\(\s*compile\("
)
#: A file that names one of Python's and runs a text that is not written out: ``exec(open("plugins/a.py").read(), names)``.
_EXECUTES = re.compile(rb"\bexec\(\s*(?![frbuFRBU]{0,2}[\"'])")
_OF_PYTHON = re.compile(rb"\.py\b")


def runs_files(data: bytes) -> bool:
    """Whether a text may run files of Python by ``exec``, so that what they define lands in a dictionary."""
    return _EXECUTES.search(data) is not None and _OF_PYTHON.search(data) is not None
