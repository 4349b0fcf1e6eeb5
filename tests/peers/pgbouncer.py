"""A real PgBouncer for the tests that hands out transactions: made in a temporary folder, gone afterwards."""

from __future__ import annotations

import os
import pwd
import shutil
import socket
import subprocess
import time
from pathlib import Path

from tests.patience import PATIENCE
from tests.peers.postgresql import SERVER_USER, PostgreSQL, free_port


def program() -> str | None:
    """Debian's pgbouncer, or the one on PATH."""
    return shutil.which("pgbouncer", path=f"{os.environ.get('PATH', '')}:/usr/sbin")


class PgBouncer:
    """A pooler before a server, with its own defaults but for `pool_mode`; its maker must `stop()` it.

    Args:
        sessions: how many sessions of the server all clients of one database share.
    """

    def __init__(self, folder: Path, server: PostgreSQL, sessions: int = 2) -> None:
        found = program()
        if found is None:
            raise FileNotFoundError("no pgbouncer: install the package pgbouncer")
        self.port = free_port()
        users, settings = folder / "users.txt", folder / "pgbouncer.ini"
        users.write_text('"pftui" ""\n')
        settings.write_text(
            f"[databases]\n* = host=127.0.0.1 port={server.port}\n"
            f"[pgbouncer]\nlisten_addr = 127.0.0.1\nlisten_port = {self.port}\nunix_socket_dir =\n"
            f"auth_type = trust\nauth_file = {users}\npool_mode = transaction\n"
            f"default_pool_size = {sessions}\n"
        )
        as_root = os.geteuid() == 0
        if as_root:
            # It refuses to run as root.
            user = pwd.getpwnam(SERVER_USER)
            for path in (folder, users, settings):
                os.chown(path, user.pw_uid, user.pw_gid)
        with (folder / "pgbouncer.log").open("wb") as log:
            self._process = subprocess.Popen(
                [found, str(settings)],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                user=SERVER_USER if as_root else None,
                group=SERVER_USER if as_root else None,
                extra_groups=[] if as_root else None,
            )
        self._wait_until_open()

    def _wait_until_open(self) -> None:
        end = time.monotonic() + PATIENCE
        while True:
            try:
                socket.create_connection(("127.0.0.1", self.port), 1.0).close()
            except OSError:
                if self._process.poll() is not None or time.monotonic() > end:
                    raise
                time.sleep(0.05)
            else:
                return

    def url(self, database: str) -> str:
        """The SQLAlchemy URL of one of the server's databases, by way of the pooler."""
        return f"postgresql+psycopg://pftui@127.0.0.1:{self.port}/{database}"

    def stop(self) -> None:
        """End it."""
        self._process.kill()
        self._process.wait()
