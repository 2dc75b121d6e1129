"""Header values as text."""

import pytest

from apps.core.errors import Unreadable
from apps.intake.headers import attributes_of, decoded


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("plain", "plain"),
        ("", ""),
        ("Euro%20%E2%82%AC%20%F0%9F%98%80", "Euro € 😀"),
        ("%e2%82%ac", "€"),
        ("%41%2541", "A%41"),
        ("50%", "50%"),
        ("%zz%4", "%zz%4"),
        ('"quoted"', "quoted"),
        ('"a \\"b\\" \\\\ %20"', 'a "b" \\  '),
        ('{"othervalue": 5}', '{"othervalue": 5}'),
        ('"a" and "b"', '"a" and "b"'),
        ('"open', '"open'),
        ("%22a%22", '"a"'),
        ("GrÃ¼ÃŸe".encode("cp1252").decode("latin-1"), "Grüße"),  # UTF-8 as WSGI hands it over
    ],
)
def test_a_value_is_unquoted_and_decoded_once(value: str, text: str) -> None:
    assert decoded(value) == text


@pytest.mark.parametrize("value", ["%C0%A0", "%FF", "%ED%A0%80", "%F4%90%80%80", "\xff", "%E2%82"])
def test_what_is_no_utf8_is_refused(value: str) -> None:
    with pytest.raises(Unreadable):
        decoded(value)


def test_attributes_are_the_ce_headers() -> None:
    environ = {"HTTP_CE_ID": "1", "HTTP_CE_MY_EXT": "x", "HTTP_ACCEPT": "y", "CONTENT_TYPE": "z", "CE_ID": "no"}
    assert attributes_of(environ.items()) == {"id": "1", "my-ext": "x"}
