"""Certificates for the tests' servers, made by OpenSSL's program."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import NamedTuple


class Certificate(NamedTuple):
    """A certificate and its key, two files."""

    file: Path
    key: Path


def make_authority(folder: Path, name: str) -> Certificate:
    """A certificate that vouches for others."""
    made = Certificate(folder / f"{name}.crt", folder / f"{name}.key")
    _openssl(
        *("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"),
        *("-days", "30", "-subj", f"/CN={name}", "-out", str(made.file), "-keyout", str(made.key)),
    )
    return made


def make_certificate(folder: Path, authority: Certificate, host: str, days: int = 30) -> Certificate:
    """A certificate of a host, for which the authority vouches for so many days; negative ones are over."""
    made = Certificate(folder / f"{host}.crt", folder / f"{host}.key")
    request = folder / f"{host}.csr"
    _openssl(
        *(
            "req",
            "-newkey",
            "ec",
            "-pkeyopt",
            "ec_paramgen_curve:prime256v1",
            "-nodes",
            "-subj",
            f"/CN={host}",
        ),
        *("-addext", f"subjectAltName=DNS:{host}", "-out", str(request), "-keyout", str(made.key)),
    )
    _openssl(
        *("x509", "-req", "-in", str(request), "-CA", str(authority.file), "-CAkey", str(authority.key)),
        *("-days", str(days), "-copy_extensions", "copy", "-out", str(made.file)),
    )
    return made


def _openssl(*arguments: str) -> None:
    subprocess.run(["openssl", *arguments], check=True, capture_output=True, timeout=60)
