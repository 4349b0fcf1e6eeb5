"""What an operator sets out to do, by the words of the command line: what the trail tells of a refusal."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from pftui.domain.audit import Target

#: The noun of what is done to an account of either kind, by what the account is.
_NOUNS = {Target.USER: "users", Target.SERVICE_ACCOUNT: "service-accounts"}


class Act(Enum):
    """A use case that a rule may refuse: noun, verb, and the words for "Refused to …".

    In the words, `{object}` is what it would have been done to, and `{team}` the team in which.
    """

    SERVICE_ACCOUNT_CREATE = ("service-accounts", "create", "create {object}")
    USER_CREATE = ("users", "create", "add {object}")
    PASSWORD_RESET = ("users", "reset-password", "reset the password of {object}")
    PASSWORD_RESET_ON_HOST = ("users", "reset-password --host", "reset the password of {object} on the host")
    USER_LEAVES = ("users", "offboard --dry-run", "list what {object} leaves behind")
    USER_OFFBOARD = ("users", "offboard", "offboard {object}")
    ACCOUNT_UPDATE = ("accounts", "update", "change {object}")
    ACCOUNT_DISABLE = ("accounts", "disable", "disable {object}")
    ACCOUNT_ENABLE = ("accounts", "enable", "enable {object}")
    ACCOUNT_DELETE = ("accounts", "delete", "delete {object}")
    ACCOUNT_EXPLAIN = ("accounts", "explain", "say what {object} may do")
    ADMIN_GRANT = ("accounts", "grant-admin", "give global admin privileges to {object}")
    ADMIN_REVOKE = ("accounts", "revoke-admin", "take global admin privileges from {object}")
    KEY_LIST = ("keys", "list", "list the API keys of {object}")
    KEY_IDENTIFY = ("keys", "identify", "identify an API key of {object}")
    KEY_CREATE = ("keys", "create", "create an API key for {object}")
    KEY_REVOKE = ("keys", "revoke", "revoke {object}")
    KEY_CONFIRM = ("keys", "confirm", "confirm that {object} is saved")
    TEAM_CREATE = ("teams", "create", "create {object}")
    TEAM_RENAME = ("teams", "rename", "rename {object}")
    TEAM_DELETE = ("teams", "delete", "delete {object}")
    TEAM_ADD = ("teams", "add", "add {object} to {team}")
    TEAM_SET_ROLE = ("teams", "set-role", "change the role of {object} in {team}")
    TEAM_REMOVE = ("teams", "remove", "remove {object} from {team}")
    ROLE_CREATE = ("roles", "create", "create {object}")
    ROLE_UPDATE = ("roles", "update", "change {object}")
    ROLE_DUPLICATE = ("roles", "duplicate", "duplicate {object}")
    ROLE_DELETE = ("roles", "delete", "delete {object}")
    WEBHOOK_LIST = ("webhooks", "list", "list the webhooks of {object}")
    WEBHOOK_SHOW = ("webhooks", "show", "show {object}")
    WEBHOOK_CREATE = ("webhooks", "create", "create {object}")
    WEBHOOK_UPDATE = ("webhooks", "update", "change {object}")
    WEBHOOK_PAUSE = ("webhooks", "pause", "pause {object}")
    WEBHOOK_RESUME = ("webhooks", "resume", "resume {object}")
    WEBHOOK_DELETE = ("webhooks", "delete", "delete {object}")
    WEBHOOK_REGENERATE_SECRET = (
        "webhooks",
        "regenerate-secret",
        "give {object} another signing secret",
    )
    WEBHOOK_TEST = ("webhooks", "test", "send a test event to {object}")
    WEBHOOK_DELIVERIES = ("webhooks", "deliveries", "list the deliveries of {object}")
    WEBHOOK_RESEND = ("webhooks", "resend", "send an event to {object} again")
    WEBHOOK_RESEND_PARKED = ("webhooks", "resend --parked", "send what is parked to {object} again")
    WEBHOOK_DROP_PARKED = ("webhooks", "update --drop-parked", "give up what is parked for {object}")
    SESSION_LIST = ("sessions", "list", "list all sessions of {object}")
    SESSION_END = ("sessions", "end", "end a session of {object}")
    ORGANIZATION_UPDATE = ("organization", "update", "change {object}")
    UNDO = ("changes", "undo", "undo a change to {object}")
    AUDIT_LIST = ("audit", "list", "list the audit trail of {object}")
    AUDIT_SHOW = ("audit", "show", "show an event of {object}")
    AUDIT_EXPORT = ("audit", "export", "export the audit trail of {object}")
    AUDIT_HEAD = ("audit", "head", "read the head of the audit trail of {object}")
    AUDIT_ARCHIVE = ("audit", "archive", "archive old events of {object}")
    AUDIT_VERIFY = ("audit", "verify", "verify the audit trail of {object}")

    def named(self, target: Target) -> str:
        """Noun and verb, as on the command line, for what the object is."""
        noun, verb, _ = self.value
        return f"{_NOUNS.get(target, noun) if noun == 'accounts' else noun} {verb}"

    def told(self, what: str, team: str) -> str:
        """What goes on after "Refused to "."""
        return self.value[2].replace("{team}", team).replace("{object}", what)


@dataclass(frozen=True, slots=True)
class Intent:
    """An act and its object: the id of what is there, the name of what would be made.

    An account is a `Target.USER` until its row says what it is; the organization needs neither id nor name.
    """

    act: Act
    target: Target = Target.ORGANIZATION
    target_id: str = ""
    name: str = ""
    team_id: str | None = None


def on_account(act: Act, account_id: str, team_id: str | None = None) -> Intent:
    """An act on a user or a service account, in a team where there is one."""
    return Intent(act, Target.USER, account_id, team_id=team_id)


def on_team(act: Act, team_id: str) -> Intent:
    """An act on a team."""
    return Intent(act, Target.TEAM, team_id, team_id=team_id)


def on_role(act: Act, role_id: str) -> Intent:
    """An act on a role."""
    return Intent(act, Target.ROLE, role_id)


def on_webhook(act: Act, webhook_id: str) -> Intent:
    """An act on a webhook."""
    return Intent(act, Target.WEBHOOK, webhook_id)


def on_key(act: Act, key_id: str) -> Intent:
    """An act on an API key."""
    return Intent(act, Target.API_KEY, key_id)
