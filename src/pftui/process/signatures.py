"""Signatures by SSH keys, which people have already: `ssh-keygen -Y`, as OpenSSH 8.0 and newer have it."""

from __future__ import annotations

import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path

from pftui.domain.errors import PftuiError

#: What a signature is for: one for something else does not pass for it (PROTOCOL.sshsig, OpenSSH).
NAMESPACE = "pftui-audit"
_PROGRAM = "ssh-keygen"
_SECONDS = 120  # a key may ask for its passphrase, or to be touched
_BEGIN = "-----BEGIN SSH SIGNATURE-----"


class NotSigned(PftuiError):
    """No signature was made."""


class NotVerified(PftuiError):
    """A signature is not good, or could not be looked at; the message says which."""


def sign(line: str, key_file: str) -> str:
    """The line, signed: itself and a line break, then the armoured signature over both.

    Args:
        key_file: a private key, or a public one whose private key an agent holds.

    Raises:
        NotSigned: there is no such key, or no ssh-keygen, or it refused.
    """
    text = f"{line}\n"
    done = _run(["sign", "-f", key_file, "-n", NAMESPACE], text, NotSigned)
    if done.returncode != 0 or _BEGIN not in done.stdout:
        raise NotSigned(f"Nothing was signed: {_words(done.stderr)}")
    return text + done.stdout


def signed_line(text: str) -> tuple[str, str]:
    """The line that a file holds, and the signature behind it. Raises `NotVerified`: it is no such file."""
    line, _, signature = text.partition("\n")
    if not signature.lstrip().startswith(_BEGIN):
        raise NotVerified("The signed file is none: it is a line N:HASH, and the signature behind it.")
    return line, signature


def signer(line: str, signature: str, allowed_signers: str) -> str:
    """Who has signed the line, as the file of allowed signers names them (ssh-keygen(1), ALLOWED SIGNERS).

    Raises:
        NotVerified: nobody of those has, or it could not be looked at.
    """
    with tempfile.TemporaryDirectory(prefix="pftui-") as folder:
        armour = Path(folder) / "signature"
        armour.write_text(signature, encoding="utf-8")
        files = ["-s", str(armour), "-f", allowed_signers]
        found = _run(["find-principals", *files], "", NotVerified)
        names = found.stdout.splitlines()
        if found.returncode != 0 or not names:
            raise NotVerified(f"Nobody in {allowed_signers} has signed this: {_words(found.stderr)}")
        identity = names[0]
        done = _run(["verify", *files, "-n", NAMESPACE, "-I", identity], f"{line}\n", NotVerified)
    if done.returncode != 0:
        raise NotVerified(f"The signature is not good: {_words(done.stderr or done.stdout)}")
    return identity


def _run(arguments: Sequence[str], text: str, failed: type[PftuiError]) -> subprocess.CompletedProcess[str]:
    try:
        return subprocess.run(
            [_PROGRAM, "-Y", *arguments],
            input=text,
            capture_output=True,
            encoding="utf-8",
            errors="replace",
            timeout=_SECONDS,
            check=False,
        )
    except FileNotFoundError:
        raise failed(
            "There is no ssh-keygen on this host: install OpenSSH's client. Nothing was done."
        ) from None
    except subprocess.TimeoutExpired:
        raise failed(f"ssh-keygen did not answer within {_SECONDS} s. Nothing was done.") from None
    except OSError as error:
        raise failed(f"ssh-keygen could not be run: {error.strerror}. Nothing was done.") from None


def _words(said: str) -> str:
    """The first sentence of what ssh-keygen said."""
    lines = [line.strip() for line in said.splitlines() if line.strip()]
    return f"ssh-keygen said: {lines[-1].rstrip('.')}." if lines else "ssh-keygen did not say why."
