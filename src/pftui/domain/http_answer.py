"""From an HTTP request to the key in it, and from a decision to the answer that follows (RFC 6750).

Headers of an answer are fixed ASCII and names of permissions: nothing of the store or the request is in them.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from pftui.domain.api_key import as_text
from pftui.domain.permissions import Permission
from pftui.domain.reasons import Reason

#: The value of a header, or all its values where it came more than once; None where it did not come.
HeaderValues = str | bytes | Sequence[str | bytes] | None

_REALM = 'Bearer realm="pftui"'
_BLANK = " \t"  # RFC 9110, 5.6.3: what may stand around a value
_BEARER = re.compile(r"bearer(?:[ \t]+(.*))?", re.IGNORECASE | re.ASCII | re.DOTALL)
_IN_A_TEAM = frozenset({Reason.NO_TEAM, Reason.NOT_IN_TEAM, Reason.LACKS_PERMISSION})


def key_of_request(authorization: HeaderValues, x_api_key: HeaderValues) -> tuple[str, Reason | None]:
    """What a request gives for its key, or why it gives none.

    Of `Authorization` only the scheme Bearer counts, in any case. An empty header counts as not sent. More
    than one key is refused even where they are equal, as RFC 6750 (2) has it: two that look at the request
    might not take the same.
    """
    found = _values(x_api_key)
    for value in _values(authorization):
        match = _BEARER.fullmatch(value)
        if match is not None:
            found.append((match[1] or "").strip(_BLANK))
    if not found:
        return "", Reason.NO_CREDENTIALS
    # A server that joins what came twice, as CGI and WSGI have it, puts a comma between.
    if len(found) > 1 or "," in found[0]:
        return "", Reason.SEVERAL_CREDENTIALS
    return found[0], None


def _values(given: HeaderValues) -> list[str]:
    if given is None:
        return []
    values = []
    for value in [given] if isinstance(given, str | bytes) else given:
        # Bytes are read as WSGI reads them (PEP 3333), so that one request has one answer everywhere.
        text = (value.decode("latin-1") if isinstance(value, bytes) else as_text(value)).strip(_BLANK)
        if text:
            values.append(text)
    return values


def status_of(reason: Reason | None) -> int:
    """The status of the answer (RFC 6750, 3.1); 200 for who may."""
    if reason is None:
        return 200
    if reason is Reason.SEVERAL_CREDENTIALS:
        return 400
    return 403 if reason in _IN_A_TEAM else 401


def headers_of(reason: Reason | None, asked: Sequence[Permission]) -> dict[str, str]:
    """The headers of the answer. Who sent no key is told of no error, and how to send one (RFC 6750, 3)."""
    if reason is None:
        return {}
    challenge = _REALM
    if reason is Reason.SEVERAL_CREDENTIALS:
        challenge += ', error="invalid_request"'
    elif reason in _IN_A_TEAM:
        challenge += ', error="insufficient_scope"'
        challenge += f', scope="{" ".join(each.value for each in asked)}"' if asked else ""
    elif reason is not Reason.NO_CREDENTIALS:
        challenge += ', error="invalid_token"'
    return {"WWW-Authenticate": challenge}
