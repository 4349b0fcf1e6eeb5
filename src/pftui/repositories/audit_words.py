"""Words in the texts of an event: without regard to case and accents, as the lists of people are searched.

The trail is searched as it is stored. Nearly all of it is ASCII, which both databases compare by themselves;
what is not is folded on the way, on SQLite by `fold_text` (`database/engine.py`), on PostgreSQL by the
server's own means. Of the metadata only the values are looked through: their names would be found in every
event.
"""

from __future__ import annotations

import re
from typing import Any

from sqlalchemy import (
    ColumnElement,
    LargeBinary,
    SQLColumnExpression,
    and_,
    case,
    cast,
    func,
    literal_column,
    or_,
    select,
)
from sqlalchemy import false as sql_false
from sqlalchemy.orm import InstrumentedAttribute

from pftui.domain.audit import Action
from pftui.domain.audit_form import canonical_json
from pftui.domain.search import STROKES, fold_text
from pftui.repositories.models import AuditEventRow

Condition = ColumnElement[bool]

_ROW = AuditEventRow
#: What may be in any script; and what is ASCII as it is stored.
_SAID: tuple[InstrumentedAttribute[Any], ...] = (_ROW.description, _ROW.actor_name, _ROW.actor_email)
_ASCII: tuple[InstrumentedAttribute[Any], ...] = (_ROW.target_id, _ROW.source)
#: PostgreSQL: what `normalize` has taken off a letter.
_MARKS = "[\u0300-\u036f]"


def has_word(word: str, *, sqlite: bool) -> Condition:
    """Whether a word stands in a text of the event, in its metadata, or in what the action is called."""
    low = word.casefold()
    called = [action.value for action in Action if low in action.value or low in action.label.casefold()]
    fits = [holds(column, word, sqlite=sqlite) for column in _SAID]
    fits += [func.coalesce(_like(column, word, sqlite=sqlite), False) for column in _ASCII]
    fits.append(_in_values(word, sqlite=sqlite))
    return or_(*fits, _ROW.action.in_(called)) if called else or_(*fits)


def has_actor(part: str, *, sqlite: bool) -> Condition:
    """Whether a text stands in the name or the address of who did it."""
    return or_(*(holds(each, part, sqlite=sqlite) for each in (_ROW.actor_name, _ROW.actor_email)))


def holds(column: InstrumentedAttribute[Any], text: str, *, sqlite: bool) -> Condition:
    """Whether a column holds a text; what is empty holds nothing."""
    plain = fold_text(text)
    if not plain:
        return sql_false()
    size = func.length(cast(column, LargeBinary)) if sqlite else func.octet_length(column)
    other = func.pftui_folded(cast(column, LargeBinary)) if sqlite else _without_marks(column)
    # A text that the server folds in another way than Python does is found as it was typed.
    typed = (_like(column, each, sqlite=sqlite) for each in sorted({text, text.lower(), text.upper()}))
    fits = or_(_like(other, plain, sqlite=sqlite), *typed)
    is_ascii = func.length(column) == size
    return func.coalesce(case((is_ascii, _like(column, plain, sqlite=sqlite)), else_=fits), False)


def _like(column: SQLColumnExpression[Any], text: str, *, sqlite: bool) -> Condition:
    """Whether it holds a text, without regard to the case of ASCII, which is how SQLite's LIKE compares."""
    pattern = "".join(f"/{each}" if each in "/%_" else each for each in text)
    return column.like(f"%{pattern}%", escape="/") if sqlite else column.ilike(f"%{pattern}%", escape="/")


def _without_marks(text: SQLColumnExpression[str]) -> ColumnElement[str]:
    """As `fold_text`, but for the case of other letters than Latin ones, which is the server's locale's."""
    marked = func.normalize(text, literal_column("NFKD"))
    plain: ColumnElement[str] = func.regexp_replace(marked, _MARKS, "", "g")
    for stroke, letters in STROKES.items():
        for each in {stroke, stroke.upper()} - {"I"}:
            plain = func.replace(plain, each, letters)
    return func.lower(plain)


def _in_values(word: str, *, sqlite: bool) -> Condition:
    """Whether a word stands in a value of the metadata: a text, or a number or the like as it is written."""
    column = _ROW.metadata_json
    written = canonical_json(word)[1:-1]
    # First by what costs least, which the names would fit, too.
    somewhere = _like(column, written, sqlite=sqlite)
    if not sqlite:
        # Up to the end of a text behind which no colon stands: so it is no name.
        in_text = re.escape(written).replace('"', '\\"') + r'(?:[^"\\]|\\.)*"(?!:)'
        return func.coalesce(and_(somewhere, column.regexp_match(in_text, flags="i")), False)
    each = func.json_tree(column).table_valued("atom")
    value = select(1).select_from(each).where(_like(each.c.atom, word, sqlite=True)).exists()
    return func.coalesce(case((and_(somewhere, func.json_valid(column) == 1), value), else_=False), False)
