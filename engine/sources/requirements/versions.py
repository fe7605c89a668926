"""What specifiers and markers allow (PEP 440, PEP 508)."""

from __future__ import annotations

from functools import lru_cache

_SYSTEMS = (("linux", "Linux", "posix"), ("darwin", "Darwin", "posix"), ("win32", "Windows", "nt"))


def lower_bound(specifier: str) -> tuple[int, ...]:
    """The lower bound of ``==1.40.*``, ``>=1.36,<2``, ``~=1.38``, ``>1.2``; nothing where there is none."""
    from packaging.specifiers import InvalidSpecifier, SpecifierSet
    from packaging.version import InvalidVersion, Version

    try:
        wanted = SpecifierSet(specifier)
        found = [
            Version(one.version.removesuffix(".*")).release
            for one in wanted
            if one.operator in ("==", "===", ">=", "~=", ">")
        ]
    except (InvalidSpecifier, InvalidVersion):
        return ()
    return max(found, default=())


def reaches(specifier: str, least: str) -> bool:
    """Whether a specifier lets a release be installed that is `least` or newer; one that is not understood does."""
    from packaging.specifiers import InvalidSpecifier, SpecifierSet
    from packaging.version import InvalidVersion, Version

    try:
        wanted = SpecifierSet(specifier)
        named = {Version(one.version.removesuffix(".*")) for one in wanted} | {Version(least)}
    except (InvalidSpecifier, InvalidVersion):
        return True
    return any(wanted.contains(version, prereleases=True) for version in named if version >= Version(least))


@lru_cache(maxsize=256)
def includes(specifier: str, minor: int) -> bool:
    """Whether a range includes a release of Python 3.`minor`; one that is not understood includes all."""
    from packaging.specifiers import InvalidSpecifier, SpecifierSet

    try:
        wanted = SpecifierSet(specifier)
    except InvalidSpecifier:
        return True
    return any(wanted.contains(f"3.{minor}.{patch}") for patch in range(26))


@lru_cache(maxsize=256)
def is_always(marker: str, minors: tuple[int, ...]) -> bool:
    """Whether a marker holds on every system, with each Python 3.`minor`."""
    from packaging.markers import InvalidMarker, Marker, UndefinedComparison, UndefinedEnvironmentName

    try:
        condition = Marker(marker)
        return all(
            condition.evaluate(
                {
                    "python_version": f"3.{minor}", "python_full_version": f"3.{minor}.9", "sys_platform": platform,
                    "platform_system": system, "os_name": name, "extra": "",
                }
            )
            for minor in minors
            for platform, system, name in _SYSTEMS
        )  # fmt: skip
    except (InvalidMarker, UndefinedComparison, UndefinedEnvironmentName):
        return False
