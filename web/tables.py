"""Tables given away: CSV that a spreadsheet opens with the right characters and runs nothing of."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterable, Iterator, Sequence

from flask import Response, stream_with_context

from gazetteer.exchange.importing.report import guarded
from gazetteer.store.database import Session
from web.services import services

PIECE = 500


def csv_answer(filename: str, header: Sequence[str], rows: Callable[[Session], Iterable[Sequence[object]]]) -> Response:
    """Return a CSV download (UTF-8 with byte order mark), read from the register as it is sent."""

    def lines() -> Iterator[str]:
        yield "\ufeff" + _lines([header])
        with services().store.reading() as session:
            waiting: list[Sequence[object]] = []
            for row in rows(session):
                waiting.append(row)
                if len(waiting) == PIECE:
                    yield _lines(waiting)
                    waiting = []
            yield _lines(waiting)

    answer = Response(stream_with_context(lines()), content_type="text/csv; charset=utf-8")
    answer.headers.set("Content-Disposition", "attachment", filename=filename)
    return answer


def _lines(rows: Iterable[Sequence[object]]) -> str:
    out = io.StringIO()
    csv.writer(out, lineterminator="\r\n").writerows([guarded("" if cell is None else str(cell)) for cell in row] for row in rows)
    return out.getvalue()
