"""Which movies a server takes and keeps, with a clock that the test drives."""

import pytest

from render.errors import BadRequest, Busy, NotFound
from tiles.movies.shelf import Limits, Movie, Shelf

LIMITS = Limits(unfinished=2, kept=4, nbytes=100, nbytes_each=60, seconds=600.0)


def shelf_of(*ended: tuple[float, int]) -> tuple[Shelf, list[Movie]]:
    """A shelf with movies that were done at a time and have so many bytes."""
    shelf, movies = Shelf(LIMITS), [Movie("cells.mp4", 10) for _ in ended]
    for movie, (now, nbytes) in zip(movies, ended, strict=True):
        shelf.add(movie)
        shelf.end(movie, now, nbytes)
    return shelf, movies


def test_so_many_are_taken_at_once_and_more_when_one_has_ended() -> None:
    shelf, first, second = Shelf(LIMITS), Movie("a.mp4", 10), Movie("b.mp4", 10)
    shelf.add(first)
    second.state = "drawing"
    shelf.add(second)
    with pytest.raises(Busy, match="2 movies are being drawn or wait for it, and no more than 2"):
        shelf.add(Movie("c.mp4", 10))
    shelf.end(second, 5.0, failure="time 1 is broken")
    assert (second.state, second.message, shelf.unfinished) == ("failed", "time 1 is broken", 1)
    shelf.add(Movie("c.mp4", 10))


def test_a_movie_is_there_for_so_long_after_its_end() -> None:
    shelf, (movie,) = shelf_of((100.0, 10))
    assert shelf.sweep(699.9) == []
    assert shelf.find(movie.id) is movie
    assert shelf.sweep(700.0) == [movie]
    with pytest.raises(NotFound, match="is kept for 10 minutes after its end"):
        shelf.find(movie.id)


def test_one_that_is_being_drawn_stays_however_long_it_takes() -> None:
    shelf, movie = Shelf(LIMITS), Movie("a.mp4", 10)
    shelf.add(movie)
    assert shelf.sweep(1e9) == []
    assert shelf.has(movie)


def test_the_oldest_make_room_for_the_bytes_of_the_newest() -> None:
    shelf, movies = shelf_of((1.0, 40), (2.0, 30), (3.0, 50))
    assert shelf.sweep(4.0) == movies[:1]
    large, (one,) = shelf_of((1.0, 500))
    assert large.sweep(2.0) == []
    assert large.has(one)


def test_there_are_only_so_many_in_all() -> None:
    shelf, movies = shelf_of(*[(float(i), 1) for i in range(4)])
    assert shelf.sweep(5.0) == []
    shelf.add(Movie("a.mp4", 10))
    assert shelf.sweep(5.0) == movies[:1]


def test_a_movie_grows_to_so_many_bytes() -> None:
    shelf, movie = Shelf(LIMITS), Movie("a.mp4", 10)
    shelf.grow(movie, 60)
    assert movie.done == 1
    with pytest.raises(BadRequest, match="2 of 10 frames take more than"):
        shelf.grow(movie, 61)


def test_ids_cannot_be_guessed() -> None:
    assert len({Movie("a.mp4", 1).id for _ in range(100)}) == 100
    assert min(len(Movie("a.mp4", 1).id) for _ in range(100)) >= 20


def test_what_was_removed_is_not_found_again() -> None:
    shelf, (movie,) = shelf_of((1.0, 10))
    assert shelf.remove(movie.id) is movie
    with pytest.raises(NotFound):
        shelf.remove(movie.id)
