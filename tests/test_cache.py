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


def test_what_is_being_computed_at_once_stays_within_the_capacity_too() -> None:
    cache: ByteCache[str] = ByteCache(100)
    begun, go_on, most = threading.Event(), threading.Event(), []

    def slow() -> str:
        begun.set()
        assert go_on.wait(5)
        return "slow"

    def watched() -> str:
        most.append(cache.nbytes)
        return "next"

    with ThreadPoolExecutor(3) as pool:
        first = pool.submit(cache.get, "first", 70, slow)
        assert begun.wait(5)
        second = pool.submit(cache.get, "second", 60, watched)
        assert pool.submit(cache.get, "small", 30, watched).result(5) == "next"  # there is room beside the first
        assert not second.done()
        go_on.set()
        assert (first.result(5), second.result(5)) == ("slow", "next")
    assert max(most) <= 100
    assert cache.nbytes <= 100


def test_a_failure_lets_those_go_on_who_wait_for_room() -> None:
    cache: ByteCache[str] = ByteCache(100)
    begun, go_on = threading.Event(), threading.Event()

    def fail() -> str:
        begun.set()
        assert go_on.wait(5)
        raise ValueError("broken")

    with ThreadPoolExecutor(2) as pool:
        first = pool.submit(cache.get, "first", 70, fail)
        assert begun.wait(5)
        second = pool.submit(cache.get, "second", 70, lambda: "value")
        go_on.set()
        assert second.result(5) == "value"
        assert isinstance(first.exception(5), ValueError)
    assert cache.nbytes == 70
