"""Who may read: every method that reads looks at the operator as the store has them now (R9)."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from pftui.domain.accounts import AccountQuery, Kind, Operator
from pftui.domain.audit import Action, AuditQuery
from pftui.domain.audit_filter import AuditFilter
from pftui.domain.clock import UNKNOWN_TIME
from pftui.domain.errors import Forbidden, NotFound, SignInFailed, WrongUsage
from pftui.domain.paging import PageRequest
from pftui.domain.teams import TeamQuery
from pftui.services.contracts import Services
from tests.services.conftest import Cast
from tests.trail import latest

Attempt = Callable[[Services, Operator, Cast], object]

#: By the name of the method: `test_tables_of_rules` sees that none is missing.
READS: dict[str, Attempt] = {
    "accounts.page": lambda s, o, c: s.accounts.page(o, AccountQuery(), PageRequest()),
    "accounts.count": lambda s, o, c: s.accounts.count(o, AccountQuery()),
    "accounts.position": lambda s, o, c: s.accounts.position(o, AccountQuery(), o.id),
    "accounts.show": lambda s, o, c: s.accounts.show(o, o.id),
    "accounts.find": lambda s, o, c: s.accounts.find(o, o.id),
    "users.alike": lambda s, o, c: s.users.alike(o, "Alice Ng"),
    "teams.page": lambda s, o, c: s.teams.page(o, TeamQuery(), PageRequest()),
    "teams.count": lambda s, o, c: s.teams.count(o, TeamQuery()),
    "teams.position": lambda s, o, c: s.teams.position(o, TeamQuery(), c.team_id),
    "teams.show": lambda s, o, c: s.teams.show(o, c.team_id),
    "teams.find": lambda s, o, c: s.teams.find(o, c.team_id),
    "teams.members": lambda s, o, c: s.teams.members(o, c.team_id, Kind.USER, PageRequest()),
    "teams.member_position": lambda s, o, c: s.teams.member_position(o, c.team_id, Kind.USER, o.id),
    "roles.list": lambda s, o, c: s.roles.list(o),
    "roles.find": lambda s, o, c: s.roles.find(o, "Viewer"),
    "roles.show": lambda s, o, c: s.roles.show(o, c.role_id),
    "roles.holders": lambda s, o, c: s.roles.holders(o, c.role_id),
    "roles.preview": lambda s, o, c: s.roles.preview(o, c.custom_role_id, ["run_scans"]),
    "undo.last": lambda s, o, c: s.undo.last(o, UNKNOWN_TIME),
    "sessions.list": lambda s, o, c: s.sessions.list(o),
    "organization_settings.show": lambda s, o, c: s.organization_settings.show(o),
    "lifecycle.refresh": lambda s, o, c: s.lifecycle.refresh(o),
    "lifecycle.look": lambda s, o, c: s.lifecycle.look(o),
}
#: What only a global admin may read.
ADMINS_READ: dict[str, Attempt] = {
    "audit.list": lambda s, o, c: s.audit.list(o, AuditQuery()),
    "audit.show": lambda s, o, c: s.audit.show(o, 1),
    "audit.resolve": lambda s, o, c: s.audit.resolve(o, AuditFilter(AuditQuery(), about=c.team_id)),
    "audit.extent": lambda s, o, c: s.audit.extent(o),
    "audit.numbers": lambda s, o, c: s.audit.numbers(o, AuditQuery(), 3, 1),
    "audit.numbered": lambda s, o, c: s.audit.numbered(o, [1, 2]),
    "audit.stream": lambda s, o, c: list(s.audit.stream(o, AuditQuery())),
    "audit.verify": lambda s, o, c: s.audit.verify(o),
    "audit.head": lambda s, o, c: s.audit.head(o),
    "audit.find_actor": lambda s, o, c: s.audit.find_actor(o, o.id),
    "audit.find_subject": lambda s, o, c: s.audit.find_subject(o, c.team_id),
    "keys.list": lambda s, o, c: s.keys.list(o),
    "offboarding.look": lambda s, o, c: s.offboarding.look(o, c.bao.id),
    "accounts.explain": lambda s, o, c: s.accounts.explain(o, c.bot.account_id),
    "keys.identify": lambda s, o, c: s.keys.identify(o, c.bot.key_id),
    "webhooks.list": lambda s, o, c: s.webhooks.list(o),
    "webhooks.show": lambda s, o, c: s.webhooks.show(o, c.webhook_id),
    "webhooks.find": lambda s, o, c: s.webhooks.find(o, c.webhook_id),
    "webhooks.deliveries": lambda s, o, c: s.webhooks.deliveries(o, c.webhook_id),
    "webhooks.parked": lambda s, o, c: s.webhooks.parked(o, c.webhook_id),
}


@pytest.mark.parametrize("name", READS)
def test_who_is_no_admin_may_read_until_disabled(
    name: str, services: Services, admin: Operator, cast: Cast
) -> None:
    services.teams.add(admin, cast.team_id, cast.bao.id, cast.role_id)
    READS[name](services, cast.bao, cast)
    services.accounts.disable(admin, cast.bao.id)
    with pytest.raises(SignInFailed):
        READS[name](services, cast.bao, cast)


@pytest.mark.parametrize("name", READS)
def test_who_is_deleted_reads_nothing(name: str, services: Services, admin: Operator, cast: Cast) -> None:
    services.accounts.delete(admin, cast.bao.id)
    with pytest.raises(SignInFailed):
        READS[name](services, cast.bao, cast)


@pytest.mark.parametrize("name", ADMINS_READ)
def test_what_only_admins_read_is_refused_to_others_and_the_trail_tells(
    name: str, services: Services, admin: Operator, cast: Cast
) -> None:
    ADMINS_READ[name](services, admin, cast)
    with pytest.raises(Forbidden, match="global admin privileges"):
        ADMINS_READ[name](services, cast.bao, cast)
    newest = latest(services, admin)[0]
    assert (newest.action, newest.actor.id) == (Action.CHANGE_REFUSED, cast.bao.id)


@pytest.mark.parametrize("name", ADMINS_READ)
def test_a_demotion_ends_what_only_admins_read(
    name: str, services: Services, admin: Operator, cast: Cast
) -> None:
    services.accounts.grant_admin(admin, cast.bao.id)
    bao = services.lifecycle.refresh(cast.bao)
    ADMINS_READ[name](services, bao, cast)
    services.accounts.revoke_admin(admin, cast.bao.id)
    with pytest.raises(Forbidden):
        ADMINS_READ[name](services, bao, cast)


@pytest.mark.parametrize("limit", [1, 100])
def test_a_page_of_the_trail_has_one_to_a_hundred_events(
    limit: int, services: Services, admin: Operator
) -> None:
    page = services.audit.list(admin, AuditQuery(limit=limit))
    assert page.limit == limit
    assert len(page.events) == min(limit, page.total)


@pytest.mark.parametrize(
    "query", [AuditQuery(limit=0), AuditQuery(limit=101), AuditQuery(offset=-1)], ids=str
)
def test_a_page_of_the_trail_of_any_other_size_is_refused(
    query: AuditQuery, services: Services, admin: Operator
) -> None:
    with pytest.raises(WrongUsage, match="1 to 100"):
        services.audit.list(admin, query)


def test_a_key_is_identified_by_its_id_its_beginning_or_the_whole_of_it(
    services: Services, admin: Operator, cast: Cast
) -> None:
    key_id, whole = cast.bot.key_id, cast.bot.key.reveal()
    for part in (key_id, key_id[:6].swapcase(), f"pfsa_{key_id}…", whole, f"Bearer {whole}"):
        assert services.keys.identify(admin, part)[0].key_id == key_id


@pytest.mark.parametrize("end", ["", " pfsa_ab12cd", "\0", "\udc80", "%"])
def test_what_identifies_no_key_is_not_repeated_with_its_secret(
    end: str, services: Services, admin: Operator, cast: Cast
) -> None:
    whole = cast.bot.key.reveal()
    other = whole.replace(cast.bot.key_id, cast.bot.key_id[::-1].swapcase())
    with pytest.raises(NotFound) as refused:
        services.keys.identify(admin, f"{other}{end}")
    assert whole[20:40] not in str(refused.value)
    with pytest.raises(NotFound):
        services.keys.identify(admin, end)


def test_no_key_begins_with_what_cannot_be_stored(services: Services) -> None:
    with services.keys.store.read() as unit:
        for text in ("\0", "\udc80"):
            assert unit.credentials.keys_beginning(text, 20) == []
