"""Turns: which of the pictures that wait is drawn next, and whose voxels are read next; no threads, no clocks.

The more urgent comes first. Among equally urgent ones a picture that was begun is finished: two half done would both be
late, and hold the memory of two. Else it is the turn of whoever had least of the device's time: it is time that is
shared out, and not pictures, so that dear ones do not crowd out cheap ones. Each priority has accounts of its own: to
have one's picture refined on an idle device is not a debt when one begins to drag.

Under endless dragging REFINE and STILL still get an eighth of the time, a step at once, so that nobody looks at a
draft for ever and no request hangs; BATCH does not, because nobody sits in front of it.
"""

from collections.abc import Hashable, Iterator, Sequence, Set
from concurrent.futures import Future
from dataclasses import dataclass, field, replace
from enum import IntEnum

from render.frame import Frame
from render.scene import Quality, View
from render.steps import STEP_SECONDS, Steps
from render.volume.volume import Volume

LOADERS = 8
"""Pictures whose voxels are read at once: that is waiting for a disk or a network as a rule."""

LOADERS_OF_ONE = 3
"""Of one volume at most, so that two whose stores do not answer leave loaders to others."""

LEAST_SHARE = 1 / 8
"""Of the device's time, for those behind more urgent ones."""


class Priority(IntEnum):
    """Who is served first."""

    INTERACTIVE = 0
    REFINE = 1
    STILL = 2
    BATCH = 3


PATIENT = (Priority.STILL, Priority.REFINE)
"""Those that get their `LEAST_SHARE`."""


@dataclass(frozen=True, slots=True, eq=False)
class Wish:
    """Somebody who waits for a picture."""

    future: Future[Frame]
    client: Hashable
    priority: Priority


@dataclass(slots=True, eq=False)
class Job:
    """A picture, and who waits for it since when. Its voxels are being read while `loading`, and have been if `ready`.

    `steps` are those of its drawing, once it was begun, and `drawn` is how many seconds those done took.
    """

    volume: Volume
    view: View
    quality: Quality
    asked: float
    ready: bool
    wishes: list[Wish] = field(default_factory=list)
    steps: Steps[Frame] | None = None
    drawn: float = 0.0
    loading: bool = False

    @property
    def key(self) -> tuple[int, View, Quality]:
        return (self.volume.key, self.view, self.quality)

    @property
    def waiting(self) -> list[Wish]:
        """The wishes that were not taken back; any thread may take one back at any time."""
        return [wish for wish in self.wishes if not wish.future.cancelled()]


@dataclass(frozen=True, slots=True, eq=False)
class Turn:
    """A job, as how urgent, and for whom: those who want it most. `early` where another was more urgent."""

    job: Job
    priority: Priority
    clients: frozenset[Hashable]
    early: bool = False


def _wanting(turns: Sequence[Turn], priority: Priority) -> frozenset[Hashable]:
    return frozenset().union(*(turn.clients for turn in turns if turn.priority == priority))


def _turn(job: Job) -> Turn:
    waiting = job.waiting
    priority = min((wish.priority for wish in waiting), default=Priority.BATCH)
    return Turn(job, priority, frozenset(wish.client for wish in waiting if wish.priority == priority))


class Accounts:
    """How much time each client of one priority had, as far as that matters.

    A clock advances by the time given out, divided by the number of clients that want it: that is what each of them
    should have had. A client begins where the clock stands, so that nobody saves up what he did not want; and where he
    wants no more and had no more than others, he is forgotten.
    """

    def __init__(self) -> None:
        self._clock = 0.0
        self._had: dict[Hashable, float] = {}

    def __len__(self) -> int:
        return len(self._had)

    def had(self, client: Hashable) -> float:
        """Who has the least of these is served first."""
        return self._had.get(client, self._clock)

    def want(self, clients: Set[Hashable]) -> None:
        """These want time now, and no others."""
        owing = {client: had for client, had in self._had.items() if had > self._clock or client in clients}
        self._had = dict.fromkeys(clients, self._clock) | owing

    def charge(self, clients: Set[Hashable], seconds: float, wanting: int) -> None:
        """Time that these had together while so many wanted some, they among them."""
        for client in clients:
            self._had[client] = self.had(client) + seconds / len(clients)
        self._clock += seconds / wanting


class Turns:
    """All pictures that are waited for, in the order in which they were asked for."""

    def __init__(self) -> None:
        self.prefetching: set[int] = set()
        """Volumes of which voxels are read that nobody waits for."""
        self._jobs: dict[tuple[int, View, Quality], Job] = {}
        self._accounts = {priority: Accounts() for priority in Priority}
        self._owed = dict.fromkeys(PATIENT, 0.0)

    def __len__(self) -> int:
        return len(self._jobs)

    def __iter__(self) -> Iterator[Job]:
        return iter(list(self._jobs.values()))

    @property
    def remembered(self) -> int:
        """Clients who want something, or had more than others who did."""
        return sum(map(len, self._accounts.values()))

    def find(self, volume: Volume, view: View, quality: Quality) -> Job | None:
        return self._jobs.get((volume.key, view, quality))

    def add(self, job: Job) -> None:
        self._jobs[job.key] = job

    def remove(self, job: Job) -> None:
        # Another of its name may have come meanwhile.
        if self._jobs.get(job.key) is job:
            del self._jobs[job.key]
        if not self._jobs:
            # Nobody waits: nobody is owed anything.
            self._accounts = {priority: Accounts() for priority in Priority}

    def drop_unwanted(self) -> None:
        """Forget pictures that nobody waits for any more, but for those that were begun: see `next_to_draw`."""
        for job in self:
            if job.steps is None and not job.loading and not job.waiting:
                self.remove(job)

    def ahead(self, priority: Priority) -> int:
        """How many pictures wait that are not less urgent."""
        return sum(turn.priority <= priority for turn in map(_turn, self) if turn.clients)

    def next_to_draw(self) -> Turn | None:
        """Whose turn on the device it is: for one step, or for nobody, to be put away because all have left."""
        self.drop_unwanted()
        turns = [_turn(job) for job in self if job.ready]
        left = next((turn for turn in turns if not turn.clients), None)
        if left is not None or not turns:
            return left
        for priority, accounts in self._accounts.items():
            accounts.want(_wanting(turns, priority))
        first: dict[Priority, Turn] = {}
        for turn in sorted(turns, key=self._rank):
            first.setdefault(turn.priority, turn)
        urgent = min(first)
        due = next((one for one in PATIENT if one in first and self._owed[one] >= STEP_SECONDS), urgent)
        return replace(first[due], early=due > urgent)

    def charge(self, turn: Turn, seconds: float) -> None:
        """The step of that turn took so long."""
        turns = [_turn(job) for job in self if job.ready]
        wanting = turn.clients | _wanting(turns, turn.priority)
        self._accounts[turn.priority].charge(turn.clients, seconds, len(wanting))
        waiting = {other.priority for other in turns if other.clients}
        for patient in PATIENT:
            if patient == turn.priority:
                self._owed[patient] = self._owed[patient] - seconds if turn.early else 0.0
            elif patient > turn.priority:
                self._owed[patient] = self._owed[patient] + LEAST_SHARE * seconds if patient in waiting else 0.0

    def next_to_load(self) -> Job | None:
        """Whose voxels are to be read next, None where no loader is free for any."""
        self.drop_unwanted()
        turns = [_turn(job) for job in self if not job.ready and not job.loading and self._has_loader(job.volume)]
        return min(turns, key=self._rank).job if turns else None

    def may_prefetch(self, volume: Volume) -> bool:
        """Whether to read what nobody waits for yet: one picture of a volume at a time, and only if none waits."""
        unread = any(not job.ready and not job.loading for job in self)
        return volume.key not in self.prefetching and not unread and self._has_loader(volume, spare=1)

    def _has_loader(self, volume: Volume, spare: int = 0) -> bool:
        busy = [*(job.volume.key for job in self if job.loading), *self.prefetching]
        return len(busy) + spare < LOADERS and busy.count(volume.key) + spare < LOADERS_OF_ONE

    def _rank(self, turn: Turn) -> tuple[Priority, bool, float]:
        """The least of these comes first; of equals that which was asked for first, as jobs are in that order."""
        accounts = self._accounts[turn.priority]
        had = min(map(accounts.had, turn.clients), default=0.0)
        return (turn.priority, turn.job.steps is None, had)
