"""Fitting a tagger to labelled addresses: a linear-chain conditional random field, trained by AdaGrad over batches."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]
Ints = NDArray[np.int32]
_FORBIDDEN, _TINY = -30.0, 1e-6


class Sequences(NamedTuple):
    """Training texts as numbers: ``clues[i]`` flat clue ids, ``counts[i]`` how many each character has, ``tags[i]`` its tag."""

    clues: list[Ints]
    counts: list[Ints]
    tags: list[Ints]


class Batch(NamedTuple):
    """Texts trained together. Characters lie text after text; ``slot`` is where each goes in the padded ``(longest, texts)`` grid.

    ``rows`` are the clues that occur, ``clues`` index into them; entries of ``order`` sort the occurrences by clue and ``bounds`` is
    where each clue begins.
    """

    clues: Ints
    starts: Ints
    char_of: Ints
    slot: Ints
    tags: Ints
    shape: tuple[int, int]
    lengths: Ints
    rows: Ints
    order: Ints
    bounds: Ints


def batch_of(sequences: Sequences, chosen: Sequence[int]) -> Batch:
    """Lay the chosen texts out for one step of training."""
    clues = np.concatenate([sequences.clues[i] for i in chosen])
    counts = np.concatenate([sequences.counts[i] for i in chosen])
    lengths = np.array([len(sequences.tags[i]) for i in chosen], np.int32)
    texts = len(chosen)
    slot = np.concatenate([np.arange(length, dtype=np.int32) * texts + text for text, length in enumerate(lengths)])
    starts = np.concatenate(([0], np.cumsum(counts)[:-1])).astype(np.int32)
    order = np.argsort(clues, kind="stable").astype(np.int32)
    rows, index = np.unique(clues, return_inverse=True)
    bounds = np.searchsorted(index[order], np.arange(len(rows)))
    return Batch(
        clues=index.astype(np.int32),
        starts=starts,
        char_of=np.repeat(np.arange(len(counts), dtype=np.int32), counts),
        slot=slot,
        tags=np.concatenate([sequences.tags[i] for i in chosen]),
        shape=(int(lengths.max()), texts),
        lengths=lengths,
        rows=rows.astype(np.int32),
        order=order,
        bounds=bounds.astype(np.int32),
    )


def gradients(batch: Batch, local: Floats, transition: Floats, first: Floats) -> tuple[Floats, Floats, Floats]:
    """Return the gradients of a batch's loss for ``local``, the weights of ``batch.rows``, the transitions and the first tags."""
    marginal, pairs = _expected(batch, local, transition, first)
    gold = batch.tags
    begins = np.cumsum(batch.lengths) - batch.lengths
    inner = np.ones(len(gold), bool)
    inner[begins] = False
    inside = np.nonzero(inner)[0]
    np.add.at(pairs, (gold[inside - 1], gold[inside]), -1.0)
    marginal[np.arange(len(gold)), gold] -= 1.0
    by_row = np.add.reduceat(marginal[batch.char_of[batch.order]], batch.bounds, axis=0)
    return by_row, pairs.astype(np.float32), marginal[begins].sum(axis=0)


def _expected(batch: Batch, local: Floats, transition: Floats, first: Floats) -> tuple[Floats, NDArray[np.float64]]:
    """Return the probability of each tag at each character, and how often each tag is expected to follow each.

    Forward and backward run in probability space, scaled at each character; texts that have ended carry their last state on.
    """
    longest, texts = batch.shape
    tags = local.shape[1]
    emission = np.add.reduceat(local[batch.clues], batch.starts, axis=0)
    flat: Floats = np.ones((longest * texts, tags), np.float32)
    flat[batch.slot] = np.exp(emission - emission.max(axis=1, keepdims=True))
    grid = flat.reshape(longest, texts, tags)
    step = np.exp(transition)
    alive = np.arange(longest)[:, None] < batch.lengths[None, :]
    forward, backward = np.empty_like(grid), np.ones_like(grid)
    scale = np.ones((longest, texts), np.float32)
    current = grid[0] * np.exp(first)
    for at in range(longest):
        if at:
            current = np.where(alive[at][:, None], (forward[at - 1] @ step) * grid[at], forward[at - 1])
        scale[at] = np.where(alive[at], current.sum(axis=1), 1.0)
        forward[at] = current / scale[at][:, None]
    pairs = np.zeros((tags, tags), np.float64)
    for at in range(longest - 2, -1, -1):
        live = alive[at + 1][:, None]
        onward = grid[at + 1] * backward[at + 1] / scale[at + 1][:, None]
        backward[at] = np.where(live, onward @ step.T, 1.0)
        pairs += (forward[at] * live).T @ onward
    marginal: Floats = (forward * backward).reshape(longest * texts, tags)[batch.slot]
    return marginal, pairs * step


class Fitted(NamedTuple):
    """Weights by clue and tag, by tag and next tag, and of the first tag."""

    weights: Floats
    transition: Floats
    first: Floats


class Plan(NamedTuple):
    """How to fit: ``rounds`` over all texts with steps from ``rate`` down to none, weights drawn to zero by ``shrink`` per batch."""

    rounds: int
    rate: float
    shrink: float
    batch_size: int
    seed: int


def fit(
    sequences: Sequences,
    clue_count: int,
    allowed: NDArray[np.bool_],
    allowed_first: NDArray[np.bool_],
    plan: Plan,
    told: Callable[[Iterable[int]], Iterable[int]],
) -> Fitted:
    """Return the weights that make the given tags most likely; ``told`` wraps the rounds to show progress.

    ``allowed`` says which tag may follow which; the others keep a weight that forbids them. The same seed gives the same weights,
    which are the mean of those after the rounds of the last third.
    """
    rng = np.random.default_rng(plan.seed)
    weights, squares = np.zeros((2, clue_count, len(allowed)), np.float32)
    transition = np.where(allowed, 0.0, _FORBIDDEN).astype(np.float32)
    first = np.where(allowed_first, 0.0, _FORBIDDEN).astype(np.float32)
    squares_t, squares_f = np.zeros_like(transition), np.zeros_like(first)
    mean = Fitted(np.zeros_like(weights), np.zeros_like(transition), np.zeros_like(first))
    counted = range(plan.rounds * 2 // 3, plan.rounds)
    by_length = sorted(range(len(sequences.tags)), key=lambda i: (len(sequences.tags[i]), i))
    batches = [batch_of(sequences, by_length[low : low + plan.batch_size]) for low in range(0, len(by_length), plan.batch_size)]
    for turn in told(range(plan.rounds)):
        speed = plan.rate * (1.0 - turn / plan.rounds)
        for at in rng.permutation(len(batches)):
            rows = batches[at].rows
            own = weights[rows]
            by_row, by_pair, by_first = gradients(batches[at], own, transition, first)
            by_row += plan.shrink * own
            seen = squares[rows] + by_row**2
            squares[rows] = seen
            weights[rows] = own - speed * by_row / np.sqrt(seen + _TINY)
            for value, gradient, square, free in ((transition, by_pair, squares_t, allowed), (first, by_first, squares_f, allowed_first)):
                pull = gradient + plan.shrink * np.where(free, value, np.float32(0.0))
                square += pull**2
                value -= np.where(free, speed * pull / np.sqrt(square + _TINY), np.float32(0.0))
        if turn in counted:
            for total, value in zip(mean, (weights, transition, first), strict=True):
                total += value / len(counted)
    return mean
