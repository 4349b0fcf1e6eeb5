"""The URL of a store in parts, as SQLAlchemy reads it, for those who cannot wait until that is imported."""

from __future__ import annotations

import re
from pathlib import Path
from typing import NamedTuple
from urllib.parse import parse_qsl, unquote

from pftui.domain.secret import Secret

# What stands behind `://` is the pattern of `sqlalchemy.engine.make_url`, of which a test holds it to be the
# like. `urllib` has other ends: a password may hold `#`, `?` and `[` here.
_SERVER = re.compile(
    r"""
    (?:(?P<user>[^:/]*)(?::(?P<password>[^@]*))?@)?
    (?:\[(?P<six>[^/?]+)\]|(?P<host>[^/:?]+))?
    (?::(?P<port>[^/?]*))?
    (?:/(?P<database>[^?]*))?
    (?:\?(?P<query>.*))?
    """,
    re.VERBOSE,
)


class ServerUrl(NamedTuple):
    """The URL of a server in parts, each as it is meant; empty where it is not given."""

    user: str
    password: Secret
    host: str
    port: str
    database: str
    options: tuple[tuple[str, str], ...]


def server_url(url: str) -> ServerUrl:
    """The parts of any URL but that of a file; whether there can be such a server, others find out."""
    match = _SERVER.match(url.partition("://")[2])
    found = match.groupdict(default="") if match is not None else dict.fromkeys(_SERVER.groupindex, "")
    return ServerUrl(
        user=unquote(found["user"]),
        password=Secret(unquote(found["password"])),
        host=found["six"] or found["host"],
        port=found["port"],
        database=unquote(found["database"]),
        options=tuple(parse_qsl(found["query"])),
    )


def sqlite_path(url: str) -> Path | None:
    """The file behind an SQLite URL; None for another database."""
    scheme, _, rest = url.partition("://")
    if scheme.split("+")[0] != "sqlite":
        return None
    return Path(unquote(rest.removeprefix("/").partition("?")[0]))
