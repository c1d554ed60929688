"""Several processes answering pieces of one table, given back in order; one that dies is replaced and its piece done again."""

from __future__ import annotations

import gc
import multiprocessing
import signal
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from multiprocessing.connection import Connection, wait
from typing import Any, Generic, TypeVar

from geoaddr.errors import GeoaddrError

Kept = TypeVar("Kept")
Sent = TypeVar("Sent")
Answer = TypeVar("Answer")

TRIES = 3
"""How often a piece is begun before the run is given up because its worker dies each time."""

AHEAD = 4
"""Pieces per worker that may be on their way before the oldest is given back; bounds memory."""

Died = Callable[[int, int], None]


class WorkerLostError(GeoaddrError):
    """A worker died on the same piece again and again, most likely for want of memory."""


@dataclass
class _Worker:
    process: Any
    pipe: Connection
    piece: int | None = None


@dataclass
class _Run(Generic[Kept, Sent, Answer]):
    """What is on its way: pieces sent, answers that wait for an older one."""

    pieces: Iterator[tuple[Kept, Sent]]
    work: Callable[[Sent], Answer]
    died: Died
    workers: list[_Worker] = field(default_factory=list)
    waiting: dict[int, tuple[Kept, Sent, int]] = field(default_factory=dict)
    answers: dict[int, Answer] = field(default_factory=dict)
    sent: int = 0
    given: int = 0
    ended: bool = False


def in_order(
    pieces: Iterable[tuple[Kept, Sent]], work: Callable[[Sent], Answer], *, workers: int, died: Died
) -> Iterator[tuple[Kept, Answer]]:
    """Yield ``(kept, work(sent))`` for every piece, in order; with more than one worker by processes forked from this one.

    ``work`` and all it holds are shared with the workers as they are now, not copied. ``died(exit code, tries)`` is told of each
    worker that ends before its time; ``WorkerLostError`` is raised where the same piece has cost three.
    """
    if workers <= 1:
        for kept, sent in pieces:
            yield kept, work(sent)
        return
    run = _Run(iter(pieces), work, died)
    gc.collect()
    gc.freeze()  # what is there now is never copied by a collection in a worker
    try:
        for _ in range(workers):
            run.workers.append(_begun(run))
        yield from _answered(run, workers * AHEAD)
    finally:
        for worker in run.workers:
            worker.pipe.close()
        for worker in run.workers:
            worker.process.join()
        gc.unfreeze()


def _answered(run: _Run[Kept, Sent, Answer], ahead: int) -> Iterator[tuple[Kept, Answer]]:
    while True:
        for worker in list(run.workers):
            if worker.piece is None:
                _send_next(run, worker, ahead)
        while run.given in run.answers:
            yield run.waiting.pop(run.given)[0], run.answers.pop(run.given)
            run.given += 1
        busy = [worker for worker in run.workers if worker.piece is not None]
        if not busy:
            if run.ended:
                return
            continue
        for ready in wait([worker.pipe for worker in busy]):
            _receive(run, next(worker for worker in busy if worker.pipe is ready))


def _send_next(run: _Run[Kept, Sent, Answer], worker: _Worker, ahead: int) -> None:
    if run.ended or run.sent - run.given >= ahead:
        return
    piece = next(run.pieces, None)
    if piece is None:
        run.ended = True
        return
    run.waiting[run.sent] = (*piece, 1)
    _send(run, worker, run.sent)
    run.sent += 1


def _send(run: _Run[Kept, Sent, Answer], worker: _Worker, number: int) -> None:
    worker.piece = number
    try:
        worker.pipe.send(run.waiting[number][1])
    except (BrokenPipeError, ConnectionResetError):
        _replace(run, worker)


def _receive(run: _Run[Kept, Sent, Answer], worker: _Worker) -> None:
    try:
        fine, answer = worker.pipe.recv()
    except (EOFError, OSError):
        _replace(run, worker)
        return
    if not fine:
        raise answer
    assert worker.piece is not None
    run.answers[worker.piece], worker.piece = answer, None


def _replace(run: _Run[Kept, Sent, Answer], worker: _Worker) -> None:
    """Put a new worker in the place of a dead one and give it the piece the other had."""
    worker.process.join()
    worker.pipe.close()
    number = worker.piece
    assert number is not None
    kept, sent, tries = run.waiting[number]
    run.died(worker.process.exitcode, tries)
    if tries >= TRIES:
        raise WorkerLostError(f"工作进程在同一段数据上连续中断 {TRIES} 次（退出码 {worker.process.exitcode}，可能是内存不足）")
    run.waiting[number] = (kept, sent, tries + 1)
    run.workers.remove(worker)
    fresh = _begun(run)
    run.workers.append(fresh)
    _send(run, fresh, number)


def _begun(run: _Run[Kept, Sent, Answer]) -> _Worker:
    forking = multiprocessing.get_context("fork")
    ours, theirs = forking.Pipe()
    others = [worker.pipe for worker in run.workers]
    process = forking.Process(target=_serve, args=(theirs, run.work, [ours, *others]), daemon=True)
    process.start()
    theirs.close()
    return _Worker(process, ours)


def _serve(pipe: Connection, work: Callable[[Any], Any], inherited: list[Connection]) -> None:
    """Answer pieces until the other end is closed, which also happens when the first process is killed."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the first process hears it and closes the pipes
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    for other in inherited:
        other.close()
    while True:
        try:
            sent = pipe.recv()
        except (EOFError, OSError):
            return
        try:
            answer = (True, work(sent))
        except Exception as error:  # handed to the first process, which raises it there
            answer = (False, error)
        try:
            pipe.send(answer)
        except (BrokenPipeError, ConnectionResetError):
            return
