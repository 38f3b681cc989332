"""The movies that a server has: how many at once, how large, for how long; knows no clock and no file."""

import math
import secrets
from dataclasses import dataclass, field
from typing import Literal

from render.errors import BadRequest, Busy, NotFound

State = Literal["waiting", "drawing", "done", "failed"]


@dataclass(frozen=True, slots=True)
class Limits:
    """`unfinished` movies wait or are drawn at once, and `kept` are there in all.

    `nbytes` are those of all files, `nbytes_each` those of one; `seconds` is how long one is there after its end.
    """

    unfinished: int = 8
    kept: int = 32
    nbytes: int = 2**31
    nbytes_each: int = 2**29
    seconds: float = 600.0


@dataclass(slots=True, eq=False)
class Movie:
    """A movie of so many `frames`, of which `done` are drawn; `title` is the name that its file gets elsewhere.

    Who knows `id` may have it or take it away. `message` says why it failed.
    """

    title: str
    frames: int
    id: str = field(default_factory=lambda: secrets.token_urlsafe(16))
    state: State = "waiting"
    done: int = 0
    message: str = ""
    nbytes: int = 0
    ended: float = math.inf

    @property
    def unfinished(self) -> bool:
        return self.state in ("waiting", "drawing")


class Shelf:
    """Movies by their id, in the order in which they were asked for. Times are seconds of any one clock."""

    def __init__(self, limits: Limits) -> None:
        self.limits = limits
        self._movies: dict[str, Movie] = {}

    @property
    def unfinished(self) -> int:
        return sum(movie.unfinished for movie in self._movies.values())

    def add(self, movie: Movie) -> None:
        """Busy where so many are unfinished that this one would wait for long."""
        if self.unfinished >= self.limits.unfinished:
            raise Busy(
                f"{self.unfinished} movies are being drawn or wait for it, and no more than {self.limits.unfinished} "
                "are taken: try again when one is done"
            )
        self._movies[movie.id] = movie

    def find(self, name: str) -> Movie:
        """NotFound where there is none of this id, or no longer."""
        if name not in self._movies:
            minutes = self.limits.seconds / 60
            raise NotFound(
                f"no movie {name!r}: one is kept for {minutes:g} minutes after its end, if nobody removes it"
            )
        return self._movies[name]

    def has(self, movie: Movie) -> bool:
        """Whether it is still here."""
        return movie.id in self._movies

    def remove(self, name: str) -> Movie:
        """The movie, which is no longer here. NotFound."""
        movie = self.find(name)
        del self._movies[name]
        return movie

    def grow(self, movie: Movie, nbytes: int) -> None:
        """One more frame is written, and so much in all. BadRequest where that is more than a movie may have."""
        movie.done += 1
        if nbytes > self.limits.nbytes_each:
            most = self.limits.nbytes_each / 2**20
            raise BadRequest(
                f"{movie.done} of {movie.frames} frames take more than the {most:g} MiB that a movie may have: "
                "ask for fewer or smaller ones"
            )

    def end(self, movie: Movie, now: float, nbytes: int = 0, failure: str = "") -> None:
        """It is done, with a file of so many bytes, or has failed."""
        movie.state, movie.message = ("failed", failure) if failure else ("done", "")
        movie.nbytes, movie.ended = nbytes, now

    def sweep(self, now: float) -> list[Movie]:
        """Those that are no longer here: their time is over, or newer ones need the room."""
        ended = sorted((movie for movie in self._movies.values() if not movie.unfinished), key=lambda one: one.ended)
        gone = [movie for movie in ended if now - movie.ended >= self.limits.seconds]
        stay = ended[len(gone) :]
        # The newest stays, however large: somebody is about to fetch it.
        while len(stay) > 1 and self._is_full(stay):
            gone.append(stay.pop(0))
        for movie in gone:
            del self._movies[movie.id]
        return gone

    def _is_full(self, ended: list[Movie]) -> bool:
        nbytes = sum(movie.nbytes for movie in ended)
        return nbytes > self.limits.nbytes or self.unfinished + len(ended) > self.limits.kept
