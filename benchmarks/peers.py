"""Two Textual programs of the field, as PyPI has them, each in a virtual environment of its own."""

from __future__ import annotations

import subprocess
import sys
import tempfile
import venv
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks import ROOT
from benchmarks.programs import Program

CACHE = ROOT / ".bench"


@dataclass(frozen=True, slots=True)
class Peer:
    """A package, and what shows that its program is there."""

    name: str
    requirements: Sequence[str]
    arguments: Sequence[str]
    frame: Sequence[str]


PEERS = (
    # Of tree-sitter posting names only a lower bound, and with 0.26 it dies by SIGSEGV, before 0.25 by an
    # ImportError: the one that works.
    Peer(
        "posting",
        ("posting==2.11.1", "tree-sitter>=0.25,<0.26"),
        ("--collection", "requests"),
        ("Collection", "Send"),
    ),
    Peer("harlequin", ("harlequin==2.17.0",), ("-a", "sqlite", ":memory:"), ("Catalog", "Results", "Quit")),
)


class NotInstalled(Exception):
    """Why a peer is not there."""


def program(peer: Peer) -> Program:
    """A peer's program; installed if it is not yet.

    Raises:
        NotInstalled: with the reason.
    """
    folder = _cache() / f"{peer.name}-{sys.version_info.major}.{sys.version_info.minor}"
    stamp = folder / "installed"
    wanted = "\n".join(peer.requirements)
    if not stamp.exists() or stamp.read_text() != wanted:
        _install(folder, peer)
        stamp.write_text(wanted)
    command = [str(folder / "bin" / peer.name), *peer.arguments]
    return Program(
        peer.name, command, peer.frame, leave="\x11" if peer.name == "harlequin" else "\x03", ours=False
    )


def _cache() -> Path:
    """Beside the checkout, or where that cannot be written, with the temporary files."""
    try:
        CACHE.mkdir(exist_ok=True)
        (CACHE / ".gitignore").write_text("*\n")
    except OSError:
        return Path(tempfile.mkdtemp(prefix="pftui-bench-peers-"))
    return CACHE


def _install(folder: Path, peer: Peer) -> None:
    print(f"Installing {peer.name} …", file=sys.stderr, flush=True)
    try:
        venv.create(folder, with_pip=True, clear=True)
        pip = [
            str(folder / "bin" / "python"),
            "-m",
            "pip",
            "install",
            "--quiet",
            "--disable-pip-version-check",
        ]
        done = subprocess.run(
            [*pip, *peer.requirements], capture_output=True, text=True, timeout=240, check=False
        )
    except (OSError, subprocess.SubprocessError) as error:
        raise NotInstalled(f"not installed: {type(error).__name__}") from None
    if done.returncode:
        errors = [line for line in done.stderr.splitlines() if line.startswith("ERROR")]
        raise NotInstalled(f"not installed: {errors[-1][:120] if errors else 'pip failed'}")


def lay_out(home: Path) -> None:
    """What the peers find in their home: some requests for posting."""
    folder = home / "requests"
    folder.mkdir(exist_ok=True)
    for number in range(10):
        text = f"name: request {number}\nmethod: GET\nurl: https://example.org/{number}\n"
        (folder / f"request-{number}.posting.yaml").write_text(text)
