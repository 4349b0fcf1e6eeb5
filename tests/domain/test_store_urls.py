"""The URL of a store, read without SQLAlchemy as SQLAlchemy reads it."""

from __future__ import annotations

from hypothesis import example, given
from hypothesis import strategies as st
from sqlalchemy.engine import make_url

from pftui.domain.store_urls import server_url

_ENDS = st.text(alphabet="ab1%2F:/?#[]@=&+\n\u2100", max_size=40)


@given(_ENDS)
@example("u:s#x@db1/a")
@example("u:a[b@db")
@example("u:p\u2100@db")
@example("[::1]x/a?b=c")
@example("u?x:y@[::1]:5432/a%2Fb?host=c&host=d")
def test_a_servers_url_has_the_parts_that_sqlalchemy_finds(end: str) -> None:
    url = f"postgresql://{end}"
    try:
        wanted = make_url(url)
    except ValueError:  # its port is no number
        return
    found = server_url(url)
    assert found.user == (wanted.username or "")
    assert found.password.reveal() == (wanted.password or "")
    assert found.host == (wanted.host or "")
    assert (int(found.port) if found.port else None) == wanted.port
    assert found.database == (wanted.database or "")
    assert sorted(found.options) == sorted(
        (name, value) for name, values in wanted.normalized_query.items() for value in values
    )
