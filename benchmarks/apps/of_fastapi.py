"""FastAPI with the security dependency."""

from __future__ import annotations

from typing import Annotated

from fastapi import FastAPI, Security
from fastapi.responses import PlainTextResponse
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from pftui import Decision, Verifier
from pftui.contrib.fastapi import RequireKey

may_scan = RequireKey(Verifier(), team="default", permission="run_scans")
checked, unchecked = FastAPI(), FastAPI()


@checked.get("/", response_class=PlainTextResponse)
async def with_key(key: Annotated[Decision, Security(may_scan)]) -> str:
    return "ok" if key else ""


@unchecked.get("/", response_class=PlainTextResponse)
async def without(key: Annotated[HTTPAuthorizationCredentials, Security(HTTPBearer())]) -> str:
    return "ok" if key else ""
