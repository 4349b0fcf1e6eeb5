"""Making the index of texts whole, beside who works with the store: in steps, so that a store may be large.

A step that was made stays made: who goes on after a break goes on from there.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator

from sqlalchemy import Connection, Engine, func, select, text, union_all

from pftui.domain.progress import Progress, silent
from pftui.repositories import text_index
from pftui.repositories.database.engine import for_writing
from pftui.repositories.errors import translated
from pftui.repositories.stored import readable
from pftui.repositories.text_index import ACCOUNTS, ON_POSTGRESQL, content

WHAT = "texts in the index of filters"
COUNTED = "events of the trail counted"
_BLOCKS = 40  # of events that are counted in a step
_AT_ONCE = 5_000  # accounts of a step, some tenths of a second


def complete(engine: Engine, progress: Progress = silent) -> bool:
    """Make the index whole where this process, or the server, can have it; whether it was not before."""
    with translated():
        _count_events(engine, progress)
        if engine.dialect.name == "sqlite":
            return _on_sqlite(engine, progress)
        return _on_postgresql(engine, progress)


def _count_events(engine: Engine, progress: Progress) -> None:
    """Count what is not counted yet of the trail. Whoever writes meanwhile waits for one step at most."""
    from pftui.repositories import audit_tallies  # the models: not for who only looks
    from pftui.repositories.models import AuditBlock, AuditHead

    more = True
    while more:
        with for_writing(engine).begin() as connection:
            head = select(AuditHead.sequence).with_for_update()
            last = int(connection.execute(head).scalar() or 0)
            more = audit_tallies.count_full(connection, last, _BLOCKS) > 0
            done = int(connection.scalar(select(func.max(AuditBlock.number))) or 0)
        if more:
            progress(COUNTED, (done + 1) * audit_tallies.SIZE, last)


def _on_sqlite(engine: Engine, progress: Progress) -> bool:
    with engine.connect() as connection:
        if not text_index.has_fts5(connection):
            return False
        there = text_index.is_there(connection)
        wrong = there and connection.execute(union_all(_WRONG, _STRANGE).limit(1)).first() is not None
        total, done = connection.execute(select(func.count(), func.count(ACCOUNTS.c.index_number))).one()
    with for_writing(engine).begin() as connection:
        if not there:
            text_index.make(connection)
        elif wrong:
            _take_out_wrong(connection)
            done = connection.scalar(select(func.count(ACCOUNTS.c.index_number))) or 0
    before = done
    while done < total:
        with for_writing(engine).begin() as connection:
            step = text_index.put_missing(connection, _AT_ONCE)
        if not step:
            break
        done += step
        progress(WHAT, done, total)
    return bool(done > before)


_TEXT = select(content.c.id).where(
    content.c.id == ACCOUNTS.c.index_number, content.c.c0 == ACCOUNTS.c.search_text
)
_IS_WRONG = ACCOUNTS.c.index_number.is_not(None) & ~_TEXT.correlate(ACCOUNTS).exists()
#: Numbers under which there is another text than the account's, and those that no account has.
_WRONG = select(ACCOUNTS.c.index_number).where(_IS_WRONG)
_OWNER = select(ACCOUNTS.c.id).where(ACCOUNTS.c.index_number == content.c.id)
_STRANGE = select(content.c.id).where(~_OWNER.correlate(content).exists())


def _take_out_wrong(connection: Connection) -> None:
    connection.execute(ACCOUNTS.update().where(_IS_WRONG).values(index_number=None))
    text_index.take_out(connection, list(connection.scalars(_STRANGE)))


def _on_postgresql(engine: Engine, progress: Progress) -> bool:
    with engine.begin() as connection:
        if text_index.is_there(connection):
            return False
        schema = text_index.trigrams(connection)
        connection.execute(text(f"DROP INDEX IF EXISTS {ON_POSTGRESQL}"))  # one that was not finished
    if schema is None:
        return False
    progress(WHAT, 0, 0)
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        # Nobody waits for it; an answer that takes its time is waited for as long as an upgrade's.
        connection.exec_driver_sql(text_index.postgresql_ddl(schema, "CONCURRENTLY"))
    return True


def lacks(connection: Connection) -> str | None:
    """In a sentence, why a filter looks through all texts of this store; None where it need not."""
    if connection.dialect.name != "sqlite":
        return None if text_index.is_there(connection) else _WITHOUT_TRIGRAMS
    if not text_index.has_fts5(connection):
        return _WITHOUT_FTS5
    return None if text_index.usable(connection) else _UNFINISHED


_ALL = "filters look through all accounts"
_WITHOUT_FTS5 = f"This Python's SQLite has no FTS5, so {_ALL}."
_WITHOUT_TRIGRAMS = (
    f"There is no index of texts, so {_ALL}: the server needs its extension pg_trgm (its package of "
    "contributed modules, and the right to CREATE in this database); then run `pftui db upgrade`."
)
_UNFINISHED = f"The index of texts is not whole, so {_ALL}: `pftui db upgrade` goes on with it."


def problems(connection: Connection) -> Iterator[tuple[str, str]]:
    """What of the index of an SQLite store is not as the accounts are: an account or nothing, and what it is.

    How many texts hold each three letters is counted here, and compared with what FTS5 says of it.
    """
    if connection.dialect.name != "sqlite" or not text_index.is_there(connection):
        return
    held: Counter[str] = Counter()
    own = ACCOUNTS.join(content, content.c.id == ACCOUNTS.c.index_number, isouter=True)
    columns = (ACCOUNTS.c.id, ACCOUNTS.c.search_text, ACCOUNTS.c.index_number, content.c.c0)
    with connection.execute(select(*columns).select_from(own), execution_options={"yield_per": 1000}) as rows:
        for row in rows:
            if row.index_number is not None and row.c0 != text_index.indexed(row.search_text):
                yield readable(row.id), "what the index of filters has of it is not what a filter looks into"
    with connection.execute(select(content.c.c0), execution_options={"yield_per": 1000}) as texts:
        for (stored,) in texts:
            held.update(text_index.pieces(readable(stored)))
    if held != text_index.counted(connection):
        yield "", "the index of filters does not find what its own texts hold"


def fill(connection: Connection, step: Callable[[], object], progress: Progress) -> None:
    """Put all accounts of a new SQLite store into its index, some at a time."""
    if not text_index.is_there(connection):
        return
    total, done = connection.scalar(select(func.count()).select_from(ACCOUNTS)) or 0, 0
    while many := text_index.put_missing(connection, _AT_ONCE):
        step()
        done += many
        progress(f"Putting {WHAT}", done, total)


def sample(connection: Connection) -> None:
    """What follows from ready-made rows, in a store of them alone."""
    for statement in _FOLLOWING:
        connection.execute(text(statement))
    if text_index.is_there(connection):
        while text_index.put_missing(connection, _AT_ONCE):
            pass


_FOLLOWING = (
    "UPDATE assignments SET kind = (SELECT kind FROM principals WHERE id = principal_id), "
    "name_folded = (SELECT name_folded FROM principals WHERE id = principal_id)",
    "UPDATE api_keys SET live = (revoked_at IS NULL)",
    "INSERT INTO account_counts (kind, status, number) "
    "SELECT kind, status, count(*) FROM principals GROUP BY kind, status",
)
