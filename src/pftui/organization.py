"""The admin client: what an operator can do, for programs that provision and for tests.

    from pftui import Organization

    with Organization(operator=key) as organization:
        team = organization.teams.create("Red Team")

Each function is a method of a service, called as whoever the client is signed in as: the rules, the errors
and the events of the audit trail are those of the console and the command line. All of them block. All may
raise `StoreUnavailable`, and `SessionEnded` where the operator was disabled or the key revoked meanwhile.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from functools import partial, wraps
from inspect import signature
from pathlib import Path
from threading import Lock
from types import TracebackType
from typing import Concatenate, Generic, NoReturn, ParamSpec, Self, TypeVar, overload

from pftui.bootstrap import open_services
from pftui.domain.accounts import Operator
from pftui.domain.clock import Clock, utc_now
from pftui.domain.errors import ProofNeeded, SignInFailed
from pftui.domain.secret import Secret
from pftui.process.source import here
from pftui.services.accounts import AccountService
from pftui.services.audit import AuditService
from pftui.services.contracts import Services
from pftui.services.keys import KeyService
from pftui.services.location import store_url
from pftui.services.offboarding import OffboardingService
from pftui.services.organization import OrganizationService
from pftui.services.roles import RoleService
from pftui.services.service_accounts import ServiceAccountService
from pftui.services.sessions import SessionService
from pftui.services.teams import TeamService
from pftui.services.undo import UndoService
from pftui.services.users import UserService
from pftui.services.verification.verifier import Verifier
from pftui.services.webhooks import WebhookService

#: A key or a password, or what gives it whenever it is needed.
Credential = str | Secret | Callable[[], str | Secret]

Service = TypeVar("Service")
Given = ParamSpec("Given")
Result = TypeVar("Result")


@dataclass(frozen=True, slots=True)
class Person:
    """A person who acts; without global admin privileges they see, and may do, as little as in the console.

    Args:
        password: best a function, so that the program does not hold the password all the time.
    """

    email: str
    password: Credential = field(repr=False)


class Organization:
    """Signs in to a store, and acts there until it is closed; may be shared by threads.

    Args:
        store: as an SQLAlchemy URL or a path; by default that of the command line.
        operator: the API key of a service account with global admin privileges, or a `Person`. The
            credential is looked at once more, and where it is a function asked for anew, with each change
            that asks for a proof (the table in docs/admin-client.md says which).

    Raises:
        StoreMissing, StoreOutdated, StoreUnavailable: there is no usable store.
        SignInFailed: the key or password is not valid. `Forbidden`: the key has no global admin privileges.
        PasswordChangeRequired: the password is a temporary one.
        TryAgain: too many wrong ones lately.
    """

    def __init__(
        self, store: str | Path | None = None, *, operator: Credential | Person, clock: Clock = utc_now
    ) -> None:
        self._who = operator
        self._lock = Lock()
        with ExitStack() as undo:
            self._services = open_services(store_url(store), clock)
            undo.callback(self._services.lifecycle.close)
            # Signed in once and for long: what asks for a proof asks anew.
            self._operator = replace(_sign_in(self._services, operator), proved=False)
            undo.pop_all()
        services = self._services
        self.accounts = Accounts(self, services.accounts)
        self.users = Users(self, services.users)
        self.service_accounts = ServiceAccounts(self, services.service_accounts)
        self.keys = Keys(self, services.keys)
        self.teams = Teams(self, services.teams)
        self.roles = Roles(self, services.roles)
        self.webhooks = Webhooks(self, services.webhooks)
        self.audit = Audit(self, services.audit)
        self.sessions = Sessions(self, services.sessions)
        self.settings = Settings(self, services.organization_settings)
        self.offboarding = Offboarding(self, services.offboarding)
        self.undo = Undo(self, services.undo)

    @property
    def verifier(self) -> Verifier:
        """A verifier on the same connections, closed with the client."""
        return self._services.verifier

    @property
    def operator(self) -> Operator:
        """Who is signed in, as of the sign-in."""
        return self._operator

    def refresh(self) -> Operator:
        """The operator as the store has them now. Raises `SessionEnded` where they may not go on."""
        return self._services.lifecycle.refresh(self._operator)

    def revision(self) -> str:
        """A short text that differs after any change that a list shows: one cheap query, to poll with."""
        changes, uses = self._services.lifecycle.revision()
        return f"{changes}.{uses}"

    def authenticate(self, key: str | Secret) -> Operator:
        """Who a key belongs to. Raises `SignInFailed` where it is not valid."""
        return self._services.sign_in.authenticate(_secret(key))

    def change_password(self, current: str | Secret, new: str | Secret) -> None:
        """Change the operator's own password, which ends all that was signed in with the old one but this.

        Raises:
            InvalidInput: the new one is too weak or equals the current one.
            SignInFailed: the current one is wrong (`Throttled` after several); `SessionEnded` where the
                operator has none, as a service account.
        """
        self._go_on_as(self._services.sign_in.change_password(self._operator, _secret(current), _secret(new)))
        if isinstance(self._who, Person) and not callable(self._who.password):
            self._who = replace(self._who, password=new)

    def act(
        self,
        call: Callable[Concatenate[Operator, Given], Result],
        *arguments: Given.args,
        **named: Given.kwargs,
    ) -> Result:
        """Call what takes an operator, as the operator of this client; with a proof where it asks for one."""
        try:
            return call(self._operator, *arguments, **named)
        except ProofNeeded:  # before anything was changed
            self._go_on_as(_prove(self._services, self._who, self._operator))
            return call(replace(self._operator, proved=True), *arguments, **named)

    def _go_on_as(self, operator: Operator) -> None:
        """Be this operator from now on, unless another thread has changed the password meanwhile."""
        with self._lock:
            if operator.stamp >= self._operator.stamp:
                self._operator = replace(operator, proved=False)

    def close(self) -> None:
        """Give the connections back."""
        self._services.lifecycle.close()

    def __reduce__(self) -> NoReturn:
        raise TypeError(
            "An Organization holds connections and who is signed in, so it is neither pickled nor copied: "
            "make one in each process."
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def _secret(given: Credential) -> Secret:
    text = given() if callable(given) else given
    return text if isinstance(text, Secret) else Secret(text)


def _sign_in(services: Services, who: Credential | Person) -> Operator:
    if isinstance(who, Person):
        password = _secret(who.password)
        return services.sign_in.with_password(who.email, password, interactive=False, source=here()).operator
    return services.sign_in.with_key(_secret(who), source=here())


def _prove(services: Services, who: Credential | Person, operator: Operator) -> Operator:
    """The operator, whose credential was given anew; the key may be another one of the account by now."""
    if isinstance(who, Person):
        return services.sessions.prove(operator, _secret(who.password))
    found = services.sign_in.authenticate(_secret(who))
    if found.id != operator.id:
        raise SignInFailed(f"This is a key of {found.name}, not of {operator.name}. Nothing was changed.")
    return replace(found, source=operator.source)


@dataclass(frozen=True, slots=True)
class Part(Generic[Service]):
    """What the client can do with one noun."""

    organization: Organization
    service: Service


class Acting(Generic[Service, Given, Result]):
    """A method of a service, without the operator that it takes first."""

    def __init__(self, method: Callable[Concatenate[Service, Operator, Given], Result]) -> None:
        self.method = method
        self.__doc__ = method.__doc__

    @overload
    def __get__(self, part: None, owner: type[Part[Service]]) -> Self: ...

    @overload
    def __get__(self, part: Part[Service], owner: type[Part[Service]]) -> Callable[Given, Result]: ...

    def __get__(
        self, part: Part[Service] | None, owner: type[Part[Service]]
    ) -> Self | Callable[Given, Result]:
        if part is None:
            return self
        organization, call = part.organization, partial(self.method, part.service)

        @wraps(self.method)
        def act(*arguments: Given.args, **named: Given.kwargs) -> Result:
            return organization.act(call, *arguments, **named)

        whole = signature(self.method)
        act.__signature__ = whole.replace(parameters=list(whole.parameters.values())[2:])  # type: ignore[attr-defined]
        return act


class Accounts(Part[AccountService]):
    """Users and service accounts alike."""

    page = Acting(AccountService.page)
    count = Acting(AccountService.count)
    position = Acting(AccountService.position)
    show = Acting(AccountService.show)
    explain = Acting(AccountService.explain)
    find = Acting(AccountService.find)
    update = Acting(AccountService.update)
    disable = Acting(AccountService.disable)
    enable = Acting(AccountService.enable)
    grant_admin = Acting(AccountService.grant_admin)
    revoke_admin = Acting(AccountService.revoke_admin)
    delete = Acting(AccountService.delete)


class Users(Part[UserService]):
    """What only users need."""

    create = Acting(UserService.create)
    alike = Acting(UserService.alike)
    reset_password = Acting(UserService.reset_password)


class ServiceAccounts(Part[ServiceAccountService]):
    """What only service accounts need."""

    create = Acting(ServiceAccountService.create)


class Keys(Part[KeyService]):
    """The API keys of service accounts."""

    list = Acting(KeyService.list)
    identify = Acting(KeyService.identify)
    create = Acting(KeyService.create)
    revoke = Acting(KeyService.revoke)
    confirm_saved = Acting(KeyService.confirm_saved)


class Teams(Part[TeamService]):
    """Teams, and who is in them with which role."""

    page = Acting(TeamService.page)
    count = Acting(TeamService.count)
    position = Acting(TeamService.position)
    show = Acting(TeamService.show)
    find = Acting(TeamService.find)
    members = Acting(TeamService.members)
    member_position = Acting(TeamService.member_position)
    create = Acting(TeamService.create)
    rename = Acting(TeamService.rename)
    delete = Acting(TeamService.delete)
    add = Acting(TeamService.add)
    set_role = Acting(TeamService.set_role)
    remove = Acting(TeamService.remove)


class Roles(Part[RoleService]):
    """Roles, and who holds them."""

    list = Acting(RoleService.list)
    show = Acting(RoleService.show)
    find = Acting(RoleService.find)
    holders = Acting(RoleService.holders)
    preview = Acting(RoleService.preview)
    create = Acting(RoleService.create)
    duplicate = Acting(RoleService.duplicate)
    update = Acting(RoleService.update)
    delete = Acting(RoleService.delete)


class Webhooks(Part[WebhookService]):
    """Where events are sent; global admins only. `test` and `resend` send, and wait for the answer."""

    list = Acting(WebhookService.list)
    show = Acting(WebhookService.show)
    find = Acting(WebhookService.find)
    deliveries = Acting(WebhookService.deliveries)
    parked = Acting(WebhookService.parked)
    create = Acting(WebhookService.create)
    update = Acting(WebhookService.update)
    pause = Acting(WebhookService.pause)
    resume = Acting(WebhookService.resume)
    delete = Acting(WebhookService.delete)
    regenerate_secret = Acting(WebhookService.regenerate_secret)
    test = Acting(WebhookService.test)
    resend = Acting(WebhookService.resend)
    resend_parked = Acting(WebhookService.resend_parked)
    drop_parked = Acting(WebhookService.drop_parked)


class Audit(Part[AuditService]):
    """The audit trail; global admins only."""

    list = Acting(AuditService.list)
    show = Acting(AuditService.show)
    find_actor = Acting(AuditService.find_actor)
    find_subject = Acting(AuditService.find_subject)
    head = Acting(AuditService.head)
    verify = Acting(AuditService.verify)


class Sessions(Part[SessionService]):
    """Who is signed in, to a console or by `pftui login`."""

    list = Acting(SessionService.list)
    end = Acting(SessionService.end)


class Settings(Part[OrganizationService]):
    """The organization's name, when consoles lock, how long a session lasts."""

    show = Acting(OrganizationService.show)
    update = Acting(OrganizationService.update)


class Offboarding(Part[OffboardingService]):
    """What somebody leaves behind, and its end."""

    look = Acting(OffboardingService.look)
    offboard = Acting(OffboardingService.offboard)


class Undo(Part[UndoService]):
    """Taking back what the operator has changed."""

    last = Acting(UndoService.last)
    undo = Acting(UndoService.undo)
