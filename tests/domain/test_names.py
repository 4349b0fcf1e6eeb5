"""Names, e-mails, folding and slugs, for any text (R6)."""

from __future__ import annotations

import re
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pftui.domain.errors import InvalidInput
from pftui.domain.names import (
    DESCRIPTION_LENGTH,
    NAME_LENGTH,
    SLUG_LENGTH,
    clean_description,
    clean_email,
    clean_name,
    clean_service_account_name,
    clean_user_name,
    fold,
    numbered_slug,
    slugify,
)


def cleaned(text: str) -> str | None:
    try:
        return clean_name(text)
    except InvalidInput as error:
        refusal = error
    assert refusal.field == "name"
    assert refusal.message.endswith(".")
    return None


@given(st.text())
def test_r6_what_is_accepted_is_trimmed_normal_short_and_visible(text: str) -> None:
    name = cleaned(text)
    if name is None:
        return
    assert name == name.strip() == unicodedata.normalize("NFC", name)
    assert 1 <= len(name) <= NAME_LENGTH
    assert not any(unicodedata.category(character) in {"Cc", "Cs", "Zl", "Zp"} for character in name)
    assert clean_name(name) == name


@given(st.text())
def test_r6_folding_is_stable_and_blind_to_case_and_composition(text: str) -> None:
    folded = fold(text)
    assert fold(folded) == folded
    assert fold(unicodedata.normalize("NFD", text)) == folded
    assert fold(unicodedata.normalize("NFC", text)) == folded


@given(st.text(alphabet=st.characters(max_codepoint=0x24F)))
def test_r6_latin_names_fold_the_same_in_both_cases(text: str) -> None:
    assert fold(text.lower().upper()) == fold(text.upper())
    assert fold(text.swapcase()) == fold(text) or "ſ" in text or "ı" in text or "İ" in text or "ŉ" in text


@pytest.mark.parametrize(
    ("one", "other"),
    [("CI-Bot", "ci-bot"), ("STRASSE", "straße"), ("Σίσυφος", "ΣΊΣΥΦΟΣ"), ("Ｋ", "ｋ"), ("é", "E\u0301")],
)
def test_r6_these_are_one_name(one: str, other: str) -> None:
    assert fold(one) == fold(other)


@pytest.mark.parametrize("name", ["ı", "i"])
def test_r6_no_locale_has_a_say(name: str) -> None:
    assert (fold(name) == fold("I")) == (name == "i")


@pytest.mark.parametrize(
    "name",
    [
        "",
        " ",
        "\u3000",
        "x" * 81,
        "a\nb",
        "a\tb",
        "a\0b",
        "a\x1b[31m",
        "a\u202eb",
        "a\u2066b",
        "\u200f",
        "a\u200bb",
        "\ud800",
    ],
)
def test_r6_these_are_refused(name: str) -> None:
    assert cleaned(name) is None


@pytest.mark.parametrize(
    "name",
    ["x", "x" * 80, "🚀", "👩‍💻 team", "[red]markup[/]", "'; drop table", "نام", "日本", "O'Neil", "a  b"],
)
def test_r6_these_are_accepted_as_typed(name: str) -> None:
    assert cleaned(name) == name


@given(st.text())
def test_a_slug_is_ascii_and_never_empty(name: str) -> None:
    slug = slugify(name)
    assert re.fullmatch(r"[a-z0-9]+(?:-[a-z0-9]+)*", slug)
    assert len(slug) <= SLUG_LENGTH
    assert slugify(slug) == slug
    assert re.fullmatch(r"[a-z0-9]+(?:-[a-z0-9]+)*", numbered_slug(slug, 2))


@pytest.mark.parametrize(
    ("name", "slug"),
    [
        ("Red Team", "red-team"),
        ("  Zoë & Co. ", "zoe-co"),
        ("日本", "team"),
        ("--", "team"),
        ("A" * 80, "a" * 60),
    ],
)
def test_slugs_of_names(name: str, slug: str) -> None:
    assert slugify(name) == slug
    assert numbered_slug(slug, 1) == slug
    assert numbered_slug(slug, 3) == f"{slug}-3"


@pytest.mark.parametrize("email", ["a@b", "Alice.Ng+x@acme.example", "ж@почта.рф", "a" * 248 + "@b.com"])
def test_addresses_are_kept_as_typed(email: str) -> None:
    assert clean_email(f" {email} ") == email


@pytest.mark.parametrize(
    "email",
    [
        "",
        "a",
        "@b",
        "a@",
        "a@b@c",
        "a b@c",
        "a@b c",
        "<a@b>",
        "a@b,c@d",
        "a\n@b",
        "a\u202e@b",
        "a" * 250 + "@b.com",
    ],
)
def test_what_is_no_address_is_refused(email: str) -> None:
    with pytest.raises(InvalidInput) as raised:
        clean_email(email)
    assert raised.value.field == "email"


@given(st.text(max_size=600))
def test_a_description_may_be_empty_and_is_bounded(text: str) -> None:
    try:
        kept = clean_description(text)
    except InvalidInput as error:
        where = error.field
    else:
        where = "description"
        assert len(kept) <= DESCRIPTION_LENGTH
    assert where == "description"
    assert clean_description(None) == ""


def test_no_text_that_is_kept_holds_a_key() -> None:
    body = "pfsa_Ab12Cd34Ef" + "s" * 44
    for text in (body, f"key is {body}", body[:40], f"x{body.replace('pfsa', 'pfut')}"):
        for clean in (clean_name, clean_description):
            with pytest.raises(InvalidInput, match="API key") as raised:
                clean(text)
            assert body[15:30] not in raised.value.message
    assert clean_description("the key pfsa_Ab12Cd34Ef…") == "the key pfsa_Ab12Cd34Ef…"


@pytest.mark.parametrize(
    "name", ["system", "Anonymous", "host:root", "HOST:alice", "not signed in", " System "]
)
def test_a_name_by_which_the_trail_knows_somebody_else_is_refused(name: str) -> None:
    for clean in (clean_user_name, clean_service_account_name):
        with pytest.raises(InvalidInput, match="calls somebody else by this name"):
            clean(name)
    assert clean_name(name) == name.strip(), "a team may be called so"


def test_a_service_account_is_not_called_like_a_person_is_known() -> None:
    with pytest.raises(InvalidInput, match="names a person"):
        clean_service_account_name("alice@acme.example")
    assert clean_user_name("alice@acme.example") == "alice@acme.example"
    assert clean_service_account_name("deploy @ night") == "deploy @ night"
    assert clean_service_account_name("systemd") == "systemd"
