"""`python -m tgfix` and the command `tgfix`."""

import sys

from . import __version__


def main() -> None:
    """Run `tgfix`; its version is told without loading the commands."""
    if sys.argv[1:] in (["--version"], ["-V"]):
        print(f"tgfix {__version__}")
        return
    from .cli.main import main

    main()


if __name__ == "__main__":
    main()
