"""The cache without Redis: it forgets, and stops nobody."""

import socket
from collections.abc import Iterator

import pytest
from django.core.cache import caches
from django.core.cache.backends.base import BaseCache
from django.test import override_settings
from redis.exceptions import ConnectionError as RedisDown

from apps.core.cache import Breaker

BACKEND = "apps.core.cache.ForgivingRedisCache"


@pytest.fixture
def without_redis() -> Iterator[BaseCache]:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # a port that nothing listens on
        location = f"redis://127.0.0.1:{taken.getsockname()[1]}/0"
        with override_settings(CACHES={"default": {"BACKEND": BACKEND, "LOCATION": location}}):
            yield caches["default"]


def test_a_cache_that_is_down_misses(without_redis: BaseCache) -> None:
    without_redis.set("a", 1)
    without_redis.set_many({"a": 1})
    without_redis.delete("a")
    without_redis.delete_many(["a"])
    without_redis.clear()
    assert without_redis.get("a", "nothing") == "nothing"
    assert without_redis.get_many(["a"]) == {}
    assert without_redis.has_key("a") is False
    assert without_redis.touch("a") is False
    assert without_redis.add("a", 1) is True
    with pytest.raises(ValueError, match="not found"):
        without_redis.incr("a")


def test_a_cache_that_is_up_remembers(settings: object) -> None:
    cache = caches["default"]
    cache.delete_many(["distsync-test-a", "distsync-test-b"])
    assert cache.add("distsync-test-a", 1, 60) is True
    assert cache.add("distsync-test-a", 2, 60) is False
    assert cache.incr("distsync-test-a", 4) == 5
    cache.set_many({"distsync-test-b": "two"}, 60)
    assert cache.get_many(["distsync-test-a", "distsync-test-b"]) == {"distsync-test-a": 5, "distsync-test-b": "two"}
    assert cache.has_key("distsync-test-b") is True
    assert cache.delete("distsync-test-b") is True
    with pytest.raises(ValueError, match="not found"):
        cache.incr("distsync-test-b")


def test_the_breaker_leaves_a_silent_server_alone_for_a_second() -> None:
    moment, calls = [0.0], []
    breaker = Breaker(clock=lambda: moment[0])

    def ask() -> str:
        calls.append(moment[0])
        if moment[0] < 1.5:
            raise RedisDown
        return "answer"

    answers = []
    for moment[0] in (0.0, 0.5, 0.99, 1.0, 1.9, 2.0, 2.1):
        answers.append(breaker.call(ask, "otherwise"))
    assert answers == ["otherwise"] * 5 + ["answer", "answer"]
    assert calls == [0.0, 1.0, 2.0, 2.1]
