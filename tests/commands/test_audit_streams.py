"""`pftui audit export`, `tail`, `head --sign`, `verify --signed` and `archive`, on a real store."""

from __future__ import annotations

import csv
import json
import os
import shutil
import subprocess
from pathlib import Path
from select import select

import pytest

from tests.commands.conftest import Pftui
from tests.commands.program import COMMAND
from tests.patience import PATIENCE

needs_ssh_keygen = pytest.mark.skipif(
    shutil.which("ssh-keygen") is None and "PFTUI_REQUIRE_PEERS" not in os.environ,
    reason="no ssh-keygen here",
)


def exported(pftui: Pftui, *options: str) -> list[dict[str, object]]:
    return [json.loads(line) for line in pftui.ok("audit", "export", *options).splitlines()]


def test_export_is_all_of_it_oldest_first(pftui: Pftui) -> None:
    pftui.ok("teams", "create", "Red")
    events = exported(pftui)
    assert [event["sequence"] for event in events] == list(range(1, len(events) + 1))
    assert json.loads(pftui.ok("audit", "show", "3", "--json")) == events[2]
    assert [event["target"] for event in exported(pftui, "--target", "team")] == ["team", "team"]
    assert exported(pftui, "--filter", "by:robot red")[0]["description"] == "Created team Red"
    assert exported(pftui, "--about", "Red", "--action", "team_deleted") == []


def test_csv_and_cef(pftui: Pftui) -> None:
    pftui.ok("teams", "create", "=cmd()")
    rows = list(
        csv.DictReader(pftui.ok("audit", "export", "--format", "csv", "--target", "team").splitlines())
    )
    assert rows[-1]["Description"] == "Created team =cmd()"
    assert rows[-1]["Metadata"] == '{"slug":"cmd"}'
    cef = pftui.ok("audit", "export", "--format", "cef", "--target", "team").splitlines()
    assert all(line.startswith("CEF:0|pftui|pftui|") for line in cef)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("export", "--json", "--format", "csv"), "use one of them"),
        (("export", "--filter", "target:planet"), "There is no target planet"),
        (("tail", "--after", "x"), "number of an event"),
        (("tail", "--after", "1", "--lines", "3"), "use one of them"),
        (("verify", "--signed", "x"), "go together"),
        (("verify", "--alone"), "--archive"),
        (("head", "--sign", "key", "--json"), "leave out"),
        (("archive", "--before", "soon", "--to", "x", "--yes"), "such as 2h or 7d"),
    ],
)
def test_wrong_usage_changes_nothing(pftui: Pftui, arguments: tuple[str, ...], said: str) -> None:
    before = pftui.store.read_bytes()
    result = pftui("audit", *arguments)
    assert result.code == 2
    assert said in " ".join(result.err.split())
    assert pftui.store.read_bytes() == before


def test_tail_goes_on_where_it_ended(pftui: Pftui) -> None:
    lines = pftui.ok("audit", "tail", "--lines", "3", "--json").splitlines()
    events = [json.loads(line) for line in lines]
    last = events[-1]
    assert [event["sequence"] for event in events] == list(range(last["sequence"] - 2, last["sequence"] + 1))
    pftui.ok("teams", "create", "Red")
    after = pftui.ok("audit", "tail", "--after", f"{last['sequence']}:{last['hash']}", "--json").splitlines()
    assert json.loads(after[0])["sequence"] == last["sequence"] + 1
    assert "Created team Red" in [json.loads(line)["description"] for line in after]
    text = pftui.ok("audit", "tail", "--lines", "1")
    assert text.split(":")[0].isdigit()


def test_tail_refuses_to_go_on_with_another_trail(pftui: Pftui) -> None:
    last = json.loads(pftui.ok("audit", "head", "--json"))
    result = pftui("audit", "tail", "--after", f"{last['sequence']}:{last['hash'][::-1]}")
    assert (result.code, result.out) == (1, "")
    assert "is not the one of that hash" in result.err
    result = pftui("audit", "tail", "--after", "999999")
    assert (result.code, result.out) == (1, "")
    assert "ends with event" in result.err


def test_tail_follows_what_happens(pftui: Pftui) -> None:
    after = pftui.ok("audit", "head").strip()
    command = [*COMMAND, "audit", "tail", "--after", after, "--follow", "--json"]
    with subprocess.Popen(command, env=pftui.env, stdout=subprocess.PIPE) as following:
        try:
            assert following.stdout is not None
            pftui.ok("teams", "create", "Red")
            found = lines_until(following.stdout.fileno(), "Created team Red")
            pftui.ok("teams", "create", "Blue")
            found += lines_until(following.stdout.fileno(), "Created team Blue")
        finally:
            following.terminate()
    numbers = [json.loads(line)["sequence"] for line in found.splitlines()]
    first = int(after.partition(":")[0]) + 1
    assert numbers == list(range(first, first + len(numbers)))


def lines_until(descriptor: int, text: str) -> str:
    """What is written up to the end of the line that holds a text."""
    found = ""
    while text not in found or not found.endswith("\n"):
        assert select([descriptor], [], [], PATIENCE)[0], found
        found += os.read(descriptor, 65536).decode()
    return found


@pytest.fixture
def key_file(tmp_path: Path) -> Path:
    return made_key(tmp_path / "id")


def made_key(file: Path) -> Path:
    """A new SSH key, its public part beside it."""
    command = ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "alice", "-f", str(file)]
    subprocess.run(command, check=True)
    return file


@needs_ssh_keygen
def test_a_signed_head_is_expected_by_who_signed_it(pftui: Pftui, key_file: Path, tmp_path: Path) -> None:
    signed, signers = tmp_path / "head.signed", tmp_path / "signers"
    signed.write_text(pftui.ok("audit", "head", "--sign", str(key_file)))
    signers.write_text(f"alice@acme.example {key_file.with_suffix('.pub').read_text()}")
    proved = ("audit", "verify", "--signed", str(signed), "--allowed-signers", str(signers))
    result = pftui(*proved)
    assert result.code == 0
    assert "was signed by alice@acme.example" in result.err
    line = signed.read_text().splitlines()[0]
    bare = subprocess.run(
        ["ssh-keygen", "-Y", "verify", "-f", signers, "-I", "alice@acme.example", "-n", "pftui-audit", "-s",
         _armour(signed)],
        input=f"{line}\n", text=True, check=False, capture_output=True,
    )  # fmt: skip
    assert bare.returncode == 0, bare.stderr
    _, _, digest = line.partition(":")
    signed.write_text(signed.read_text().replace(digest, digest[::-1], 1))
    result = pftui(*proved)
    assert result.code == 1
    assert "not good" in result.err
    signers.write_text(f"alice@acme.example {made_key(tmp_path / 'other').with_suffix('.pub').read_text()}")
    result = pftui(*proved)
    assert result.code == 1
    assert "Nobody in" in result.err


def _armour(signed: Path) -> Path:
    file = signed.with_suffix(".sig")
    file.write_text(signed.read_text().partition("\n")[2])
    return file


@needs_ssh_keygen
def test_what_cannot_be_signed_is_a_sentence(pftui: Pftui, tmp_path: Path) -> None:
    result = pftui("audit", "head", "--sign", str(tmp_path / "no-key"))
    assert (result.code, result.out) == (1, "")
    assert "Nothing was signed" in result.err


def test_without_ssh_keygen_there_is_a_sentence(pftui: Pftui, tmp_path: Path) -> None:
    result = pftui("audit", "head", "--sign", "key", PATH=str(tmp_path))
    assert (result.code, result.out) == (1, "")
    assert "There is no ssh-keygen on this host" in result.err


def test_archive_moves_old_events_and_both_verify(pftui: Pftui) -> None:
    file = pftui.folder / "old.archive"
    archive = ("audit", "archive", "--before", "2999-01-01", "--to", str(file), "--yes")
    kept = pftui.ok("audit", "head").strip()
    first = f"1:{json.loads(pftui.ok('audit', 'show', '1', '--json'))['hash']}"
    result = pftui(*archive)
    assert (result.code, file.exists()) == (1, False)
    assert "A person archives events" in result.err
    result = pftui.as_alice(*archive)
    assert result.code == 0, result.err
    assert file.stat().st_mode & 0o777 == 0o600
    assert pftui("audit", "verify", "--archive", str(file), "--alone").code == 0
    assert "of them archived" in pftui.ok("audit", "verify")
    assert pftui("audit", "verify", "--expect", first).code == 2  # its file is needed
    assert pftui("audit", "verify", "--expect", first, "--expect", kept, "--archive", str(file)).code == 0
    assert json.loads(pftui.ok("audit", "list", "--json"))["total"] > int(kept.partition(":")[0])
    assert "are archived" in pftui("audit", "tail", "--after", "1").err
    text = file.read_text()
    file.write_text(text.replace("Acme", "Acne", 1))
    assert pftui("audit", "verify", "--archive", str(file), "--alone").code == 1
    again = pftui.as_alice(*archive)
    assert again.code == 1
    assert "never overwritten" in again.err
