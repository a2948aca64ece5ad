"""Exact nearest neighbours by cosine, in one matrix.

Vectors are kept on a grid of whole numbers from -127 to 127. A dot product of 256 of them stays below 2^24, so float32
adds it up without any rounding, in whatever order the processor takes the terms. So a score depends on the two texts
alone, not on where a row lies or which rows lie around it: the same contents give the same answer whatever came and
went before. Adding and removing costs the same at any size, but for a copy whenever the matrix doubles.
"""

from collections.abc import Collection, Iterable

import numpy as np
import numpy.typing as npt

_LEVELS = 127
_FIRST_ROWS = 256
_BLOCK = 256  # rows that are laid beside all others at once: 10 MB of scores at 10,000

Vector = npt.NDArray[np.float32]


class VectorMatrix:
    """Rows under a key, each in a group (here the task kind of a lesson). Not thread-safe: its owner locks."""

    def __init__(self, dims: int) -> None:
        if dims * _LEVELS**2 >= 2**24:
            raise ValueError(f"sums of {dims} products would be rounded")
        self._rows: npt.NDArray[np.float32] = np.empty((_FIRST_ROWS, dims), dtype=np.float32)
        self._weights: npt.NDArray[np.float32] = np.empty(_FIRST_ROWS, dtype=np.float32)  # 1 / length; 0 for no vector
        self._groups: npt.NDArray[np.int32] = np.empty(_FIRST_ROWS, dtype=np.int32)
        self._keys: list[str] = []
        self._places: dict[str, int] = {}
        self._numbers: dict[str, int] = {}  # of the groups

    def __len__(self) -> int:
        return len(self._keys)

    @property
    def nbytes(self) -> int:
        return self._rows.nbytes + self._weights.nbytes + self._groups.nbytes

    def put(self, key: str, group: str, vector: Vector) -> None:
        """Add or replace a row. A zero vector is kept and never found."""
        place = self._places.get(key)
        if place is None:
            place = self._places[key] = len(self._keys)
            self._keys.append(key)
            if place == len(self._rows):
                self._grow()
        row = on_grid(vector)
        self._rows[place] = row
        self._weights[place] = _weight(row)
        self._groups[place] = self._numbers.setdefault(group, len(self._numbers))

    def remove(self, key: str) -> None:
        """The last row takes the free place. Nothing happens when the key is not there."""
        place = self._places.pop(key, None)
        if place is None:
            return
        last_key = self._keys.pop()
        if last_key != key:
            last = len(self._keys)
            self._keys[place] = last_key
            self._places[last_key] = place
            for rows in (self._rows, self._weights, self._groups):
                rows[place] = rows[last]

    def nearest(
        self, vector: Vector, limit: int, *, groups: Collection[str] | None = None, least: float = 0.0
    ) -> list[tuple[str, float]]:
        """(key, cosine) of the rows nearest to the vector, best first and equals by key; only cosines above `least`.

        groups  rows of other groups are left out; None = all pass.
        """
        row = on_grid(vector)
        weight = _weight(row)
        if not weight or not self._keys or limit < 1:
            return []
        size = len(self._keys)
        scores = (self._rows[:size] @ row) * self._weights[:size]
        inside = self._inside(groups)
        if inside is not None:
            scores = scores[inside]
        places = np.flatnonzero(scores > np.float32(least / weight))
        if len(places) > limit:
            best = scores[places]
            places = places[best >= np.partition(best, len(best) - limit)[len(best) - limit]]
        cosines = scores[places] * weight
        rows = places if inside is None else inside[places]
        found = [(self._keys[at], float(cosine)) for at, cosine in zip(rows, cosines, strict=True)]
        return sorted(found, key=lambda pair: (-pair[1], pair[0]))[:limit]

    def _inside(self, groups: Collection[str] | None) -> npt.NDArray[np.intp] | None:
        """Places of the rows of these groups; None where that is all of them."""
        if groups is None or self._numbers.keys() <= set(groups):
            return None
        allowed = np.zeros(len(self._numbers), dtype=bool)
        allowed[[self._numbers[group] for group in groups if group in self._numbers]] = True
        return np.flatnonzero(allowed[self._groups[: len(self._keys)]])

    def cosines(self, vector: Vector, keys: Iterable[str]) -> dict[str, float]:
        """The cosine of those of the keys that are here; 0 where there is no vector."""
        row = on_grid(vector)
        weight = _weight(row)
        places = {key: place for key in keys if (place := self._places.get(key)) is not None}
        at = list(places.values())
        scores = (self._rows[at] @ row) * self._weights[at]
        return {key: float(score * weight) for key, score in zip(places, scores, strict=True)}

    def pairs(
        self, keys: Collection[str], groups: Collection[str], *, least: float, most: int
    ) -> dict[tuple[str, str], float]:
        """Pairs of these keys with rows of the groups, each with its cosine of at least `least`; the smaller key first.

        most  neighbours of each of the keys, the nearest; a bound for memories in which all is alike.
        """
        inside = self._inside(groups)
        places = np.arange(len(self._keys)) if inside is None else inside
        rows, weights = self._rows[places], self._weights[places]
        found: dict[tuple[str, str], float] = {}
        order = sorted(keys)
        for start in range(0, len(order), _BLOCK):
            block = order[start : start + _BLOCK]
            at = [self._places[key] for key in block]
            scores = (self._rows[at] @ rows.T) * weights
            scores *= self._weights[at][:, None]
            for key, row in zip(block, scores, strict=True):
                near = np.flatnonzero(row >= least)
                if len(near) > most + 1:  # it is its own nearest
                    bar = np.partition(row[near], len(near) - most - 1)[len(near) - most - 1]
                    near = near[row[near] >= bar]
                for place in near:
                    other = self._keys[places[place]]
                    if other != key:
                        found[min(key, other), max(key, other)] = float(row[place])
        return found

    def _grow(self) -> None:
        """Twice the room; the new half costs no memory until it is written."""
        size = len(self._rows)
        for name in ("_rows", "_weights", "_groups"):
            old = getattr(self, name)
            new = np.empty((2 * size, *old.shape[1:]), dtype=old.dtype)
            new[:size] = old
            setattr(self, name, new)


def on_grid(vector: Vector) -> Vector:
    """The vector in whole numbers from -127 to 127, as float32; its direction is off by less than half a degree."""
    highest = float(np.abs(vector).max(initial=0.0))
    if not highest:
        return np.zeros_like(vector)
    on_the_grid: Vector = np.rint(vector * np.float32(_LEVELS / highest))
    return on_the_grid


def _weight(row: Vector) -> np.float32:
    square = float(row @ row)  # a whole number below 2^24
    return np.float32(1.0 / square**0.5) if square else np.float32(0.0)
