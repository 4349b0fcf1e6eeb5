"""An example or two of each command, for its `--help`; a test parses each with the real parser.

They stand together, so that they tell of one organization: what one makes, the next one uses.
"""

from __future__ import annotations

from typing import Final

#: By the command's words. What stands before or behind it on a line is the shell's.
EXAMPLES: Final[dict[str, tuple[str, ...]]] = {
    "": (
        "pftui",
        "pftui login --as alice@acme.io",
        "pftui service-accounts create ci-bot --team red-team --role 'CI Runner'",
    ),
    "init": (
        "pftui init --org 'Acme Corp' --name 'Alice Ng' --email alice@acme.io",
        "pftui init --org Acme --name Alice --email alice@acme.io <password.txt",
    ),
    "login": (
        "pftui login --as alice@acme.io",
        "PFTUI_AS=alice@acme.io pftui login",
    ),
    "logout": ("pftui logout",),
    "whoami": ("pftui whoami", "pftui whoami --json"),
    "verify": (
        "pftui verify --team red-team --permission run_scans <key.txt",
        "pftui verify --no-touch <leaked.txt",
    ),
    "explain": (
        "pftui explain ci-bot --team red-team --permission run_scans",
        "pftui explain ci-bot --json",
    ),
    "users list": ("pftui users list", "pftui users list --filter 'is:invited !admin' --json"),
    "users show": ("pftui users show bao@acme.io",),
    "users create": (
        "pftui users create bao@acme.io --name 'Bao Tran' --output bao.txt",
        "pftui users create dana@acme.io --name Dana --admin",
    ),
    "users update": ("pftui users update bao@acme.io --name 'Bao Tran' --email bao.tran@acme.io",),
    "users disable": ("pftui users disable bao@acme.io", "pftui users disable bao@acme.io --yes"),
    "users enable": ("pftui users enable bao@acme.io",),
    "users delete": ("pftui users delete bao@acme.io",),
    "users grant-admin": ("pftui users grant-admin dana@acme.io",),
    "users revoke-admin": ("pftui users revoke-admin dana@acme.io",),
    "users offboard": (
        "pftui users offboard bao@acme.io --dry-run",
        "pftui users offboard bao@acme.io --keys revoke --reason 'Has left' --yes",
    ),
    "users reset-password": (
        "pftui users reset-password bao@acme.io --output bao.txt",
        "pftui users reset-password alice@acme.io --host",
    ),
    "teams list": ("pftui teams list", "pftui teams list --filter is:empty"),
    "teams show": ("pftui teams show red-team",),
    "teams create": ("pftui teams create 'Red Team'",),
    "teams rename": ("pftui teams rename red-team 'Crimson Team'",),
    "teams delete": ("pftui teams delete red-team",),
    "teams add": (
        "pftui teams add red-team ci-bot --role 'CI Runner'",
        "pftui teams add red-team bao@acme.io --role Engineer",
    ),
    "teams set-role": ("pftui teams set-role red-team bao@acme.io --role Viewer",),
    "teams remove": ("pftui teams remove red-team ci-bot",),
    "roles list": ("pftui roles list",),
    "roles show": ("pftui roles show 'CI Runner'",),
    "roles create": (
        "pftui roles create Uploader --permission create_evaluations",
        "pftui roles create Auditor --permission view_issues --description Audits",
    ),
    "roles update": (
        "pftui roles update Uploader --add run_scans --dry-run",
        "pftui roles update Uploader --add run_scans --remove view_issues",
    ),
    "roles duplicate": ("pftui roles duplicate 'CI Runner' 'Nightly Runner'",),
    "roles delete": ("pftui roles delete Uploader --move-to Viewer",),
    "service-accounts list": (
        "pftui service-accounts list",
        "pftui service-accounts list --filter is:unsaved",
    ),
    "service-accounts show": ("pftui service-accounts show ci-bot",),
    "service-accounts create": (
        "pftui service-accounts create ci-bot --output key.txt",
        "pftui service-accounts create nightly --team red-team --role 'CI Runner'",
    ),
    "service-accounts update": ("pftui service-accounts update ci-bot --description 'Scans each merge'",),
    "service-accounts disable": ("pftui service-accounts disable ci-bot",),
    "service-accounts enable": ("pftui service-accounts enable ci-bot",),
    "service-accounts delete": ("pftui service-accounts delete ci-bot",),
    "service-accounts grant-admin": ("pftui service-accounts grant-admin ci-bot",),
    "service-accounts revoke-admin": ("pftui service-accounts revoke-admin ci-bot",),
    "keys list": ("pftui keys list", "pftui keys list ci-bot --json"),
    "keys show": ("pftui keys show pfsa_Ab12Cd34Ef",),
    "keys identify": ("grep -m1 Bearer leaked.log | pftui keys identify",),
    "keys create": (
        "pftui keys create ci-bot --label 'since May' --output key.txt",
        "key=$(pftui keys create ci-bot)",
    ),
    "keys revoke": ("pftui keys revoke pfsa_Ab12Cd34Ef",),
    "webhooks list": ("pftui webhooks list",),
    "webhooks show": ("pftui webhooks show SIEM",),
    "webhooks create": (
        "pftui webhooks create SIEM --url https://siem.acme.io/ --event '*'",
        "pftui webhooks create Keys --url https://chat.acme.io/hook --event 'api_key.*'",
    ),
    "webhooks update": (
        "pftui webhooks update SIEM --event 'user.*' --event 'api_key.*'",
        "pftui webhooks update SIEM --drop-parked",
    ),
    "webhooks pause": ("pftui webhooks pause SIEM",),
    "webhooks resume": ("pftui webhooks resume SIEM",),
    "webhooks delete": ("pftui webhooks delete SIEM",),
    "webhooks regenerate-secret": (
        "pftui webhooks regenerate-secret SIEM --keep-previous --output siem.txt",
    ),
    "webhooks deliveries": ("pftui webhooks deliveries SIEM --failed",),
    "webhooks test": ("pftui webhooks test SIEM",),
    "webhooks resend": (
        "pftui webhooks resend SIEM 6b0e1f3c-54a1-4a3f-8c35-2f1f0c6a9d11",
        "pftui webhooks resend SIEM --parked",
    ),
    "webhooks deliver": ("pftui webhooks deliver", "pftui webhooks deliver --follow"),
    "webhooks event-types": ("pftui webhooks event-types",),
    "sessions list": ("pftui sessions list", "pftui sessions list --all"),
    "sessions end": ("pftui sessions end 3f0c6a52-4a43-4c7e-9f0e-8a0b6c2d1e55",),
    "organization show": ("pftui organization show",),
    "organization update": ("pftui organization update --idle-lock 5 --session-hours 8",),
    "audit list": (
        "pftui audit list --action login_failed --since 7d",
        "pftui audit list --about ci-bot --limit 100 --json",
    ),
    "audit export": (
        "pftui audit export --since 2026-01-01 >trail.jsonl",
        "pftui audit export --format csv --about ci-bot >ci-bot.csv",
    ),
    "audit tail": (
        "pftui audit tail --lines 20",
        "pftui audit tail --follow --json --after 88307",
    ),
    "audit show": ("pftui audit show 42",),
    "audit head": ("pftui audit head >>heads.txt", "pftui audit head --sign ~/.ssh/id_ed25519 >head.signed"),
    "audit verify": (
        "pftui audit verify --expect-file heads.txt",
        "pftui audit verify --signed head.signed --allowed-signers signers",
    ),
    "audit archive": ("pftui audit archive --before 2025-01-01 --to 2024.archive",),
    "db status": ("pftui db status",),
    "db check": ("pftui db check --json",),
    "db upgrade": ("pftui db upgrade",),
    "db backup": ("pftui db backup ~/backups/pftui.db",),
    "db copy": (
        "pftui db copy --from ~/pftui.db --to postgresql://pftui_owner@db.acme.io/pftui",
        "pftui db copy --from postgresql://pftui_owner@db.acme.io/pftui --to ~/pftui.db",
    ),
    "db rotate-key": ("pftui db rotate-key",),
    "db restore": ("pftui db restore ~/backups/pftui.db",),
}


def examples_of(words: str) -> tuple[str, ...]:
    """The examples of a command; of a noun, the first of each of its first verbs."""
    own = EXAMPLES.get(words)
    if own is not None:
        return own
    verbs = [given for name, given in EXAMPLES.items() if name.startswith(f"{words} ")]
    return tuple(given[0] for given in verbs[:2])
