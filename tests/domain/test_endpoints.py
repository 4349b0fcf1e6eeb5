"""URLs, read in one way or not at all."""

from __future__ import annotations

import socket
from urllib.parse import urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pftui.domain.addresses import why_not
from pftui.domain.endpoints import URL_LENGTH, Endpoint, parse_proxy, parse_url
from pftui.domain.errors import InvalidInput

TAKEN = [
    ("https://siem.acme.example/in", Endpoint("https", "siem.acme.example", 443, "/in")),
    ("http://siem.acme.example", Endpoint("http", "siem.acme.example", 80, "/")),
    ("HTTPS://SIEM.Acme.Example:8443/In?To=1", Endpoint("https", "siem.acme.example", 8443, "/In?To=1")),
    ("https://siem.acme.example?x=/y", Endpoint("https", "siem.acme.example", 443, "/?x=/y")),
    ("https://siem.acme.example./in", Endpoint("https", "siem.acme.example", 443, "/in")),
    ("https://xn--bcher-kva.example/", Endpoint("https", "xn--bcher-kva.example", 443, "/")),
    ("https://my_host/a@b", Endpoint("https", "my_host", 443, "/a@b")),
    ("http://192.0.2.1:80/", Endpoint("http", "192.0.2.1", 80, "/")),
    ("http://192.0.2.1./", Endpoint("http", "192.0.2.1", 80, "/")),
    ("http://[2001:DB8:0::1]:9/", Endpoint("http", "2001:db8::1", 9, "/")),
    ("http://[::ffff:127.0.0.1]/", Endpoint("http", "::ffff:7f00:1", 80, "/")),
    ("http://localhost/", Endpoint("http", "localhost", 80, "/")),
]
REFUSED = [
    ("", "is needed"),
    ("https://siem.acme.example/" + "x" * 2974, "2,000 characters at most; this has 3,000"),
    ("file:///etc/passwd", "begins with https:// or http://"),
    ("ftp://siem.acme.example/", "begins with"),
    ("gopher://siem.acme.example/", "begins with"),
    ("javascript:alert(1)", "begins with"),
    ("//siem.acme.example/", "begins with"),
    ("siem.acme.example/in", "begins with"),
    ("https:siem.acme.example", "begins with"),
    ("https:///in", "host or port"),
    ("https://alice:hunter2@siem.acme.example/", "user name or password"),
    ("https://alice@siem.acme.example/", "user name or password"),
    ("https://@siem.acme.example/", "user name or password"),
    ("https://siem.acme.example#@127.0.0.1/", "fragment"),
    ("https://siem.acme.example/in#top", "fragment"),
    ("https://siem.acme.example\\@127.0.0.1/", "ASCII characters"),
    ("https://siem.acme.example/a b", "ASCII characters"),
    ("https://siem.acme.example/\r\nX-Evil: 1", "ASCII characters"),
    ("https://siem.acme.example/\t", "ASCII characters"),
    ("ht\ntps://siem.acme.example/", "ASCII characters"),
    ("https://bücher.example/", "xn--"),
    ("http://１２７.0.0.1/", "ASCII characters"),  # full-width digits, which IDNA makes an address of
    ("http://127。0。0。1/", "ASCII characters"),
    ("http://ⓛocalhost/", "ASCII characters"),
    ("https://siem.acme.example:0/", "host or port"),
    ("https://siem.acme.example:65536/", "host or port"),
    ("https://siem.acme.example:80:80/", "host or port"),
    ("https://siem.acme.example:/", "host or port"),
    ("https://siem.acme.example:+80/", "host or port"),
    ("http://0x7f.1/", "neither a name nor an address"),
    ("http://0x7f000001/", "neither"),
    ("http://2130706433/", "neither"),
    ("http://0177.0.0.1/", "neither"),
    ("http://127.1/", "neither"),
    ("http://127.0.0.01/", "neither"),
    ("http://127.0.0.1../", "neither"),
    ("http://127.0.0.0x1/", "neither"),
    ("http://1.2.3.4.5/", "neither"),
    ("http://256.0.0.1/", "neither"),
    ("http://siem.256/", "neither"),
    ("http://%31%32%37.0.0.1/", "neither"),
    ("http://./", "neither"),
    ("http://a..b/", "neither"),
    ("http://-a.example/", "neither"),
    ("http://a-.example/", "neither"),
    (f"http://{'a' * 64}.example/", "neither"),
    (f"http://{'a.' * 126}example/", "neither"),
    ("http://[127.0.0.1]/", "neither"),
    ("http://[::1", "host or port"),
    ("http://[fe80::1%25eth0]/", "host or port"),
    ("http://[::1]x/", "host or port"),
    ("http://::1/", "host or port"),
    ("https://siem.acme.example/?key=pfsa_Ab12Cd34Ef" + "0" * 44, "API key"),
]


@pytest.mark.parametrize(("text", "expected"), TAKEN)
def test_what_is_read_in_one_way_is_taken(text: str, expected: Endpoint) -> None:
    assert parse_url(text) == expected


@pytest.mark.parametrize(("text", "words"), REFUSED)
def test_all_else_is_refused_in_a_sentence_without_it(text: str, words: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        parse_url(text, "url")
    assert words in refused.value.message
    assert refused.value.field == "url"
    assert "hunter2" not in repr(refused.value)
    assert not text or text not in refused.value.message


def test_a_url_may_be_as_long_as_that() -> None:
    assert parse_url("https://siem.acme.example/".ljust(URL_LENGTH, "x")).target.endswith("x")


@given(
    st.text("0123456789abcdefx.", max_size=20)
    | st.from_regex(r"(0x[0-9a-f]{1,8}|[0-7]{1,12})", fullmatch=True)
)
def test_what_the_system_reads_as_an_address_is_that_address_or_refused(host: str) -> None:
    try:
        read = socket.inet_ntoa(socket.inet_aton(host))
    except OSError:
        return
    try:
        endpoint = parse_url(f"http://{host}/")
    except InvalidInput:
        return
    assert str(endpoint.address) == read


@given(st.text(st.sampled_from("ht:/@?#[]\\.%a1-_ \t\n\u3002１é"), max_size=30).map("http://".__add__))
def test_the_host_is_the_one_that_python_reads_or_it_is_refused(text: str) -> None:
    try:
        endpoint = parse_url(text)
    except InvalidInput:
        return
    assert endpoint.host == (urlsplit(text).hostname or "").removesuffix(".")


@given(st.text(max_size=60))
def test_whatever_is_typed_is_an_endpoint_or_a_sentence(text: str) -> None:
    try:
        endpoint, said = parse_url(text), ""
    except InvalidInput as error:
        endpoint, said = None, error.message
    assert (endpoint is None) == said.endswith(".")


def test_an_endpoint_shows_no_path() -> None:
    assert "T0KEN" not in repr(parse_url("https://hooks.acme.example/T0KEN?k=T0KEN"))


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("https://siem.acme.example/in", "siem.acme.example"),
        ("https://siem.acme.example:80/in", "siem.acme.example:80"),
        ("http://[::1]:8080/", "[::1]:8080"),
    ],
)
def test_a_place_has_a_word(text: str, place: str) -> None:
    assert parse_url(text).place == place


def test_a_literal_is_known_for_an_address_at_once() -> None:
    found = [
        parse_url(text).address for text in ("http://127.0.0.1/", "http://[::ffff:127.0.0.1]/", "http://a/")
    ]
    assert [each and why_not(each) for each in found] == ["a loopback address", "a loopback address", None]


def test_a_proxy_is_a_host_and_a_port() -> None:
    assert parse_proxy("http://proxy.acme.example:3128") == Endpoint("http", "proxy.acme.example", 3128, "/")


@pytest.mark.parametrize(
    "text",
    ["https://proxy.acme.example", "http://proxy.acme.example/x", "socks5://proxy", "http://a:b@proxy"],
)
def test_another_proxy_is_refused(text: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        parse_proxy(text)
    assert refused.value.field == "webhook_proxy"
    assert refused.value.message.startswith("The URL of a proxy")
