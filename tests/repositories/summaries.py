"""What is stored with each row so that lists are quick, and the same counted anew."""

from __future__ import annotations

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from pftui.domain.accounts import Kind, status_of
from pftui.domain.api_key import shown
from pftui.domain.names import fold
from pftui.domain.search import searched_text
from pftui.repositories.models import ApiKeyRow, Assignment, Password, Principal, Role, Team


def expected(session: Session) -> dict[str, dict[str, object]]:
    """What each row must hold, counted anew from the others."""
    accounts, assignments = (
        list(session.scalars(select(Principal))),
        list(session.scalars(select(Assignment))),
    )
    temporary = set(session.scalars(select(Password.principal_id).where(Password.temporary)))
    newest_first = select(ApiKeyRow).order_by(ApiKeyRow.created_at.desc(), ApiKeyRow.key_id)
    live = [key for key in session.scalars(newest_first) if key.revoked_at is None]
    kinds = {each.id: each.kind for each in accounts}
    rows: dict[str, dict[str, object]] = {}
    for each in accounts:
        keys = [key for key in live if key.principal_id == each.id]
        teams = sum(one.principal_id == each.id for one in assignments)
        identifier = each.email or (shown(keys[0].key_id) if keys else "")
        rows[each.id] = {
            "team_count": teams,
            "status": status_of(
                Kind(each.kind),
                disabled=each.disabled,
                global_admin=each.global_admin,
                team_count=teams,
                live_keys=len(keys),
                unsaved_keys=sum(not key.saved for key in keys),
                temporary_password=each.id in temporary,
            ),
            "name_folded": fold(each.name),
            "email_folded": None if each.email is None else fold(each.email),
            "identifier": identifier,
            "identifier_folded": fold(identifier),
            "search_text": searched_text((each.name, each.email)),
        }
    for one in session.scalars(select(Team)):
        inside = [kinds[each.principal_id] for each in assignments if each.team_id == one.id]
        rows[one.id] = {
            "member_count": inside.count(Kind.USER),
            "service_account_count": inside.count(Kind.SERVICE_ACCOUNT),
            "name_folded": fold(one.name),
            "search_text": searched_text((one.name, one.slug)),
        }
    for role in session.scalars(select(Role)):
        holders = {each.principal_id for each in assignments if each.role_id == role.id}
        by = [kinds[each] for each in holders]
        rows[role.id] = {
            "member_count": by.count(Kind.USER),
            "service_account_count": by.count(Kind.SERVICE_ACCOUNT),
            "name_folded": fold(role.name),
        }
    return rows


def stored(session: Session) -> dict[str, dict[str, object]]:
    """What the database holds, past the objects of the session."""
    rows = {}
    for table, columns in {
        "principals": "team_count, status, name_folded, email_folded, identifier, identifier_folded, "
        "search_text",
        "teams": "member_count, service_account_count, name_folded, search_text",
        "roles": "member_count, service_account_count, name_folded",
    }.items():
        for row in session.execute(text(f"SELECT id, {columns} FROM {table}")).mappings():
            rows[row["id"]] = {name: value for name, value in row.items() if name != "id"}
    return rows
