"""The index of what is within an account's `search_text`: three letters of it find the row.

SQLite has it as a table of its own (FTS5, https://www.sqlite.org/fts5.html#the_trigram_tokenizer), which the
unit of work writes: a trigger could not, since the schema is not trusted (`trusted_schema=OFF`). A row of it
has the number that the account has as `index_number`, which is never given again, so that what another
program leaves in it finds nothing. An account without a number is not in it, as where this SQLite has no
FTS5; while there is one, texts are looked through as without an index. PostgreSQL keeps an index by itself
(`pg_trgm`).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Protocol

from sqlalchemy import (
    Connection,
    Select,
    bindparam,
    column,
    delete,
    func,
    insert,
    select,
    table,
    text,
    union_all,
    update,
)
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from pftui.repositories.stored import is_text

#: As letters of what can be looked up.
SHORTEST = 3
TABLE = "account_index"
#: The index on PostgreSQL.
ON_POSTGRESQL = "ix_principals_search"
CREATE = f"CREATE VIRTUAL TABLE {TABLE} USING fts5(text, tokenize='trigram case_sensitive 1', columnsize=0)"
_CONTENT = (
    f"{TABLE}_content"  # where FTS5 keeps the texts: https://www.sqlite.org/fts5.html#fts5_data_structures
)
_KNOWN = "pftui_text_index"
_MISSING = 200  # accounts that are put into the index with a change, after a program has left them out

ACCOUNTS = table("principals", column("id"), column("search_text"), column("index_number"))
_index = table(TABLE, column("rowid"), column("text"), column(TABLE))
_COUNTED = "pftui_index_terms"
_vocabulary = table(_COUNTED, column("term"), column("doc"))
#: The numbers and texts themselves: a scan of them is the fastest there is.
content = table(_CONTENT, column("id"), column("c0"))
_PUT = insert(_index)


def has_fts5(connection: Connection) -> bool:
    """Whether this process' SQLite can keep the index."""
    found = "SELECT 1 FROM pragma_module_list WHERE name = 'fts5'"
    return connection.exec_driver_sql(found).first() is not None


def is_there(connection: Connection) -> bool:
    """Whether the store has the index, and this process can use it."""
    if connection.dialect.name != "sqlite":
        return _on_postgresql(connection)
    if not connection.info.get(_KNOWN):  # once for each connection to the file; it does not go again
        tables = text("SELECT 1 FROM sqlite_master WHERE name = :name")
        there = connection.execute(tables, {"name": TABLE}).first() is not None
        connection.info[_KNOWN] = there and has_fts5(connection)
    return bool(connection.info[_KNOWN])


def _on_postgresql(connection: Connection) -> bool:
    if not connection.info.get(_KNOWN):
        found = text("SELECT indisvalid FROM pg_index WHERE indexrelid = to_regclass(:name)")
        connection.info[_KNOWN] = bool(connection.execute(found, {"name": ON_POSTGRESQL}).scalar())
    return bool(connection.info[_KNOWN])


def make(connection: Connection) -> bool:
    """Make the index, empty on SQLite; False where this process' SQLite, or the server, cannot have it."""
    if connection.dialect.name == "sqlite":
        if not has_fts5(connection):
            return False
        connection.exec_driver_sql(CREATE)
        return True
    schema = trigrams(connection)
    if schema is not None:
        connection.exec_driver_sql(postgresql_ddl(schema))
    return schema is not None


def trigrams(connection: Connection) -> str | None:
    """The schema of PostgreSQL's extension `pg_trgm`, which is put in where it may be; None without it."""
    where = text(
        "SELECT quote_ident(nspname) FROM pg_extension e JOIN pg_namespace n ON n.oid = extnamespace "
        "WHERE extname = 'pg_trgm'"
    )
    found = connection.scalar(where)
    if found is None:
        offered = text("SELECT 1 FROM pg_available_extensions WHERE name = 'pg_trgm'")
        if connection.scalar(offered) is None:
            return None
        try:
            with connection.begin_nested():
                connection.exec_driver_sql("CREATE EXTENSION pg_trgm")
        except DBAPIError:
            return None  # this user may not
        found = connection.scalar(where)
    return None if found is None else str(found)


def postgresql_ddl(schema: str, how: str = "") -> str:
    """The statement that makes the index on PostgreSQL; `how` may be CONCURRENTLY."""
    return f"CREATE INDEX {how} {ON_POSTGRESQL} ON principals USING gin (search_text {schema}.gin_trgm_ops)"


def usable(connection: Connection) -> bool:
    """Whether all accounts are in the index of this SQLite store."""
    if connection.dialect.name != "sqlite" or not is_there(connection):
        return False
    return connection.execute(_outside(1)).first() is None


def _outside(limit: int) -> Select[Any]:
    return select(ACCOUNTS.c.id, ACCOUNTS.c.search_text).where(ACCOUNTS.c.index_number.is_(None)).limit(limit)


def numbers_with(folded: str) -> Select[Any]:
    """A select of the numbers of the texts that hold a folded text, of `SHORTEST` letters or more."""
    quoted = folded.replace('"', '""')
    return select(_index.c.rowid).where(_index.c[TABLE].op("MATCH")(f'"{quoted}"'))


def numbers_with_few(folded: str) -> Select[Any]:
    """The same for a text of any length, by looking through all of them."""
    return select(content.c.id).where(func.instr(content.c.c0, folded) > 0)


_KNOWN_NUMBERS = union_all(
    select(func.max(content.c.id).label("number")), select(func.max(ACCOUNTS.c.index_number))
).subquery()
_LAST_NUMBER = select(func.max(_KNOWN_NUMBERS.c.number), _outside(1).exists())


def next_number(connection: Connection) -> int:
    """A number that was never given, in this transaction."""
    return _next_number(connection)[0]


def _next_number(connection: Connection) -> tuple[int, bool]:
    """The same, and whether an account is not in the index."""
    last, missing = connection.execute(_LAST_NUMBER).one()
    return int(last or 0) + 1, bool(missing)


def put(connection: Connection, texts: Iterable[tuple[int, str]]) -> None:
    """Put new texts in, by number."""
    rows = [{"rowid": number, "text": indexed(each)} for number, each in texts]
    if rows:
        connection.execute(_PUT, rows)


def replace(connection: Connection, number: int, new: str) -> None:
    """Give a number another text."""
    connection.execute(update(_index).where(_index.c.rowid == number).values(text=indexed(new)))


def take_out(connection: Connection, numbers: Sequence[int]) -> None:
    """Take texts out."""
    for number in numbers:
        connection.execute(delete(_index).where(_index.c.rowid == number))


def indexed(stored: object) -> str:
    """What is put in of a text; nothing of what is none, as only SQLite can hold."""
    return stored if isinstance(stored, str) and is_text(stored) else ""


def put_missing(connection: Connection, at_once: int = _MISSING) -> int:
    """Put accounts in that are not there, so many at most; how many they were."""
    rows = connection.execute(_outside(at_once)).all()
    if not rows:
        return 0
    first = next_number(connection)
    numbered = [(first + place, row[0], row[1]) for place, row in enumerate(rows)]
    put(connection, ((number, each) for number, _, each in numbered))
    given = update(ACCOUNTS).where(ACCOUNTS.c.id == bindparam("row")).values(index_number=bindparam("number"))
    connection.execute(given, [{"number": number, "row": row_id} for number, row_id, _ in numbered])
    return len(rows)


def pieces(folded: str) -> set[str]:
    """The three letters by which the index finds a text."""
    return {folded[start : start + SHORTEST] for start in range(len(folded) - SHORTEST + 1)}


def counted(connection: Connection) -> dict[str, int]:
    """How many texts hold each three letters, as FTS5 says: in a table that is this connection's own."""
    connection.exec_driver_sql(
        f"CREATE VIRTUAL TABLE temp.{_COUNTED} USING fts5vocab('main', '{TABLE}', 'row')"
    )
    try:
        rows = connection.execute(select(_vocabulary.c.term, _vocabulary.c.doc))
        return {str(term): int(texts) for term, texts in rows}
    finally:
        connection.exec_driver_sql(f"DROP TABLE temp.{_COUNTED}")


class Account(Protocol):
    """The row of an account."""

    id: Any
    search_text: Any
    index_number: Any


class Changes:
    """What a flush leaves to be done to the index of an SQLite store."""

    def __init__(self) -> None:
        self._new: dict[int, str] = {}
        self._changed: dict[int, str] = {}
        self._gone: list[int] = []
        self._whole = False  # whether all accounts are known to be in it

    def begin(self, session: Session, account: Account) -> None:
        """Give a new account its number, in the flush that sends it."""
        if (connection := _writer(session)) is not None:
            if self._new:
                account.index_number = max(self._new) + 1
            else:
                account.index_number, missing = _next_number(connection)
                self._whole = not missing
            self._new[account.index_number] = account.search_text

    def change(self, session: Session, account: Account) -> None:
        """An account has another text."""
        number = session.scalar(select(ACCOUNTS.c.index_number).where(ACCOUNTS.c.id == account.id))
        if number is None:
            return  # as it is not in there
        if _writer(session) is None:
            account.index_number = None
        else:
            self._changed[number] = account.search_text

    def end(self, number: int | None) -> None:
        """An account goes."""
        if number is not None:
            self._gone.append(number)

    def send(self, session: Session) -> None:
        """Write all of it."""
        if not (self._new or self._changed or self._gone) or (connection := _writer(session)) is None:
            return
        put(connection, self._new.items())
        for number, changed in self._changed.items():
            replace(connection, number, changed)
        take_out(connection, self._gone)
        if not self._whole:
            put_missing(connection)


def _writer(session: Session) -> Connection | None:
    """The connection on which the index is written; None where it is not."""
    connection = session.connection()
    return connection if connection.dialect.name == "sqlite" and is_there(connection) else None
