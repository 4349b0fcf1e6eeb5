"""A real PostgreSQL server for the tests: made in a temporary folder, on a free port, gone afterwards."""

from __future__ import annotations

import os
import pwd
import shutil
import socket
import subprocess
from collections.abc import Mapping
from pathlib import Path

from tests.peers.tls import Certificate

SERVER_USER = "postgres"


def binaries() -> Path | None:
    """The folder with initdb and pg_ctl: Debian's newest, else the one on PATH."""
    debian = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: int(path.parent.name))
    for folder in reversed(debian):
        if (folder / "initdb").exists() and (folder / "pg_ctl").exists():
            return folder
    found = shutil.which("initdb")
    return Path(found).parent if found else None


class PostgreSQL:
    """A server that its maker must `stop()`; with a certificate and its key (`tls.py`) it offers TLS.

    Args:
        of: another server, of which this one is a standby that streams from it.
        settings: of the server, besides those that all have here.
    """

    def __init__(
        self,
        folder: Path,
        certificate: Certificate | None = None,
        *,
        of: PostgreSQL | None = None,
        settings: Mapping[str, str] | None = None,
    ) -> None:
        found = binaries()
        if found is None:
            raise FileNotFoundError("no initdb: install the package postgresql")
        self._binaries, self._data, self._log = found, folder / "data", folder / "server.log"
        self._sockets = folder
        self.port = free_port()
        self._as_root = os.geteuid() == 0
        if self._as_root:
            # The server refuses to run as root.
            user = pwd.getpwnam(SERVER_USER)
            os.chown(folder, user.pw_uid, user.pw_gid)
        if of is not None:
            self._run("pg_basebackup", "--host=127.0.0.1", f"--port={of.port}", "--username=pftui",
                      f"--pgdata={self._data}", "--write-recovery-conf", "--wal-method=stream",
                      "--checkpoint=fast", "--no-sync")  # fmt: skip
        elif not self._there():
            self._run("initdb", "--pgdata", str(self._data), "--auth=trust", "--username=pftui", "--no-sync",
                      "--encoding=UTF8", "--locale=C.UTF-8")  # fmt: skip
        self._settings = {
            "listen_addresses": "127.0.0.1",
            "unix_socket_directories": str(self._sockets),
            "fsync": "off",
            "full_page_writes": "off",
            "max_connections": "80",
            **(settings or {}),
        }
        if certificate is not None:
            self._install(certificate)
            self._settings["ssl"] = "on"
        self.start()

    def start(self, **settings: str) -> None:
        """Start it, again after a `stop()`; with further settings."""
        chosen = {**self._settings, **settings}
        options = " ".join((f"-p {self.port}", *(f"-c {name}='{value}'" for name, value in chosen.items())))
        self._run("pg_ctl", "--pgdata", str(self._data), "--log", str(self._log), "--wait",
                  "--options", options, "start")  # fmt: skip

    def _there(self) -> bool:
        """Whether the folder has a server's files from before, stopped in order."""
        return (self._data / "PG_VERSION").exists()

    def _install(self, certificate: Certificate) -> None:
        for source, name in ((certificate.file, "server.crt"), (certificate.key, "server.key")):
            target = self._data / name
            shutil.copy(source, target)
            target.chmod(0o600)
            if self._as_root:
                shutil.chown(target, SERVER_USER, SERVER_USER)

    def _run(self, program: str, *arguments: str) -> None:
        command = [str(self._binaries / program), *arguments]
        subprocess.run(
            command,
            check=True,
            cwd=self._sockets,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            timeout=120,
            user=SERVER_USER if self._as_root else None,
            group=SERVER_USER if self._as_root else None,
            extra_groups=[] if self._as_root else None,
        )

    def url(self, database: str) -> str:
        """The SQLAlchemy URL of one of its databases."""
        return f"postgresql+psycopg://pftui@127.0.0.1:{self.port}/{database}"

    @classmethod
    def standby_of(cls, primary: PostgreSQL, folder: Path) -> PostgreSQL:
        """A server in a folder of its own that follows another one, from a copy of it."""
        if os.geteuid() == 0:
            shutil.chown(folder, SERVER_USER, SERVER_USER)
        address = ("--host=127.0.0.1", f"--port={primary.port}", "--username=pftui")
        primary._run("pg_basebackup", *address, "--pgdata", str(folder / "data"), "--write-recovery-conf",
                     "--checkpoint=fast", "--no-sync")  # fmt: skip
        return cls(folder)

    def promote(self) -> None:
        """Have a standby follow nobody any more."""
        self._run("pg_ctl", "--pgdata", str(self._data), "--wait", "promote")

    def stop(self, *, at_once: bool = True) -> None:
        """End the server; what was not `at_once` can be started again from its folder."""
        mode = "immediate" if at_once else "fast"
        self._run("pg_ctl", "--pgdata", str(self._data), f"--mode={mode}", "--wait", "stop")


def free_port() -> int:
    """A TCP port of this host that nobody uses now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
