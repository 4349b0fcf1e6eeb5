"""What the trail tells of a refusal: the act, its object and the rule (R8)."""

from __future__ import annotations

import pytest

from pftui.domain.accounts import Operator
from pftui.domain.acts import Act
from pftui.domain.audit import Action, AuditEvent, Target
from pftui.domain.errors import Forbidden, LastAdmin
from pftui.domain.secret import Secret
from pftui.services.contracts import Services
from tests.conftest import ADMIN_EMAIL, ADMIN_PASSWORD
from tests.services.conftest import Cast
from tests.services.test_reading import ADMINS_READ
from tests.services.test_rules import CHANGES, R5_CHANGES
from tests.services.test_tables_of_rules import called, changing
from tests.trail import latest

REFUSABLE = {**CHANGES, **ADMINS_READ}
#: What the trail calls each method of a service that a rule may refuse; and what it would have been done to.
ACTS: dict[str, tuple[str, Target]] = {
    "service_accounts.create": ("service-accounts create", Target.SERVICE_ACCOUNT),
    "users.create": ("users create", Target.USER),
    "users.reset_password": ("users reset-password", Target.USER),
    "offboarding.look": ("users offboard --dry-run", Target.USER),
    "offboarding.offboard": ("users offboard", Target.USER),
    "accounts.update": ("service-accounts update", Target.SERVICE_ACCOUNT),
    "accounts.disable": ("service-accounts disable", Target.SERVICE_ACCOUNT),
    "accounts.enable": ("service-accounts enable", Target.SERVICE_ACCOUNT),
    "accounts.delete": ("service-accounts delete", Target.SERVICE_ACCOUNT),
    "accounts.grant_admin": ("service-accounts grant-admin", Target.SERVICE_ACCOUNT),
    "accounts.revoke_admin": ("service-accounts revoke-admin", Target.SERVICE_ACCOUNT),
    "keys.list": ("keys list", Target.ORGANIZATION),
    "accounts.explain": ("service-accounts explain", Target.SERVICE_ACCOUNT),
    "keys.identify": ("keys identify", Target.ORGANIZATION),
    "keys.create": ("keys create", Target.SERVICE_ACCOUNT),
    "keys.revoke": ("keys revoke", Target.API_KEY),
    "keys.confirm_saved": ("keys confirm", Target.API_KEY),
    "teams.create": ("teams create", Target.TEAM),
    "teams.rename": ("teams rename", Target.TEAM),
    "teams.delete": ("teams delete", Target.TEAM),
    "teams.add": ("teams add", Target.SERVICE_ACCOUNT),
    "teams.set_role": ("teams set-role", Target.SERVICE_ACCOUNT),
    "teams.remove": ("teams remove", Target.SERVICE_ACCOUNT),
    "roles.create": ("roles create", Target.ROLE),
    "roles.update": ("roles update", Target.ROLE),
    "roles.duplicate": ("roles duplicate", Target.ROLE),
    "roles.delete": ("roles delete", Target.ROLE),
    "webhooks.list": ("webhooks list", Target.ORGANIZATION),
    "webhooks.find": ("webhooks list", Target.ORGANIZATION),
    "webhooks.show": ("webhooks show", Target.WEBHOOK),
    "webhooks.create": ("webhooks create", Target.WEBHOOK),
    "webhooks.update": ("webhooks update", Target.WEBHOOK),
    "webhooks.pause": ("webhooks pause", Target.WEBHOOK),
    "webhooks.resume": ("webhooks resume", Target.WEBHOOK),
    "webhooks.delete": ("webhooks delete", Target.WEBHOOK),
    "webhooks.regenerate_secret": ("webhooks regenerate-secret", Target.WEBHOOK),
    "webhooks.test": ("webhooks test", Target.WEBHOOK),
    "webhooks.deliveries": ("webhooks deliveries", Target.WEBHOOK),
    "webhooks.parked": ("webhooks deliveries", Target.WEBHOOK),
    "webhooks.resend": ("webhooks resend", Target.WEBHOOK),
    "webhooks.resend_parked": ("webhooks resend --parked", Target.WEBHOOK),
    "webhooks.drop_parked": ("webhooks update --drop-parked", Target.WEBHOOK),
    "sessions.end": ("sessions end", Target.ORGANIZATION),  # of no session that there is
    "organization_settings.update": ("organization update", Target.ORGANIZATION),
    "undo.undo": ("changes undo", Target.ORGANIZATION),  # of no change that there is
    "audit.list": ("audit list", Target.ORGANIZATION),
    "audit.find_actor": ("audit list", Target.ORGANIZATION),
    "audit.find_subject": ("audit list", Target.ORGANIZATION),
    "audit.show": ("audit show", Target.ORGANIZATION),
    "audit.head": ("audit head", Target.ORGANIZATION),
    "audit.verify": ("audit verify", Target.ORGANIZATION),
    "audit.resolve": ("audit list", Target.ORGANIZATION),
    "audit.extent": ("audit list", Target.ORGANIZATION),
    "audit.numbers": ("audit list", Target.ORGANIZATION),
    "audit.numbered": ("audit list", Target.ORGANIZATION),
    "audit.stream": ("audit export", Target.ORGANIZATION),
    "audit.archive": ("audit archive", Target.ORGANIZATION),
}
#: Attempts on oneself, which is a person.
ON_PEOPLE = {"grant oneself": "users grant-admin", "assign oneself": "teams add"}


def refusal(services: Services, admin: Operator) -> AuditEvent:
    newest = latest(services, admin, 1)[0]
    assert newest.action is Action.CHANGE_REFUSED
    return newest


def test_r8_every_method_that_a_rule_may_refuse_has_an_act(services: Services) -> None:
    assert ACTS.keys() == changing(services) | ADMINS_READ.keys()
    of_methods = {act for method, (act, _) in ACTS.items() if not method.startswith("audit.find_")}
    assert len(of_methods) == len(ACTS) - 8, "two methods are told as one"


@pytest.mark.parametrize("name", REFUSABLE)
def test_r8_a_refusal_tells_of_act_object_and_rule(
    name: str, services: Services, admin: Operator, cast: Cast
) -> None:
    (method,) = called([REFUSABLE[name]]) - {"roles.find", "undo.last"}
    act, target = ACTS[method]
    if name in ON_PEOPLE:
        act, target = ON_PEOPLE[name], Target.USER
    with pytest.raises(Forbidden) as refused:
        REFUSABLE[name](services, cast.bao, cast)
    event = refusal(services, admin)
    assert event.actor.id == cast.bao.id
    assert (event.metadata["act"], event.metadata["rule"], event.target) == (act, "R1", target)
    told = event.metadata["object"]
    assert told["kind"] == target.value
    assert told.get("id", "") == event.target_id
    assert told["name"] in event.description
    assert event.description.startswith("Refused to ")
    assert event.description.endswith(refused.value.message)


def test_r8_no_two_refused_acts_are_told_alike(services: Services, admin: Operator, cast: Cast) -> None:
    for attempt in CHANGES.values():
        with pytest.raises(Forbidden):
            attempt(services, cast.bao, cast)
    told = [event for event in latest(services, admin) if event.action is Action.CHANGE_REFUSED]
    assert len(told) == len(CHANGES)
    assert len({(event.description, str(event.metadata)) for event in told}) == len(CHANGES) - 1
    # The one: to create an account in a team is the same act on the same object as to create it.


@pytest.mark.parametrize("what", R5_CHANGES)
def test_r8_the_rule_is_the_one_that_refused(what: str, services: Services, admin: Operator) -> None:
    with pytest.raises(LastAdmin):
        R5_CHANGES[what](services, admin, admin.id)
    event = refusal(services, admin)
    assert (event.metadata["rule"], event.target, event.target_id) == ("R5", Target.USER, admin.id)
    assert "user Alice Ng (alice@acme.example)" in event.description


def test_what_is_no_longer_there_is_told_without_its_name(
    services: Services, admin: Operator, cast: Cast
) -> None:
    services.accounts.delete(admin, cast.bot.account_id)
    services.teams.delete(admin, cast.team_id)
    with pytest.raises(Forbidden):
        services.teams.remove(cast.bao, cast.team_id, cast.bot.account_id)
    event = refusal(services, admin)
    assert (event.target_id, event.team_id) == (cast.bot.account_id, cast.team_id)
    assert "a team that is not there" in event.description


def test_whose_session_would_have_been_ended_is_told(services: Services, admin: Operator, cast: Cast) -> None:
    theirs = services.sign_in.with_password(ADMIN_EMAIL, Secret(ADMIN_PASSWORD)).operator
    with pytest.raises(Forbidden):
        services.sessions.end(cast.bao, theirs.session_id or "")
    event = refusal(services, admin)
    assert (event.metadata["act"], event.target, event.target_id) == ("sessions end", Target.USER, admin.id)
    with pytest.raises(Forbidden):
        services.sessions.list(cast.bao, everyone=True)
    assert refusal(services, admin).metadata["act"] == "sessions list"


def test_every_act_has_words_of_its_own() -> None:
    assert len({act.value[:2] for act in Act}) == len(Act)
    for act in Act:
        told = act.told("IT", "TEAM")
        assert "IT" in told
        assert "{" not in told
