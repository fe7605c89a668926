"""The packages: the repository root is `tgfix`, and every folder of code below these is a package of it."""

from setuptools import find_packages, setup

ROOMS = ["cli*", "codemods*", "engine*", "knowledge*"]
setup(packages=["tgfix", *(f"tgfix.{name}" for name in find_packages(".", include=ROOMS))])
