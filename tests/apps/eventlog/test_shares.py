"""What each source's part of an append was, also where one request speaks for several and repeats itself."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from apps.eventlog import log
from apps.eventlog.shares import Share, shares
from apps.eventlog.types import Appended, NewMessage
from tests.messages import NOW

pytestmark = pytest.mark.django_db


def said(source: str, identifier: str, content: bytes = b"a") -> NewMessage:
    return NewMessage(source=source, id=identifier, type="t", digest=content * 32, body=b"{}", content_type="application/json")


def appended(*messages: NewMessage) -> tuple[list[Share], Appended]:
    answer = log.append(messages, now=NOW)
    return sorted(shares(messages, answer), key=lambda share: share.source), answer


def test_all_new_and_one_source_need_no_statement(django_assert_num_queries: object) -> None:
    messages = [said("/a", "1"), said("/b", "1"), said("/b", "2")]
    answer = log.append(messages, now=NOW)
    again = log.append(messages[1:], now=NOW)
    with django_assert_num_queries(0):  # type: ignore[operator]
        assert shares(messages, answer) == [Share("/a", 1, 0, 0), Share("/b", 2, 0, 0)]
        assert shares(messages[1:], again) == [Share("/b", 0, 2, 0)]


def test_several_sources_that_repeat_and_contradict() -> None:
    appended(said("/a", "1"), said("/b", "1"))
    found, _ = appended(
        said("/a", "1"),
        said("/a", "2"),
        said("/a", "2"),
        said("/b", "1", b"z"),
        said("/b", "3"),
        said("/b", "3", b"z"),
        said("/c", "1"),
    )
    assert found == [Share("/a", 1, 2, 0), Share("/b", 1, 0, 2), Share("/c", 1, 0, 0)]


MESSAGES = st.builds(said, st.sampled_from(["/a", "/b", "/c"]), st.sampled_from("123"), st.sampled_from([b"x", b"y"]))


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.lists(MESSAGES, min_size=1, max_size=8), min_size=1, max_size=3))
def test_the_shares_add_up_to_the_answer(batches: list[list[NewMessage]]) -> None:
    for batch in batches:
        found, answer = appended(*batch)
        assert sum(share.accepted for share in found) == answer.accepted
        assert sum(share.duplicates for share in found) == answer.duplicates
        assert sum(share.conflicts for share in found) == answer.conflicts
