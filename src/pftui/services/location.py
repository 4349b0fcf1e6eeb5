"""Where the store is."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import quote, urlencode

from pftui.domain.errors import WrongUsage
from pftui.domain.store_urls import server_url, sqlite_path

ENVIRONMENT_VARIABLE = "PFTUI_DATABASE_URL"
FILE_NAME = "pftui.db"


def default_path() -> Path:
    """The SQLite file in the platform's data directory."""
    from platformdirs import user_data_path  # 20 ms that a given location does not pay

    return user_data_path("pftui", appauthor=False) / FILE_NAME


def store_url(option: str | Path | None = None, environ: Mapping[str, str] = os.environ) -> str:
    """The SQLAlchemy URL of the store: from `--store`, else `PFTUI_DATABASE_URL`, else the default.

    Each may be a URL or a path to an SQLite file.
    """
    given = str(option or "") or environ.get(ENVIRONMENT_VARIABLE) or str(default_path())
    return given if "://" in given else sqlite_url(typed_path(given))


def typed_path(text: str | Path) -> Path:
    """A path as somebody typed it, from the root on; `~` is the home directory.

    Raises:
        WrongUsage: there is no such home, or the working directory is gone.
    """
    try:
        return Path(text).expanduser().absolute()
    except RuntimeError:
        raise WrongUsage(f"There is no home directory for {text}.") from None
    except OSError:
        raise WrongUsage("The working directory is gone: give the whole path.") from None


def sqlite_url(path: Path) -> str:
    """The URL of an SQLite file.

    Only what has a meaning in a URL is escaped: bytes that are no UTF-8 would not come back from an escape.
    """
    return f"sqlite:///{str(path).replace('%', '%25').replace('?', '%3F')}"


def store_name(url: str) -> str:
    """What tells a store from others, without any password: a file's real path, or a server's URL."""
    path = sqlite_path(url)
    if path is not None:
        return os.path.realpath(path)
    server = server_url(url)
    host = f"[{server.host}]" if ":" in server.host else server.host
    where = f"{host}:{server.port}" if server.port else host
    user, database = (quote(part, errors="surrogateescape") for part in (server.user, server.database))
    options = [pair for pair in server.options if not pair[0].lower().endswith("password")]
    end = urlencode(options, errors="surrogateescape")
    return f"postgresql://{user}@{where}{'/' if database else ''}{database}?{end}"
