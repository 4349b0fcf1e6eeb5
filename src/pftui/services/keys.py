"""The API keys of service accounts: created, listed, revoked, confirmed as saved (R1, R2)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from pftui.domain.accounts import AccountDetails, KeyView, Kind, Operator
from pftui.domain.acts import Act, Intent, on_account, on_key
from pftui.domain.api_key import ApiKey, generate, parts_in, shown
from pftui.domain.audit import Action, AuditEvent, Target
from pftui.domain.clock import Clock
from pftui.domain.errors import Ambiguous, InvalidInput, NotFound
from pftui.domain.key_tag import tag_of
from pftui.domain.names import clean_name
from pftui.repositories.models import ApiKeyRow, Principal
from pftui.repositories.unit_of_work import Store
from pftui.services.accounts import account_details
from pftui.services.hashing import hash_key
from pftui.services.lookups import require_account, require_key
from pftui.services.results import AlreadySo, NewKey, RevokedKey
from pftui.services.sentences import already_so
from pftui.services.transaction import Transaction, change, inspection

_CANDIDATES = 20  # keys that are named where a beginning fits several


@dataclass(frozen=True, slots=True)
class HashedKey:
    """A new key, its hash and its tag, made before the transaction, which must be short."""

    key: ApiKey
    hash: str
    tag: str


def make_key() -> HashedKey:
    """A new key; takes some 0.03 seconds."""
    key = generate()
    return HashedKey(key, hash_key(key.text), tag_of(key.text.reveal()))


def add_key(transaction: Transaction, principal: Principal, new: HashedKey, label: str) -> NewKey:
    """Put a new key in and tell of it, as part of a change."""
    key_id = new.key.key_id
    transaction.unit.credentials.add_key(
        ApiKeyRow(
            key_id=key_id,
            principal_id=principal.id,
            label=label,
            hash=new.hash,
            tag=new.tag,
            created_at=transaction.now,
            created_by=transaction.by,
            created_by_id=transaction.operator.id,
        )
    )
    transaction.record(
        Action.API_KEY_CREATED,
        Target.API_KEY,
        key_id,
        f"Created API key {shown(key_id)} for {principal.name}",
        accountId=principal.id,
        label=label,
    )
    return NewKey(key_id, principal.id, principal.name, new.key.text)


def end_key(transaction: Transaction, key: ApiKeyRow, principal: Principal, **metadata: object) -> AuditEvent:
    """Revoke a live key, as part of a change."""
    key.revoked_at, key.revoked_by = transaction.now, transaction.by
    key.revoked_by_id = transaction.operator.id
    return transaction.record(
        Action.API_KEY_REVOKED,
        Target.API_KEY,
        key.key_id,
        f"Revoked API key {shown(key.key_id)} of {principal.name}",
        None,
        accountId=principal.id,
        **metadata,
    )


@dataclass(frozen=True, slots=True)
class KeyService:
    """The API keys of service accounts; global admins only (R1, R2)."""

    store: Store
    clock: Clock

    def list(
        self,
        operator: Operator,
        account_id: str | None = None,
        *,
        creator_id: str | None = None,
        by_creator: bool = False,
        limit: int | None = None,
        after: KeyView | None = None,
    ) -> Sequence[KeyView]:
        """Keys of one account or of all, live ones first, newest first; or first by who created them.

        Args:
            creator_id: only those that this account has created, and was shown.
            limit: so many at most; without it all of them are in memory.
            after: the last one that was listed before, for who goes through all of them.
        """
        intent = on_account(Act.KEY_LIST, account_id) if account_id else Intent(Act.KEY_LIST)
        with inspection(self.store, operator, self.clock, intent) as unit:
            return unit.credentials.keys(
                account_id, creator_id, by_creator=by_creator, limit=limit, after=after
            )

    def identify(self, operator: Operator, part: str) -> tuple[KeyView, AccountDetails]:
        """The key whose id is, or begins with, `part`, whatever the case, and its account. No key is used.

        Args:
            part: 4 characters of the id at least, alone or as in a list; or a whole key, of which the
                secret is not looked at.

        Raises:
            NotFound: there is none.
            Ambiguous: there are several; an id whose case fits goes before others.
        """
        with inspection(self.store, operator, self.clock, Intent(Act.KEY_IDENTIFY)) as unit:
            parts = parts_in(part)
            if len(parts) != 1:  # what it is instead, is not repeated
                raise NotFound("This is no API key's id, nor the first 4 characters of one, nor one key.")
            beginning = parts[0]
            views = unit.credentials.keys_beginning(beginning.lower(), _CANDIDATES)
            meant = [view for view in views if view.key_id == beginning] or views
            if not meant:
                raise NotFound(
                    f"There is no API key whose id begins with {beginning!r}, or its account was deleted."
                )
            if len(meant) > 1:
                listed = [f"{shown(view.key_id)} of {view.account_name}" for view in meant]
                raise Ambiguous(
                    f"Several API keys begin so: {', '.join(listed)}. Give more of the id.", listed
                )
            return meant[0], account_details(unit, meant[0].account_id)

    def create(self, operator: Operator, account_id: str, label: str = "") -> NewKey:
        """A further key.

        Raises:
            InvalidInput: for a user, who has none, or a label that cannot be one.
            ProofNeeded: the account has global admin privileges.
        """
        label = clean_name(label, "label", "A label") if label.strip() else ""
        new = make_key()
        with change(self.store, operator, self.clock, on_account(Act.KEY_CREATE, account_id)) as transaction:
            principal = require_account(transaction.unit, account_id)
            if principal.kind != Kind.SERVICE_ACCOUNT:
                raise InvalidInput("account", "Only service accounts have API keys.")
            if principal.global_admin:
                transaction.require_proof()
            return add_key(transaction, principal, new, label)

    def revoke(self, operator: Operator, key_id: str) -> RevokedKey:
        """End a key at once, for good; tells where it was. Raises `NotFound`."""
        with change(self.store, operator, self.clock, on_key(Act.KEY_REVOKE, key_id)) as transaction:
            key, principal = require_key(transaction.unit, key_id)
            already = AlreadySo(key.revoked_by, key.revoked_at) if key.revoked_at is not None else None
            if already is None:
                end_key(transaction, key, principal)
            views = transaction.unit.credentials.keys(principal.id)
            return RevokedKey(next(view for view in views if view.key_id == key_id), already)

    def confirm_saved(self, operator: Operator, key_id: str) -> AlreadySo | None:
        """Clear the "key unsaved" mark: the operator says that the key is kept safely.

        Tells where that was so: by whom, which is the account itself where a first use has cleared it.

        Raises:
            NotFound: there is no such key.
        """
        with change(self.store, operator, self.clock, on_key(Act.KEY_CONFIRM, key_id)) as transaction:
            key, principal = require_key(transaction.unit, key_id)
            if key.saved:
                saved = (Action.API_KEY_SAVED, Action.API_KEY_FIRST_USED)
                return already_so(transaction.unit, key_id, *saved)
            key.saved = True
            transaction.record(
                Action.API_KEY_SAVED,
                Target.API_KEY,
                key_id,
                f"Confirmed that API key {shown(key_id)} of {principal.name} is saved",
                accountId=principal.id,
            )
            return None
