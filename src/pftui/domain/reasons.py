"""Why a key is denied, each with its sentence."""

from __future__ import annotations

from enum import StrEnum


class Reason(StrEnum):
    """Why a key is denied."""

    MALFORMED = "malformed"
    CHECKSUM = "checksum"
    UNKNOWN = "unknown"
    REVOKED = "revoked"
    EXPIRED = "expired"
    DISABLED = "disabled"
    NO_TEAM = "no_team"
    NOT_IN_TEAM = "not_in_team"
    LACKS_PERMISSION = "lacks_permission"
    # Of a request alone: how its headers give a key, or do not.
    NO_CREDENTIALS = "no_credentials"
    SEVERAL_CREDENTIALS = "several_credentials"


MESSAGES = {
    Reason.MALFORMED: "This is not an API key of pftui.",
    Reason.CHECKSUM: "The key's checksum does not fit: it was mistyped or cut off.",
    Reason.UNKNOWN: "No such key exists, or its account was deleted.",
    Reason.REVOKED: "This key was revoked.",
    Reason.EXPIRED: "This key has expired.",
    Reason.DISABLED: "The key's account is disabled.",
    Reason.NO_TEAM: "The key's account has no team yet, so it has no programmatic access.",
    Reason.NOT_IN_TEAM: "The key's account is not in this team.",
    Reason.LACKS_PERMISSION: "The account's role in this team lacks the permission.",
    Reason.NO_CREDENTIALS: "There is no API key: send `Authorization: Bearer KEY`, or `X-API-Key: KEY`.",
    Reason.SEVERAL_CREDENTIALS: "The request has more than one API key: send one, in one header.",
}
BEARER_LEFT_IN = (
    "This is not an API key: the word `Bearer` goes before it, once, and in `Authorization` alone."
)
