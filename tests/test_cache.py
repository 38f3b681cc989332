"""The cache: bounded in bytes, one computation for equal requests, failures not kept."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import given
from hypothesis import strategies as st

from render.volume.cache import ByteCache


@given(st.lists(st.tuples(st.integers(0, 9), st.integers(1, 60)), max_size=60))
def test_it_never_holds_more_than_its_capacity_and_always_answers_right(wishes: list[tuple[int, int]]) -> None:
    cache: ByteCache[int] = ByteCache(100)
    for key, nbytes in wishes:
        assert cache.get(key, nbytes, lambda key=key: key * key) == key * key  # type: ignore[misc]
        assert cache.nbytes <= 100


def test_what_was_used_last_stays() -> None:
    cache: ByteCache[str] = ByteCache(30)
    for key in ("a", "b", "c", "a", "d"):
        cache.get(key, 10, lambda: "value")
    assert [key in cache for key in "abcd"] == [True, False, True, True]


def test_equal_requests_at_once_share_one_computation() -> None:
    cache: ByteCache[int] = ByteCache(100)
    asked, computed = threading.Barrier(4), []

    def ask() -> int:
        asked.wait(5)
        return cache.get("key", 10, lambda: computed.append(1) or len(computed))  # type: ignore[func-returns-value]

    with ThreadPoolExecutor(4) as pool:
        assert [future.result(5) for future in [pool.submit(ask) for _ in range(4)]] == [1, 1, 1, 1]


def test_a_failure_reaches_the_caller_and_is_tried_again() -> None:
    cache: ByteCache[int] = ByteCache(100)
    with pytest.raises(ZeroDivisionError):
        cache.get("key", 10, lambda: 1 // 0)
    assert cache.nbytes == 0
    assert cache.get("key", 10, lambda: 7) == 7


def test_what_is_larger_than_the_cache_is_handed_out_and_not_kept() -> None:
    cache: ByteCache[str] = ByteCache(100)
    assert cache.get("large", 101, lambda: "value") == "value"
    assert "large" not in cache
    assert cache.nbytes == 0
