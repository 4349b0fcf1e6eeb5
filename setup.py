"""Which packages there are; `pyproject.toml` has the rest, and cannot both find them and map `styles/`."""

from setuptools import find_packages, setup

setup(
    packages=[*find_packages("src"), "pftui.styles"],
    package_dir={"pftui": "src/pftui", "pftui.styles": "styles"},
)
