"""From what was sent and what was seen to figures; pure."""

import math
import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from benchmarks.stream_quality import Original, decibels
from benchmarks.stream_screen import Shown


@dataclass(frozen=True, slots=True)
class Seen:
    """When each input was sent, by number, and the pictures that arrived, in order."""

    sent: dict[int, float]
    shown: Sequence[Shown]


@dataclass(frozen=True, slots=True)
class Figures:
    """Of all who looked together, but `fps`, `last` and `gap` are those of the one worst off.

    Times in milliseconds. `fps`: pictures per second of the drag that show a newer input than those before; `p50` and
    `p99`: from such an input to its picture; `last`: the same of the last input, infinite where it never came; `gap`:
    the longest time without a newer picture; `kilobytes` and `cpu` per picture, whatever it shows; `width`: pixels of
    the median picture; `psnr`: of the pictures at the frames' size, in dB; `decode`: at the client; `unread`: pictures
    that say an input which never was.
    """

    fps: float
    p50: float
    p99: float
    last: float
    gap: float
    kilobytes: float
    cpu: float
    width: int
    psnr: float
    decode: float
    unread: int


def tally(seen: Sequence[Seen], cpu: float, original: Original | None) -> Figures:
    """`cpu` are the seconds that the server worked meanwhile."""
    pictures = [one for each in seen for one in each.shown if one.received >= each.sent[1]]
    readable = [one for each in seen for one in each.shown if one.number in each.sent]
    news = [_news(each) for each in seen]
    both = list(zip(seen, news, strict=True))
    late = sorted(1000 * (one.received - each.sent[one.number]) for each, new in both for one in new)
    return Figures(
        fps=min(_rate(each, new) for each, new in both),
        p50=statistics.median(late) if late else math.inf,
        p99=late[int(0.99 * len(late))] if late else math.inf,
        last=max(_last(each, new) for each, new in both),
        gap=max(_gap(each, new) for each, new in both),
        kilobytes=sum(one.nbytes for one in pictures) / 1000 / max(1, len(pictures)),
        cpu=1000 * cpu / max(1, len(pictures)),
        width=round(statistics.median(one.width for one in pictures)) if pictures else 0,
        psnr=math.nan if original is None else decibels(readable, original),
        decode=1000 * statistics.median(one.decode_s for one in pictures) if pictures else 0.0,
        unread=sum(_unread(each) for each in seen),
    )


def _unread(seen: Seen) -> int:
    """Input 0 is what was there before the first."""
    numbers = [one.number for one in seen.shown]
    begun = next((place for place, number in enumerate(numbers) if number in seen.sent), len(numbers))
    return sum(number not in seen.sent for number in numbers[begun:]) + sum(number > 0 for number in numbers[:begun])


def _news(seen: Seen) -> list[Shown]:
    """The pictures that show a newer input than those before them."""
    newest, news = 0, []
    for one in seen.shown:
        if one.number > newest and one.number in seen.sent:
            newest = one.number
            news.append(one)
    return news


def _rate(seen: Seen, news: list[Shown]) -> float:
    begun, ended = _span(seen)
    return sum(one.received <= ended for one in news) / (ended - begun)


def _span(seen: Seen) -> tuple[float, float]:
    """From the first input to one beat after the last."""
    begun, last = seen.sent[1], seen.sent[max(seen.sent)]
    return begun, last + (last - begun) / max(1, len(seen.sent) - 1)


def _last(seen: Seen, news: list[Shown]) -> float:
    last = max(seen.sent)
    shown = [one.received for one in news if one.number == last]
    return 1000 * (shown[0] - seen.sent[last]) if shown else math.inf


def _gap(seen: Seen, news: list[Shown]) -> float:
    begun, ended = _span(seen)
    times = [begun, *(one.received for one in news if one.received <= ended), ended]
    return 1000 * max(after - before for before, after in pairwise(times))
