"""What the import statements of a file name, read off its bytes, and which files these lead to."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from functools import lru_cache
from pathlib import Path

_IMPORT = re.compile(
    rb"^(?:\xef\xbb\xbf)?[ \t]*(?:from[ \t]+([.\w]+)[ \t]+import[ \t]*(\((?:[^()]*)\)|[^\n#;]*)|import[ \t]+([^\n#;]*))",
    re.MULTILINE,
)


@lru_cache(maxsize=8192)
def imports_in(data: bytes) -> tuple[tuple[bytes, bytes, bytes], ...]:
    """The import statements of a file: (module, names) of each ``from`` import, and what each plain one names."""
    return tuple(_IMPORT.findall(data))


def dotted_in(module: bytes, names: bytes, plain: bytes) -> Iterator[str]:
    """The modules that an import statement names."""
    if module and not module.startswith(b"."):
        yield module.decode()
        for name in names.strip(b"() \t\r\n").split(b","):
            word = name.split()
            if word:
                yield f"{module.decode()}.{word[0].decode(errors='replace')}"
    for item in plain.split(b","):
        word = item.split()
        if word:
            yield word[0].decode(errors="replace")


def find(importer: Path, dotted: str, known: Collection[Path], top: Path) -> tuple[Path, Path] | None:
    """(root directory, file) that an absolute import written in `importer` resolves to among the project's files."""
    relative = Path(*dotted.split("."))
    for base in importer.parents:
        for target in (base / relative.with_suffix(".py"), base / relative / "__init__.py"):
            if target in known:
                return base, target
        if base == top:
            return None
    return None
