"""The key that seals signing secrets takes another's place, whatever comes between, on both databases."""

from __future__ import annotations

from pathlib import Path

import pytest

from pftui.domain.accounts import Operator
from pftui.domain.errors import StoreKeyUnavailable
from pftui.domain.secret import Secret
from pftui.services import store_key
from pftui.services.contracts import Services
from pftui.services.delivering.outbox import Outbox
from pftui.services.sealing import KEY_VARIABLE, StoreKey, StoreKeys, key_path
from pftui.services.store_key import key_status, rotate_key
from tests.conftest import SetClock


@pytest.fixture(autouse=True)
def _own_key(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The key of one store alone."""
    folder = tmp_path / "key"
    folder.mkdir(mode=0o700)
    monkeypatch.setenv(KEY_VARIABLE, str(folder / "store.key"))


def secrets_of(services: Services, ids: list[str], clock: SetClock, url: str) -> list[str]:
    """What each webhook signs with now."""
    keys = StoreKeys(key_path(url, services.organization.id))
    outbox = Outbox(services.lifecycle.store, keys, clock)
    found = [outbox.receiver(each) for each in ids]
    return [each.secret.reveal() if each and each.secret else "lost" for each in found]


class Killed(BaseException):
    """Stands for the end of the process."""


@pytest.mark.parametrize("step", range(6))
def test_a_change_of_keys_that_is_broken_off_goes_on_and_everything_works_meanwhile(
    step: int,
    store_url: str,
    clock: SetClock,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    request: pytest.FixtureRequest,
) -> None:
    services: Services = request.getfixturevalue("services")
    admin: Operator = request.getfixturevalue("admin")
    url = "https://siem.acme.example/in"
    made = [services.webhooks.create(admin, f"Webhook {each}", url, ["*"]) for each in range(5)]
    ids, secrets = [each.webhook.id for each in made], [each.secret.reveal() for each in made]
    before = key_status(store_url)
    assert before is not None
    monkeypatch.setattr(store_key, "_AT_ONCE", 2)
    left = step

    def killed_at_a_step(name: str) -> None:
        nonlocal left
        if left == 0:
            raise Killed(name)
        left -= 1

    real_seal, real_settle = store_key._Rotation._seal_anew, StoreKeys.settle

    def seal(self: store_key._Rotation, row: object, key: StoreKey) -> None:
        killed_at_a_step("seal")
        real_seal(self, row, key)  # type: ignore[arg-type]

    def settle(self: StoreKeys) -> None:
        killed_at_a_step("settle")
        real_settle(self)

    with monkeypatch.context() as patch:
        patch.setattr(store_key._Rotation, "_seal_anew", seal)
        patch.setattr(StoreKeys, "settle", settle)
        with pytest.raises(Killed):
            rotate_key(store_url, "alice", clock=clock)
    assert secrets_of(services, ids, clock, store_url) == secrets
    other = services.webhooks.create(admin, "Meanwhile", url, ["*"])
    rotate_key(store_url, "alice", clock=clock)
    assert secrets_of(services, [*ids, other.webhook.id], clock, store_url) == [
        *secrets,
        other.secret.reveal(),
    ]
    after = key_status(store_url)
    assert after is not None
    assert (after.problem, after.fingerprint != before.fingerprint) == ("", True)
    keys = StoreKeys(after.path)
    assert not keys.next_path.exists()
    assert keys.find(after.fingerprint)


def test_what_is_sealed_for_one_webhook_opens_for_no_other(tmp_path: Path) -> None:
    folder = tmp_path / "own"
    folder.mkdir(mode=0o700)
    key = StoreKeys(folder / "a.key").first()
    sealed = key.seal(Secret("pfwh_secret"), "w1")
    assert key.open(sealed, "w1").reveal() == "pfwh_secret"
    assert sealed != key.seal(Secret("pfwh_secret"), "w1"), "each has a nonce of its own"
    other = StoreKeys(folder / "b.key").first()
    for opener, webhook in ((key, "w2"), (other, "w1")):
        with pytest.raises(StoreKeyUnavailable):
            opener.open(sealed, webhook)
    assert str(key.key) not in repr(key)


def test_the_key_is_beside_the_file_else_by_the_organization(monkeypatch: pytest.MonkeyPatch) -> None:
    nothing: dict[str, str] = {}
    assert key_path("sqlite:////srv/pftui.db", "org", nothing) == Path("/srv/pftui.db.key")
    assert key_path("postgresql+psycopg://db/pftui", "org", nothing).name == "org.key"
    assert key_path("sqlite:////srv/pftui.db", "org", {KEY_VARIABLE: "/etc/k"}) == Path("/etc/k")
