"""Settings: put, read, removed, told of after the commit; and the history of each."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import transaction

from apps.acts import log, settings
from apps.acts.settings import Change, Standing, history, put, put_all, remove, revision, settings_of, standing
from apps.eventlog import log as eventlog
from tests.apps.acts.builders import NOW

ZONE = {"zone": "America/New_York", "closed": ["2026-12-25"]}


@pytest.mark.django_db
def test_what_is_put_is_in_force_until_it_is_removed() -> None:
    assert settings_of(["calendar"]) == {}
    put("calendar", "ATL", ZONE, who="ada", reason="go-live", now=NOW)
    put("calendar", "CHI", 0, who="ada", reason="", now=NOW)
    put("rule", "ATL", ["x"], who="ada", reason="", now=NOW)
    assert settings_of(["calendar"]) == {("calendar", "ATL"): ZONE, ("calendar", "CHI"): 0}
    assert settings_of(["rule", "playbook"]) == {("rule", "ATL"): ["x"]}
    assert settings_of([]) == {}
    remove("calendar", "ATL", who="ben", reason="closed", now=NOW)
    assert settings_of(["calendar"]) == {("calendar", "CHI"): 0}


@pytest.mark.django_db
def test_several_are_put_in_one_append() -> None:
    performed = put_all({("rule", "a"): 1, ("calendar", "b"): 2}, who="ada", reason="moved", now=NOW)
    messages = eventlog.read([act.position for act in performed])
    assert log.read(messages) == performed
    assert settings_of(["rule", "calendar"]) == {("rule", "a"): 1, ("calendar", "b"): 2}
    assert put_all({}, who="ada", reason="", now=NOW) == []


@pytest.mark.django_db
def test_each_change_gives_another_revision() -> None:
    seen = [revision()]
    put("rule", "a", 1, who="ada", reason="", now=NOW)
    seen.append(revision())
    put("rule", "a", 1, who="ada", reason="", now=NOW)
    seen.append(revision())
    put("rule", "b", 1, who="ada", reason="", now=NOW)
    seen.append(revision())
    remove("rule", "a", who="ada", reason="", now=NOW)
    seen.append(revision())
    assert seen[0] == 0
    assert seen == sorted(set(seen))


@pytest.mark.django_db
def test_a_change_that_commits_after_a_later_one_gives_another_revision_too() -> None:
    from tests.apps.acts import builders as b

    settings.store.write([b.stamped(b.put("rule", "late", 1), 12)])
    before = revision()
    settings.store.write([b.stamped(b.put("rule", "early", 1), 11)])
    assert (before, revision()) == (12, 23)


@pytest.mark.django_db
def test_the_history_of_a_setting_is_told_newest_first() -> None:
    first = put("calendar", "ATL", ZONE, who="ada", reason="go-live", now=NOW)
    put("calendar", "CHI", 1, who="ada", reason="", now=NOW)
    second = put("calendar", "ATL", None, who="ben", reason="", now=NOW + timedelta(days=1))
    third = remove("calendar", "ATL", who="cy", reason="closed", now=NOW + timedelta(days=2))
    assert history("calendar", "ATL") == [
        Change(third.position, NOW + timedelta(days=2), "cy", "closed", is_removal=True, value=None),
        Change(second.position, NOW + timedelta(days=1), "ben", "", is_removal=False, value=None),
        Change(first.position, NOW, "ada", "go-live", is_removal=False, value=ZONE),
    ]
    assert history("rule", "ATL") == []


@pytest.mark.django_db
def test_a_setting_stands_with_its_last_act_also_once_it_was_removed() -> None:
    put("calendar", "ATL", ZONE, who="ada", reason="go-live", now=NOW)
    nothing = put("calendar", "CHI", None, who="ada", reason="", now=NOW)
    removed = remove("calendar", "ATL", who="ben", reason="closed", now=NOW + timedelta(days=1))
    put("rule", "a", 1, who="ada", reason="", now=NOW)
    assert standing(["calendar"]) == {
        ("calendar", "ATL"): Standing(None, False, removed.position, NOW + timedelta(days=1), "ben", "closed"),
        ("calendar", "CHI"): Standing(None, True, nothing.position, NOW, "ada", ""),
    }
    assert standing([]) == {}


@pytest.mark.django_db(transaction=True)
def test_who_registers_is_told_after_the_commit_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settings, "_listeners", [])
    told: list[Any] = []
    settings.on_change(told.append)
    settings.on_change(told.append)
    with transaction.atomic():
        put_all({("rule", "a"): 1, ("rule", "b"): 1, ("calendar", "a"): 1}, who="ada", reason="", now=NOW)
        assert told == []
    assert told == [frozenset({"rule", "calendar"})]
    with transaction.atomic():
        put("rule", "a", 2, who="ada", reason="", now=NOW)
        transaction.set_rollback(True)
    assert len(told) == 1
    assert settings_of(["rule"]) == {("rule", "a"): 1, ("rule", "b"): 1}
