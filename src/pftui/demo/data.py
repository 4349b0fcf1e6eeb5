"""The sample organization of `pftui --demo`: who is in it, and who is told. All of it is made up."""

from __future__ import annotations

from dataclasses import dataclass

from pftui.domain.permissions import Permission

ORGANIZATION = "Acme Corp"
DOMAIN = "acme.example"

#: People; the first one is who is signed in. Addresses are first names.
USERS = (
    "Alice Ng",
    "Bao Tran",
    "Carmen Ortiz",
    "Dmitri Volkov",
    "Esther Cohen",
    "Farid Haddad",
    "Grace Okafor",
    "Hiro Tanaka",
    "Ingrid Solberg",
    "João Pereira",
    "Katarzyna Nowak",
    "Liam Murphy",
    "Mei Lin",
    "Noor Rahman",
    "Olga Petrova",
    "Priya Sharma",
    "Quentin Dubois",
    "Rosa Marino",
    "Samuel Adeyemi",
    "Tove Lindqvist",
    "Uma Iyer",
    "Viktor Horváth",
    "Wanjiru Kamau",
    "Ximena Rojas",
    "Yusuf Demir",
    "Zoë de Vries",
    "Anders Holm",
    "Beatriz Lima",
    "Chidi Eze",
    "Daria Ionescu",
    "Emil Novák",
    "Freya Jensen",
    "Gabriel Costa",
    "Hannah Weiss",
    "Imran Malik",
    "Jana Kovář",
    "Kenji Mori",
    "Lucía Vega",
    "Marek Zieliński",
    "Nadia Benali",
)
ADMINS = frozenset({"Alice Ng", "Grace Okafor", "Tove Lindqvist"})
DISABLED_USERS = frozenset({"Quentin Dubois", "Gabriel Costa"})
INVITED_USERS = frozenset({"Lucía Vega", "Marek Zieliński", "Nadia Benali"})
#: Who has the custom role of this name in all of their teams.
TRIAGE = frozenset({"Carmen Ortiz", "Mei Lin", "Viktor Horváth", "Freya Jensen"})
USERS_WITHOUT_TEAM = frozenset({"Jana Kovář", "Kenji Mori"})

TEAMS = ("Red Team", "Platform", "Payments", "Customer Chat", "Search", "Research")


@dataclass(frozen=True, slots=True)
class CustomRole:
    """A role of the organization's own."""

    name: str
    description: str
    permissions: tuple[Permission, ...]


CUSTOM_ROLES = (
    CustomRole(
        "Release Bot",
        "Scans what is about to be released",
        (Permission.VIEW_CONFIGURATIONS, Permission.RUN_SCANS),
    ),
    CustomRole("Uploader", "Uploads local evaluations, nothing else", (Permission.CREATE_EVALUATIONS,)),
    CustomRole(
        "Triage",
        "Works on what the scans have found",
        (Permission.VIEW_CONFIGURATIONS, Permission.VIEW_EVALUATIONS, Permission.MANAGE_ISSUES),
    ),
)


@dataclass(frozen=True, slots=True)
class Webhook:
    """Where events are sent, so many days old; since some days ago in vain, or paused."""

    name: str
    url: str
    events: tuple[str, ...]
    days: int
    team: str | None = None
    failing_days: int = 0
    paused_days: int = 0


#: What stands at `.example` has no address anywhere (RFC 2606), and the demo sends nothing anyway.
WEBHOOKS = (
    Webhook("SIEM", f"https://siem.{DOMAIN}/in", ("api_key.*", "service_account.*"), days=180),
    Webhook("chat-ops", f"https://chat.{DOMAIN}/hooks/admins", ("user.*",), days=120, failing_days=3),
    Webhook("ticketing", f"https://tickets.{DOMAIN}/pftui", ("*",), days=60, team="Payments", paused_days=6),
)


@dataclass(frozen=True, slots=True)
class ServiceAccount:
    """A service account: the teams it is in with their roles, and its keys.

    Of its `keys`, all live, the newest is `unsaved` on demand; `revoked` ones come on top.
    """

    name: str
    description: str
    teams: tuple[tuple[str, str], ...] = ()
    keys: int = 1
    revoked: int = 0
    unsaved: bool = False
    disabled: bool = False
    admin: bool = False


_CI, _ENGINEER, _VIEWER = "CI Runner", "Engineer", "Viewer"
SERVICE_ACCOUNTS = (
    ServiceAccount(
        "ci-bot", "Scans every pull request", (("Red Team", _CI), ("Platform", _CI)), keys=2, revoked=1
    ),
    ServiceAccount("nightly", "The long scans, at 02:00 UTC"),
    ServiceAccount(
        "deploy-gate", "Asks before a release goes out", (("Platform", _VIEWER), ("Payments", _VIEWER))
    ),
    ServiceAccount("terraform", "Creates teams and roles from code", admin=True, keys=2),
    ServiceAccount("canary", "A scan a minute against production", (("Customer Chat", _CI),)),
    ServiceAccount("chat-scanner", "Prompt injection against the chat", (("Customer Chat", _CI),), revoked=2),
    ServiceAccount("payments-ci", "", (("Payments", _CI),)),
    ServiceAccount("search-ci", "", (("Search", _CI),)),
    ServiceAccount("platform-ci", "", (("Platform", _CI),), keys=3),
    ServiceAccount("research-notebooks", "Shared notebooks of the research team", (("Research", _ENGINEER),)),
    ServiceAccount("report-mailer", "The weekly report, Mondays", tuple((team, _VIEWER) for team in TEAMS)),
    ServiceAccount("dashboard", "The screen in the hallway", (("Red Team", _VIEWER), ("Platform", _VIEWER))),
    ServiceAccount("release-train", "", (("Platform", "Release Bot"), ("Search", "Release Bot"))),
    ServiceAccount("red-team-runner", "", (("Red Team", "Administrator"),), revoked=1),
    ServiceAccount("gitlab-import", "Old pipelines, to be moved", (("Platform", _CI),), disabled=True),
    ServiceAccount(
        "jenkins", "Replaced by ci-bot", (("Platform", _CI), ("Payments", _CI)), disabled=True, revoked=1
    ),
    ServiceAccount("staging-gate", "", (("Payments", _VIEWER),), unsaved=True),
    ServiceAccount(
        "fraud-model-ci", "Key waits for the payments team", (("Payments", _CI),), keys=2, unsaved=True
    ),
    ServiceAccount("load-test", "Key revoked after the test of May", (("Search", _CI),), keys=0, revoked=2),
    ServiceAccount("old-scanner", "", (("Red Team", _CI),), keys=0, revoked=1),
    ServiceAccount("pr-comments", "Waits for its team"),
    ServiceAccount("sandbox", "To try things out", keys=2),
    ServiceAccount("eval-runner", "", (("Research", "Uploader"), ("Customer Chat", "Uploader"))),
    ServiceAccount("slack-notifier", "Posts new findings", (("Red Team", _VIEWER),)),
    ServiceAccount("backup-audit", "Exports the audit trail", admin=True, teams=(("Red Team", _VIEWER),)),
)
