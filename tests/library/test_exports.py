"""`import pftui`: what is there, what it costs, and what a type checker makes of it."""

from __future__ import annotations

import importlib
import inspect
import json
import subprocess
import sys
from pathlib import Path
from typing import get_args

import pytest
from mypy import api

import pftui
from pftui.domain import errors
from pftui.domain.permissions import ASKABLE, PermissionName
from tests.commands.test_import_hygiene import heavy

ROOT = Path(__file__).parents[2]


def modules_after(program: str) -> set[str]:
    """What a process of its own has imported by then."""
    program = f"import json, sys; {program}; print(json.dumps(sorted(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    return set(json.loads(done.stdout))


def test_every_name_is_there_and_is_the_one_that_is_raised_and_returned() -> None:
    for name in pftui.__all__:
        found = getattr(pftui, name)
        if inspect.isclass(found):
            assert getattr(importlib.import_module(found.__module__), name) is found
            assert found.__module__ != "pftui"
    assert set(pftui.__all__) <= set(dir(pftui))


def test_whatever_keeps_the_store_from_answering_can_be_caught_by_name() -> None:
    unavailable = {each.__name__ for each in vars(errors).values() if _is_unavailable(each)}
    assert unavailable <= set(pftui.__all__)


def _is_unavailable(each: object) -> bool:
    return inspect.isclass(each) and issubclass(each, errors.StoreUnavailable)


def test_a_name_that_is_not_there_is_an_error_and_never_a_module() -> None:
    with pytest.raises(ImportError):
        exec("from pftui import NotThere")
    with pytest.raises(AttributeError, match="NotThere"):
        pftui.NotThere  # type: ignore[attr-defined]


def test_the_bare_import_and_its_list_of_names_cost_nothing() -> None:
    ours = {name for name in modules_after("import pftui; dir(pftui)") if name.startswith("pftui")}
    assert ours == {"pftui", "pftui.version"}


def test_errors_and_results_come_without_the_store() -> None:
    program = "from pftui import Decision, Permission, Reason, StoreUnavailable, TryAgain, WrongUsage"
    assert heavy(modules_after(program)) == set()


def test_the_names_of_permissions_are_those_of_the_permissions() -> None:
    assert get_args(PermissionName) == ASKABLE


@pytest.mark.thorough
def test_a_type_checker_knows_each_name_and_lets_no_other_pass(tmp_path: Path) -> None:
    cache = ["--cache-dir", str(tmp_path / "cache")]
    options = ["--config-file", str(ROOT / "pyproject.toml"), *cache, "--follow-imports", "silent"]
    out, err, code = api.run([*options, str(ROOT / "tests/library/typed.py")])
    assert code == 0, out + err


@pytest.mark.parametrize("module", ["asgi", "wsgi"])
def test_a_middleware_needs_no_framework(module: str) -> None:
    frameworks = {"starlette", "fastapi", "flask", "django", "rest_framework", "pydantic", "werkzeug"}
    imported = modules_after(f"import pftui.contrib.{module}")
    assert not {name.partition(".")[0] for name in imported} & frameworks
    assert heavy(imported) == {"sqlalchemy", "argon2"}


def test_who_asks_for_no_framework_loads_nothing_of_them() -> None:
    imported = modules_after("from pftui import Verifier; import pftui.bootstrap")
    assert not {name for name in imported if name.startswith("pftui.contrib")}
