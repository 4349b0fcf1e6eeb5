"""How every screen and modal looks at 80×24 and 120×40, on the demo's organization and a clock that stands.

`make snapshots-update` rewrites the pictures; look at them before you accept them.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from time import monotonic
from typing import Any, ParamSpec, TypeVar

import pytest
from textual.pilot import Pilot
from textual.screen import ModalScreen
from textual.widgets import Input

from pftui.app import PftuiApp
from pftui.bootstrap import open_services
from pftui.domain.api_key import ApiKey, KeyPrefix, checksum
from pftui.domain.errors import SignInFailed
from pftui.domain.secret import Secret
from pftui.domain.source import Source
from pftui.screens.dialogs.confirm import Confirm
from pftui.screens.dialogs.prove import Prove
from pftui.services import keys, users
from pftui.terminal import clipboard
from pftui.terminal.clipboard import CopyResult, Way
from pftui.widgets.theme import DARK, IN_256, LIGHT, SIXTEEN
from tests.conftest import ADMIN_EMAIL, ADMIN_PASSWORD
from tests.patience import PATIENCE

P = ParamSpec("P")
T = TypeVar("T")

NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
SIZES = {"80x24": (80, 24), "120x40": (120, 40)}
Compare = Callable[..., bool]

#: What is pressed from the Users tab on to get to each screen.
WALKS: dict[str, str] = {
    "users": "",
    "users-service-accounts": "v v down down",
    "users-filtered": "/ b o t",
    "users-no-match": "/ z z z",
    "account-details": "v v down down enter",
    "account-details-refused": "v v down down enter down x",
    "create-service-account": "c",
    "create-service-account-refused": "c enter",
    "create-service-account-taken": "c c i - b o t enter",
    "discard": "c x escape",
    "reveal": "c x x enter",
    "reveal-hidden": "c x x enter h",
    "reveal-save": "c x x enter s",
    "reveal-check": "c x x enter p",
    "reveal-wrong-check": "c x x enter p n o enter",
    "reveal-copied": "c x x enter c",
    "reveal-leave": "c x x enter escape",
    "reveal-leave-copied": "c x x enter c enter",
    "reveal-leave-copied-unsaved": "c x x enter c escape",
    "reveal-assign": "c x x enter a",
    "reveal-assign-role": "c x x enter a enter",
    "reveal-assigned": "c x x enter a enter enter",
    "new-user": "n",
    "temporary-password": "n x tab x @ y . z enter",
    "edit-account": "e",
    "edit-service-account": "v v e",
    "assign": "v v a",
    "grant-admin": "v v down A",
    "revoke-admin": "v v A",
    "disable": "v v d",
    "enable": "/ g i t l a b enter d",
    "revoke-key": "v v down down enter x",
    "own-password": "ctrl+p o w n space p a s s down enter",
    "notices": "2 t x y enter h",
    "delete": "v v D",
    "reset-password": "down p",
    "last-admin": "D",
    "new-key": "v v k",
    "teams": "2",
    "teams-selected": "2 down down down enter",
    "teams-no-match": "2 / z z z",
    "team-assign": "2 a",
    "team-add-members": "2 m",
    "team-new": "2 t",
    "team-rename": "2 e",
    "team-delete": "2 D",
    "team-change-role": "2 enter r",
    "team-unassign": "2 enter x",
    "roles": "3",
    "roles-selected": "3 down enter",
    "roles-filtered": "3 / i s : p r e d e f i n e d space e v a l s",
    "role-new": "3 n tab tab down down space",
    "role-new-locked": "3 n tab tab down down space down down down space",
    "role-new-refused": "3 n v i e w e r enter",
    "role-duplicate": "3 c",
    "webhooks": "4",
    "webhooks-selected": "4 down enter",
    "webhook-new": "4 n",
    "webhook-edit": "4 e",
    "webhook-delete": "4 D",
    "audit": "5",
    "audit-selected": "5 down enter",
    "audit-filters": "5 f",
    "history": "v v H",
    "help": "question_mark",
    "palette": "ctrl+p",
    "palette-finds-accounts": "ctrl+p b o t",
}


@pytest.fixture(autouse=True)
def _nothing_by_chance(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The same key, password, folder and terminal each time."""
    body = "pfsa_Ab12Cd34Ef" + "0" * 38
    key = ApiKey(KeyPrefix.SERVICE_ACCOUNT, "Ab12Cd34Ef", Secret(body + checksum(body)))
    monkeypatch.setattr(keys, "generate", lambda: key)
    monkeypatch.setattr(users, "temporary_password", lambda: Secret("abcde-fghij-kmnop-qrstu"))
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    sent = CopyResult(Way.TERMINAL, "Sent to your terminal's clipboard. pftui cannot see whether it arrived.")
    monkeypatch.setattr(clipboard, "copy", lambda text, write, environ: sent)
    for name in ("SSH_CONNECTION", "SSH_TTY", "NO_COLOR", "PFTUI_REVEAL", "TMUX", "STY"):
        monkeypatch.delenv(name, raising=False)


def shown(app: PftuiApp) -> str:
    return "\n".join(strip.text for strip in app.screen._compositor.render_strips())


def lay_out(app: PftuiApp) -> None:
    """Draw modals on a plain ground: a new column or tab then changes the pictures of lists, and no dialog's.

    Modals under modals stay: that one is seen behind the other belongs to their looks. Cursors stand still.
    """
    for screen in app.screen_stack:
        if not isinstance(screen, ModalScreen):
            screen.set_class(isinstance(app.screen, ModalScreen), "-ground")
    for entry in app.screen.query(Input):
        entry.cursor_blink = False  # the palette's does: half of the pictures would be without it


#: The groups of workers that wait for an answer of the person.
ASKING = frozenset({"flow", "step"})


def at_work(app: Any) -> bool:
    """Whether something is still read, searched or changed, however long that takes."""
    if isinstance(app.screen, Prove | Confirm):  # what is under way beneath waits for its answer
        return bool(app.screen.busy)
    return app.calls > 0 or any(
        not worker.is_finished and worker.group not in ASKING for worker in app.workers
    )


async def settle(pilot: Pilot[None]) -> None:
    """Wait until the screen has stayed the same for a while, longer than details take to follow."""
    app: Any = pilot.app
    before, same = "", 0
    until = monotonic() + PATIENCE
    while monotonic() < until:
        lay_out(app)
        await pilot.pause(0.05)
        now = shown(app) + type(app.screen).__name__
        same = same + 1 if now == before and not at_work(app) else 0
        before = now
        if same >= 7:
            return
    raise AssertionError("the screen never came to rest")


def walk(presses: str) -> Callable[[Pilot[None]], Awaitable[None]]:
    async def steps(pilot: Pilot[None]) -> None:
        app: Any = pilot.app
        while not app.ready:
            await pilot.pause(0.05)
        await settle(pilot)
        for key in presses.split():
            await pilot.press(key)
            if len(key) > 1 or not presses.startswith(("/", "2 /")):
                await settle(pilot)
        await settle(pilot)
        app.secret_on_screen = False  # the key is no secret here, and its looks are what is compared

    return steps


class Pictured(PftuiApp):
    """The console, which hands the picture over that it was ended with."""

    CSS = "Screen.-ground > * { visibility: hidden !important; }"
    calls = 0

    async def call(self, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Count the calls that are under way."""
        self.calls += 1
        try:
            return await super().call(function, *args, **kwargs)
        finally:
            self.calls -= 1

    def run(self, *args: Any, **kwargs: Any) -> Any:
        super().run(*args, **kwargs)
        return self.return_value


def demo(theme: str = DARK) -> PftuiApp:
    return Pictured(demo=True, clock=lambda: NOW, theme=theme)


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("name", WALKS)
def test_looks(name: str, size: str, snap_compare: Compare) -> None:
    assert snap_compare(demo(), terminal_size=SIZES[size], run_before=walk(WALKS[name]))


@pytest.mark.parametrize("size", SIZES)
def test_looks_of_a_conflict(size: str, snap_compare: Compare) -> None:
    async def conflict(pilot: Pilot[None]) -> None:
        await walk("v v e")(pilot)
        app: Any = pilot.app
        account = app.services.accounts.find(app.operator, "backup-audit")
        app.services.accounts.update(app.operator, account.id, description="Changed by somebody else")
        await pilot.press("end", "2", "enter", "enter")
        await settle(pilot)

    assert snap_compare(demo(), terminal_size=SIZES[size], run_before=conflict)


def a_role_of_ones_own(app: Any) -> None:
    """The demo's custom role, which more than its own two hold."""
    services, operator = app.services, app.operator
    role = services.roles.find(operator, "Release Bot")
    runner = services.roles.find(operator, "CI Runner")
    for each in services.roles.holders(operator, runner.id).listed[:6]:
        services.teams.set_role(operator, each.team_id, each.account_id, role.id)


#: What is done with it, from the Roles tab on, where it is the fourth row.
WITH_A_ROLE = {
    "roles-custom": "",
    "role-edit": "e",
    "role-edit-preview": "e tab tab down down space down down space enter",
    "role-delete": "D",
    "role-delete-moved": "D enter",
}


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("name", WITH_A_ROLE)
def test_looks_of_a_role_of_ones_own(name: str, size: str, snap_compare: Compare) -> None:
    async def go(pilot: Pilot[None]) -> None:
        await walk("")(pilot)
        a_role_of_ones_own(pilot.app)
        await walk(f"3 down down down {WITH_A_ROLE[name]}")(pilot)

    assert snap_compare(demo(), terminal_size=SIZES[size], run_before=go)


@pytest.mark.parametrize("theme", [LIGHT, SIXTEEN])
@pytest.mark.parametrize("name", ["users", "reveal", "teams"])
def test_looks_in_other_themes(name: str, theme: str, snap_compare: Compare) -> None:
    assert snap_compare(demo(theme), terminal_size=(120, 40), run_before=walk(WALKS[name]))


@pytest.mark.parametrize("size", [(40, 12), (59, 24), (60, 18)])
def test_looks_on_a_small_terminal(size: tuple[int, int], snap_compare: Compare) -> None:
    assert snap_compare(demo(), terminal_size=size, run_before=walk(""))


@pytest.mark.parametrize("size", SIZES)
def test_looks_of_the_welcome(size: str, snap_compare: Compare, tmp_path: Path) -> None:
    app = Pictured("sqlite:////nowhere/pftui.db", clock=lambda: NOW, theme=DARK)

    async def rest(pilot: Pilot[None]) -> None:
        await settle(pilot)
        await pilot.press("enter", "enter", "enter", "enter", "enter")
        await settle(pilot)

    assert snap_compare(app, terminal_size=SIZES[size], run_before=rest)


@pytest.mark.parametrize("size", SIZES)
def test_looks_of_the_sign_in(size: str, snap_compare: Compare, sqlite_url: str) -> None:
    app = Pictured(sqlite_url, clock=lambda: NOW, theme=DARK)

    async def wrong(pilot: Pilot[None]) -> None:
        await settle(pilot)
        await pilot.press(*"a@b.example", "tab", *"wrong", "enter")
        await settle(pilot)

    assert snap_compare(app, terminal_size=SIZES[size], run_before=wrong)


async def come_in(pilot: Pilot[None], *keys: str) -> None:
    """Sign the first admin in, and press on."""
    app: Any = pilot.app
    await settle(pilot)
    await pilot.press(*ADMIN_EMAIL, "enter", *ADMIN_PASSWORD, "enter")
    while not app.ready or not app.shell:
        await pilot.pause(0.05)
    for key in ("", *keys):
        await pilot.press(*([key] if key else []))
        await settle(pilot)


def signed_in_before(url: str, failures: int) -> None:
    """The first admin has been there three hours ago, and somebody tried to be them since."""
    services = open_services(url, lambda: NOW - timedelta(hours=3))
    source = Source(1000, "jump", "pts/3", "203.0.113.129")
    services.sign_in.with_password(ADMIN_EMAIL, Secret(ADMIN_PASSWORD), source=source)
    for _ in range(failures):
        with pytest.raises(SignInFailed):
            services.sign_in.with_password(ADMIN_EMAIL, Secret("a guess of somebody's"))
    services.lifecycle.close()


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("failures", [0, 2])
def test_looks_of_the_last_sign_in(failures: int, size: str, snap_compare: Compare, sqlite_url: str) -> None:
    signed_in_before(sqlite_url, failures)
    app = Pictured(sqlite_url, clock=lambda: NOW, theme=DARK)
    assert snap_compare(app, terminal_size=SIZES[size], run_before=come_in)


LOCKED = {
    "lock": [],
    "lock-wrong": [*"wrong", "enter"],
    "lock-unsaved": ["ctrl+q"],
    "lock-give-up": ["ctrl+o"],
}


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("name", LOCKED)
def test_looks_of_the_lock(name: str, size: str, snap_compare: Compare, sqlite_url: str) -> None:
    before = ["c", "x", "x", "enter"] if name in ("lock-unsaved", "lock-give-up") else []

    async def lock(pilot: Pilot[None]) -> None:
        await come_in(pilot, *before)
        app: Any = pilot.app
        app.idle_is_over_limit()
        for key in ("", *LOCKED[name]):
            await pilot.press(*([key] if key else []))
            if len(key) != 1:
                await settle(pilot)
        app.secret_on_screen = False

    app = Pictured(sqlite_url, clock=lambda: NOW, theme=DARK)
    assert snap_compare(app, terminal_size=SIZES[size], run_before=lock)


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("name", ["prove", "prove-wrong", "prove-given-up"])
def test_looks_of_the_password_once_more(
    name: str, size: str, snap_compare: Compare, sqlite_url: str
) -> None:
    times = [NOW]

    async def prove(pilot: Pilot[None]) -> None:
        await come_in(pilot)
        times.append(NOW + timedelta(minutes=16))
        await pilot.press("c")
        await settle(pilot)
        await pilot.press(*"ci-bot", "tab", "tab", "space", "enter")
        await settle(pilot)
        last = {"prove": [], "prove-wrong": [*"wrong", "enter"], "prove-given-up": ["escape"]}[name]
        await pilot.press(*last)
        await settle(pilot)

    app = Pictured(sqlite_url, clock=lambda: times[-1], theme=DARK)
    assert snap_compare(app, terminal_size=SIZES[size], run_before=prove)


#: The main screens and the reveal; in all colours they are above.
IN_FEWER_COLOURS = ["users", "teams", "account-details", "reveal"]
FEWER = {"256": IN_256[DARK], "16": SIXTEEN}


@pytest.mark.parametrize("colours", FEWER)
@pytest.mark.parametrize("name", IN_FEWER_COLOURS)
def test_looks_in_fewer_colours(name: str, colours: str, snap_compare: Compare) -> None:
    assert snap_compare(demo(FEWER[colours]), terminal_size=SIZES["80x24"], run_before=walk(WALKS[name]))


@pytest.mark.parametrize("colours", FEWER)
def test_looks_of_the_sign_in_in_fewer_colours(colours: str, snap_compare: Compare, sqlite_url: str) -> None:
    app = Pictured(sqlite_url, clock=lambda: NOW, theme=FEWER[colours])

    async def typed(pilot: Pilot[None]) -> None:
        await settle(pilot)
        await pilot.press(*"a@b.example", "tab", *"wrong")
        await settle(pilot)

    assert snap_compare(app, terminal_size=SIZES["80x24"], run_before=typed)


def somebody_leaves(url: str, monkeypatch: pytest.MonkeyPatch) -> str:
    """A person with a role, who was shown the keys of an admin account and of another one; gives their id."""
    ids = iter(["Ab12Cd34Ef", "Qq90Zx11Lm", "Ub7Rt55Wz0"])

    def generate() -> ApiKey:
        key_id = next(ids)
        body = f"pfsa_{key_id}{'0' * 38}"
        return ApiKey(KeyPrefix.SERVICE_ACCOUNT, key_id, Secret(body + checksum(body)))

    monkeypatch.setattr(keys, "generate", generate)
    times = [NOW - timedelta(days=40)]
    services = open_services(url, lambda: times[-1])
    alice = services.sign_in.with_password(ADMIN_EMAIL, Secret(ADMIN_PASSWORD)).operator
    invited = services.users.create(alice, email="dana@acme.example", name="Dana Fox", global_admin=True)
    dana = services.sign_in.with_password("dana@acme.example", invited.password).operator
    own = Secret("correct lantern gravel saxophone")
    dana = services.sign_in.change_password(dana, invited.password, own)
    team = services.teams.create(dana, "Red Team").id
    services.teams.add(dana, team, dana.id, services.roles.find(dana, "Viewer").id)
    services.service_accounts.create(dana, name="nightly-eval")
    admin = services.service_accounts.create(dana, name="provisioning", global_admin=True)
    services.service_accounts.create(dana, name="ci-bot")
    times.append(NOW - timedelta(minutes=3))
    services.verifier.verify(admin.key)
    services.lifecycle.close()
    return dana.id


#: What is pressed once the cursor is on who leaves.
LEAVING = {
    "offboard": ["o"],
    "offboard-kept": ["o", "down", "space", *"until May", "enter"],
    "offboard-offered": ["d"],
    "offboard-offered-for-a-deletion": ["D"],
}


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("name", LEAVING)
def test_looks_of_who_leaves(
    name: str, size: str, snap_compare: Compare, sqlite_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    leaver = somebody_leaves(sqlite_url, monkeypatch)

    async def leave(pilot: Pilot[None]) -> None:
        await come_in(pilot)
        app: Any = pilot.app
        app.shell.tab.reveal(leaver)
        await settle(pilot)
        for key in LEAVING[name]:
            await pilot.press(key)
            if len(key) != 1 or key in "odD":
                await settle(pilot)
        await settle(pilot)

    app = Pictured(sqlite_url, clock=lambda: NOW, theme=DARK)
    assert snap_compare(app, terminal_size=SIZES[size], run_before=leave)
