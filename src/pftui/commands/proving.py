"""The password once more, wherever a service asks for it: in one place, and no command knows of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, fields, replace
from functools import wraps
from typing import Any

from pftui.commands.failures import notify
from pftui.commands.reading import prompt_secret, stdin_is_terminal
from pftui.domain.accounts import Operator
from pftui.domain.errors import ProofNeeded
from pftui.services.contracts import Services

#: What takes no operator, or is no service.
_AS_THEY_ARE = frozenset({"organization", "sign_in", "verifier", "lifecycle"})


def with_proof(services: Services, operator: Operator) -> Services:
    """The same services, which ask the operator for the password where that is needed, and go on."""
    asking = {
        field.name: _Asking(getattr(services, field.name), services, operator)
        for field in fields(services)
        if field.name not in _AS_THEY_ARE
    }
    return replace(services, **asking)  # type: ignore[arg-type]  # in their place, each with its methods


@dataclass(frozen=True, slots=True)
class _Asking:
    """Stands for a service. What raises `ProofNeeded` has changed nothing yet, so it is called again."""

    service: Any
    services: Services
    operator: Operator

    def __getattr__(self, name: str) -> Any:
        found = getattr(self.service, name)
        return self._asking(found) if callable(found) else found

    def _asking(self, method: Callable[..., Any]) -> Callable[..., Any]:
        @wraps(method)
        def call(*arguments: Any, **options: Any) -> Any:
            try:
                return method(*arguments, **options)
            except ProofNeeded as error:
                self._prove(error)
                return method(*arguments, **options)

        return call

    def _prove(self, error: ProofNeeded) -> None:
        if not stdin_is_terminal():
            raise type(error)(
                f"{error.message} There is no terminal to ask on: run `pftui login` again, or name who acts "
                "with --as and --password-file."
            ) from None
        notify(f"pftui: {error.message}")
        password = prompt_secret(f"Password of {self.operator.email}")
        try:
            self.services.sessions.prove(self.operator, password)
        finally:
            password.forget()
