"""An organization for tests: a copy with an id of its own, cheap keys, and the rules of everything else."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from pftui import NotFound, Organization, Reason, Secret, Verifier, WrongUsage
from pftui.services import hashing
from pftui.services.store_admin import check
from pftui.testing import TemporaryOrganization, make_template


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_template(tmp_path_factory.mktemp("template"))


@pytest.fixture
def organization(template: Path, tmp_path: Path) -> Iterator[TemporaryOrganization]:
    with TemporaryOrganization.copied(template, tmp_path) as made:
        yield made


def identity(path: Path) -> tuple[str, int, str, int]:
    """What a store's file says of itself: id, generation, mark and whether it is in use."""
    with closing(sqlite3.connect(path)) as connection:
        found: tuple[str, int, str, int] = connection.execute(
            "SELECT id, generation, mark, in_use FROM store_identity"
        ).fetchone()
        return found


def test_each_copy_is_a_store_of_its_own(template: Path, tmp_path: Path) -> None:
    folders = [tmp_path / name for name in ("a", "b")]
    for folder in folders:
        folder.mkdir(mode=0o700)
    made = [identity(TemporaryOrganization.copied(template, folder).path) for folder in folders]
    everybody = [identity(template), *made]
    assert len({each[0] for each in everybody}) == len({each[2] for each in everybody}) == 3
    assert {(each[1], each[3]) for each in everybody} == {(1, 0)}
    assert not list(tmp_path.glob("*/*-wal"))


def test_what_was_made_is_whole(organization: TemporaryOrganization) -> None:
    organization.revoke(organization.key(team="red-team", role="CI Runner"))
    organization.disable(organization.key(team="Blue Team", role="viewer", global_admin=True))
    organization.close()
    found = check(organization.url)
    assert found.whole
    assert found.complete


def test_keys_cost_the_least_that_argon2_can_and_real_ones_what_they_did(
    organization: TemporaryOrganization, real_hashes: None
) -> None:
    key = organization.key()
    with closing(sqlite3.connect(organization.path)) as connection:
        [(stored,)] = connection.execute("SELECT hash FROM api_keys")
    assert stored.startswith("$argon2id$v=19$m=8,t=1,p=1$")
    assert hashing.key_matches(stored, Secret(key))
    assert "$m=19456,t=2,p=1$" in hashing.hash_key(Secret(key))


def test_a_team_is_made_where_there_is_none(organization: TemporaryOrganization) -> None:
    first = organization.key(team="Red Team", role="CI Runner")
    second = organization.key(team="red-team", role="Viewer")
    with Verifier(organization.url) as verifier:
        assert verifier.verify(first, team="red-team", permission="run_scans")
        refused = verifier.verify(second, team="red-team", permission="run_scans")
        assert refused.reason is Reason.LACKS_PERMISSION


def test_what_ends_has_ended_at_the_next_call(organization: TemporaryOrganization) -> None:
    keys = organization.keys(3, team="red-team", role="CI Runner")
    with Verifier(organization.url) as verifier:
        assert all(verifier.verify(key) for key in keys)
        organization.revoke(keys[0])
        assert [verifier.verify(key).reason for key in keys] == [Reason.REVOKED, None, None]
        organization.disable(keys[0])
        assert {verifier.verify(key).reason for key in keys[1:]} == {Reason.DISABLED}


def test_many_keys_are_made_in_one_transaction(organization: TemporaryOrganization) -> None:
    keys = organization.keys(200, team="red-team", role="CI Runner")
    assert len(set(keys)) == 200
    with Verifier(organization.url) as verifier:
        assert all(verifier.verify(key, team="red-team", touch=False) for key in keys)


def test_the_admin_client_goes_with_it(organization: TemporaryOrganization) -> None:
    with Organization(organization.url, operator=organization.key(global_admin=True)) as client:
        assert client.teams.create("Blue Team").slug == "blue-team"


@pytest.mark.parametrize(
    ("asked", "error"),
    [
        ({"team": "red-team"}, WrongUsage),
        ({"role": "Viewer"}, WrongUsage),
        ({"team": "red-team", "role": "No Role"}, NotFound),
    ],
)
def test_what_cannot_be_is_refused(
    asked: dict[str, str], error: type[Exception], organization: TemporaryOrganization
) -> None:
    with pytest.raises(error):
        organization.key(**asked)  # type: ignore[arg-type]


def test_a_store_of_others_is_none_to_test_with(sqlite_path: Path) -> None:
    with TemporaryOrganization(sqlite_path) as other, pytest.raises(NotFound, match="not made for tests"):
        other.key()
