"""Text that cannot be kept."""

import pytest

from apps.core.text import flaw, printable


@pytest.mark.parametrize("text", ["", "plain", "Grüße 😀", "\n\t", "\uffff", "\x7f"])
def test_what_can_be_kept_has_no_flaw(text: str) -> None:
    assert flaw(text) is None


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("a\x00b", "holds the character U+0000, which no database text can keep"),
        ("a\ud83db", "holds half of a surrogate pair (U+D83D), which is no character"),
        ("\udc00", "holds half of a surrogate pair (U+DC00), which is no character"),
    ],
)
def test_what_cannot_be_kept_is_explained(text: str, reason: str) -> None:
    assert flaw(text) == reason


def test_text_for_people_is_short_and_printable() -> None:
    assert printable("a\x00\ud800\nb") == "a\\u0000\\ud800\\u000ab"
    assert printable("x" * 300) == "x" * 199 + "…"
    assert printable("Grüße 😀") == "Grüße 😀"
