"""A flow that cannot go on says why, where the operator looks."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from functools import wraps
from typing import Any, ParamSpec, cast

from pftui.domain.errors import PftuiError
from pftui.screens.console import Console

P = ParamSpec("P")


def notify_errors(flow: Callable[P, Coroutine[Any, Any, bool]]) -> Callable[P, Coroutine[Any, Any, bool]]:
    """Make a flow tell a foreseen error as a notice and end. Its first argument is the console."""

    @wraps(flow)
    async def telling(*args: P.args, **kwargs: P.kwargs) -> bool:
        try:
            return await flow(*args, **kwargs)
        except PftuiError as problem:
            cast(Console, args[0]).notify(problem.message, severity="error")
            return False

    return telling
