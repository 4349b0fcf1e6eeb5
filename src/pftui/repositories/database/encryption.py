"""Whether a connection to PostgreSQL is encrypted, and whose certificate is believed.

libpq's own default encrypts where the server happens to offer it and believes any certificate, which protects
from nobody. Here a server on another host has to prove who it is, unless somebody has chosen otherwise.
"""

from __future__ import annotations

import configparser
import ipaddress
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

#: Where systems keep the certificates that they believe, in one file: Debian, Fedora, SUSE, Alpine and macOS.
_BUNDLES = (
    "/etc/ssl/certs/ca-certificates.crt",
    "/etc/pki/tls/certs/ca-bundle.crt",
    "/etc/ssl/ca-bundle.pem",
    "/etc/ssl/cert.pem",
)
VERIFIED = "verify-full"


def with_encryption(parameters: Mapping[str, Any], environ: Mapping[str, str]) -> dict[str, Any]:
    """libpq's parameters, with `sslmode` and `sslrootcert` where nobody has chosen them.

    Args:
        parameters: what the URL says, by libpq's names.
        environ: the process's environment, whose `PGSSLMODE` and the like libpq reads too.
    """
    known = {**_of_service(parameters, environ), **parameters}

    def chosen(name: str, variable: str) -> str:
        return str(known.get(name) or environ.get(variable) or "")

    mode = chosen("sslmode", "PGSSLMODE")
    if not mode:
        hosts = chosen("hostaddr", "PGHOSTADDR") or chosen("host", "PGHOST")
        mode = VERIFIED if any(_is_remote(host) for host in hosts.split(",") if host) else ""
    found = dict(parameters)
    if mode == VERIFIED:
        found["sslmode"] = mode
        if not chosen("sslrootcert", "PGSSLROOTCERT") and not _own_root().exists():
            found["sslrootcert"] = next((path for path in _BUNDLES if Path(path).exists()), "system")
    return found


def _is_remote(host: str) -> bool:
    """Whether it is neither a socket's path (`@` begins an abstract one) nor the address of this host itself.

    `localhost` is a name, and a name is what some resolver says it is.
    """
    if host.startswith(("/", "@")):
        return False
    try:
        return not ipaddress.ip_address(host).is_loopback
    except ValueError:
        return True


def _own_root() -> Path:
    """libpq's own default."""
    try:
        return Path("~/.postgresql/root.crt").expanduser()
    except RuntimeError:  # no home
        return Path("/nonexistent")


def _of_service(parameters: Mapping[str, Any], environ: Mapping[str, str]) -> dict[str, str]:
    """What the connection service file says of the service, if one is named.

    libpq reads it too, and what it does not find it refuses; here it is asked only for what was chosen in it.
    Format: https://www.postgresql.org/docs/current/libpq-pgservice.html
    """
    name = str(parameters.get("service") or environ.get("PGSERVICE") or "")
    for path in _service_files(environ) if name else ():
        services = configparser.RawConfigParser(delimiters=("=",), comment_prefixes=("#",), strict=False)
        try:
            services.read(path, encoding="utf-8")
        except (configparser.Error, UnicodeDecodeError, OSError):
            continue
        if services.has_section(name):
            return dict(services[name])
    return {}


def _service_files(environ: Mapping[str, str]) -> Iterator[Path]:
    own = environ.get("PGSERVICEFILE")
    if own:
        yield Path(own)
    elif environ.get("HOME"):
        yield Path(environ["HOME"], ".pg_service.conf")
    if environ.get("PGSYSCONFDIR"):
        yield Path(environ["PGSYSCONFDIR"], "pg_service.conf")
