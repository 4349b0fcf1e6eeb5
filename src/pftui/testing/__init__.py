"""For the tests of programs that use pftui: an organization in its own file, and verifiers without a store.

pytest finds the fixtures by itself (`plugin.py`). Nothing of pftui imports this package, and no variable,
setting or URL leads to it. Each name is imported when it is asked for: pytest loads the plugin for every run.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pftui.testing.fakes import FakeAsyncVerifier, FakeVerifier
    from pftui.testing.organization import TemporaryOrganization, make_template

__all__ = ["FakeAsyncVerifier", "FakeVerifier", "TemporaryOrganization", "make_template"]

if not TYPE_CHECKING:  # a type checker would take this for a promise that every name is there

    def __getattr__(name: str) -> object:
        if name not in __all__:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        from importlib import import_module

        home = "fakes" if name.startswith("Fake") else "organization"
        return getattr(import_module(f"pftui.testing.{home}"), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
