"""The statements of a look-up as SQL: made by `tools/render_statements.py`, not to be edited.

They are those of `statements.py` and `note_statements.py`, for who has no time to import SQLAlchemy; a test
renders them anew and compares.
"""

# ruff: noqa: E501

from __future__ import annotations

from typing import Final, NamedTuple


class Rendered(NamedTuple):
    """The statements, by the names of the functions that give them."""

    opening: str
    key: str
    key_with_team: str
    lock: str
    version: str
    due: str
    note_key: str
    note_account: str


SQLITE: Final = Rendered(
    opening="""
SELECT alembic_version.version_num, (SELECT min(store_identity.id) AS min_1
FROM store_identity) AS anon_1
FROM alembic_version
""",
    key="""
SELECT api_keys.hash, api_keys.tag, api_keys.last_used_at, api_keys.saved, api_keys.revoked_at IS NOT NULL AS anon_1, principals.id, principals.name, principals.global_admin, principals.disabled, principals.stamp, teams.id AS id_1, teams.name AS name_1, teams.slug, roles.id AS id_2, roles.name AS name_2, (SELECT group_concat(role_permissions.permission, ',') AS aggregate_strings_1
FROM role_permissions
WHERE role_permissions.role_id = held.role_id) AS anon_2, held.team_id, principals.team_count
FROM api_keys JOIN principals ON principals.id = api_keys.principal_id LEFT OUTER JOIN (SELECT assignments.principal_id AS principal_id, assignments.team_id AS team_id, assignments.role_id AS role_id
FROM assignments JOIN teams AS its_team ON its_team.id = assignments.team_id
WHERE assignments.principal_id = (SELECT api_keys.principal_id
FROM api_keys
WHERE api_keys.key_id = :key_id) ORDER BY assignments.team_id
 LIMIT 101 OFFSET 0) AS held ON held.principal_id = principals.id LEFT OUTER JOIN teams ON teams.id = held.team_id LEFT OUTER JOIN roles ON roles.id = held.role_id
WHERE api_keys.key_id = :key_id ORDER BY teams.name_folded, teams.id
""",
    key_with_team="""
SELECT api_keys.hash, api_keys.tag, api_keys.last_used_at, api_keys.saved, api_keys.revoked_at IS NOT NULL AS anon_1, principals.id, principals.name, principals.global_admin, principals.disabled, principals.stamp, teams.id AS id_1, teams.name AS name_1, teams.slug, roles.id AS id_2, roles.name AS name_2, (SELECT group_concat(role_permissions.permission, ',') AS aggregate_strings_1
FROM role_permissions
WHERE role_permissions.role_id = assignments.role_id) AS anon_2, assignments.team_id, EXISTS (SELECT another.team_id
FROM assignments AS another JOIN teams AS its_team ON its_team.id = another.team_id
WHERE another.principal_id = principals.id) AS anon_3
FROM api_keys JOIN principals ON principals.id = api_keys.principal_id LEFT OUTER JOIN teams ON teams.id = :team OR teams.slug = :team_folded OR teams.name_folded = :team_folded LEFT OUTER JOIN assignments ON assignments.principal_id = principals.id AND assignments.team_id = teams.id LEFT OUTER JOIN roles ON roles.id = assignments.role_id
WHERE api_keys.key_id = :key_id
""",
    lock="""
SELECT audit_head.id
FROM audit_head
""",
    version="""
SELECT alembic_version.version_num
FROM alembic_version
""",
    due="""
SELECT api_keys.key_id, api_keys.principal_id, api_keys.saved, api_keys.last_used_at
FROM api_keys
WHERE api_keys.key_id = :key_id AND api_keys.revoked_at IS NULL
""",
    note_key="""
UPDATE api_keys SET saved=1, last_used_at=:used_at WHERE api_keys.key_id = :used_key
""",
    note_account="""
UPDATE principals SET last_used_at=:used_at WHERE principals.id = :used_account
""",
)

POSTGRESQL: Final = Rendered(
    opening="""
SELECT alembic_version.version_num, (SELECT min(store_identity.id) AS min_1
FROM store_identity) AS anon_1
FROM alembic_version
""",
    key="""
SELECT api_keys.hash, api_keys.tag, api_keys.last_used_at, api_keys.saved, api_keys.revoked_at IS NOT NULL AS anon_1, principals.id, principals.name, principals.global_admin, principals.disabled, principals.stamp, teams.id AS id_1, teams.name AS name_1, teams.slug, roles.id AS id_2, roles.name AS name_2, (SELECT string_agg(role_permissions.permission, ',') AS aggregate_strings_1
FROM role_permissions
WHERE role_permissions.role_id = held.role_id) AS anon_2, held.team_id, principals.team_count
FROM api_keys JOIN principals ON principals.id = api_keys.principal_id LEFT OUTER JOIN (SELECT assignments.principal_id AS principal_id, assignments.team_id AS team_id, assignments.role_id AS role_id
FROM assignments JOIN teams AS its_team ON its_team.id = assignments.team_id
WHERE assignments.principal_id = (SELECT api_keys.principal_id
FROM api_keys
WHERE api_keys.key_id = %(key_id)s::VARCHAR) ORDER BY assignments.team_id
 LIMIT 101 OFFSET 0) AS held ON held.principal_id = principals.id LEFT OUTER JOIN teams ON teams.id = held.team_id LEFT OUTER JOIN roles ON roles.id = held.role_id
WHERE api_keys.key_id = %(key_id)s::VARCHAR ORDER BY teams.name_folded, teams.id
""",
    key_with_team="""
SELECT api_keys.hash, api_keys.tag, api_keys.last_used_at, api_keys.saved, api_keys.revoked_at IS NOT NULL AS anon_1, principals.id, principals.name, principals.global_admin, principals.disabled, principals.stamp, teams.id AS id_1, teams.name AS name_1, teams.slug, roles.id AS id_2, roles.name AS name_2, (SELECT string_agg(role_permissions.permission, ',') AS aggregate_strings_1
FROM role_permissions
WHERE role_permissions.role_id = assignments.role_id) AS anon_2, assignments.team_id, EXISTS (SELECT another.team_id
FROM assignments AS another JOIN teams AS its_team ON its_team.id = another.team_id
WHERE another.principal_id = principals.id) AS anon_3
FROM api_keys JOIN principals ON principals.id = api_keys.principal_id LEFT OUTER JOIN teams ON teams.id = %(team)s::VARCHAR OR teams.slug = %(team_folded)s::VARCHAR OR teams.name_folded = %(team_folded)s::VARCHAR LEFT OUTER JOIN assignments ON assignments.principal_id = principals.id AND assignments.team_id = teams.id LEFT OUTER JOIN roles ON roles.id = assignments.role_id
WHERE api_keys.key_id = %(key_id)s::VARCHAR
""",
    lock="""
SELECT audit_head.id
FROM audit_head FOR UPDATE
""",
    version="""
SELECT alembic_version.version_num
FROM alembic_version
""",
    due="""
SELECT api_keys.key_id, api_keys.principal_id, api_keys.saved, api_keys.last_used_at
FROM api_keys
WHERE api_keys.key_id = %(key_id)s::VARCHAR AND api_keys.revoked_at IS NULL
""",
    note_key="""
UPDATE api_keys SET saved=true, last_used_at=%(used_at)s::BIGINT WHERE api_keys.key_id = %(used_key)s::VARCHAR
""",
    note_account="""
UPDATE principals SET last_used_at=%(used_at)s::BIGINT WHERE principals.id = %(used_account)s::VARCHAR
""",
)
