"""Writes that are safe to repeat and never overwrite what the writer has not seen."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from functools import wraps
from typing import Annotated, Any, TypeVar

import orjson
from apiflask.exceptions import HTTPError
from flask import Response, request
from pydantic import BaseModel, ConfigDict, Field

from gazetteer.idempotency import Answer, keep, recall
from gazetteer.store.database import Session
from geoaddr.errors import UsageError
from web.auth import current_actor
from web.messages import _
from web.services import services

ViewT = TypeVar("ViewT", bound=Callable[..., Any])
KEY_PATTERN = r"^[A-Za-z0-9._~:-]{1,80}$"


class OnceHeaders(BaseModel):
    """Headers of a write that makes something new."""

    model_config = ConfigDict(extra="ignore")

    idempotency_key: Annotated[
        str, Field(pattern=KEY_PATTERN, max_length=80, description="Chosen by the writer; repeats get the same answer.")
    ]


class ChangeHeaders(OnceHeaders):
    """Headers of a write that changes a record."""

    if_match: Annotated[
        str, Field(min_length=1, max_length=200, pattern=r"^[ -~]+$", description="ETag of the record as the writer saw it, or *.")
    ]


def needs_if_match(view: ViewT) -> ViewT:
    """Answer 428 to a change that does not say which version of the record it is based on."""

    @wraps(view)
    def checked(*args: Any, **kwargs: Any) -> Any:
        if "If-Match" not in request.headers:
            raise HTTPError(428, _("请用 If-Match 说明您看到的是哪一版。"))
        return view(*args, **kwargs)

    return checked  # type: ignore[return-value]


def require_unchanged(version: int) -> None:
    """Answer 412 where If-Match names another version of the record than the present one."""
    tags = [tag.strip().removeprefix("W/").strip('"') for tag in request.headers.get("If-Match", "").split(",")]
    if "*" not in tags and str(version) not in {tag.split(".")[0] for tag in tags}:
        raise HTTPError(
            412, _("这条记录已被修改，现在是第 %(version)s 版，请重新读取后再改。", version=version), headers={"ETag": f'"{version}"'}
        )


def once(key: str, perform: Callable[[Session], tuple[dict[str, Any], int, dict[str, str]]], *, body: bytes | None = None) -> Response:
    """Perform a write in one transaction and keep its answer, or give the answer kept before.

    ``perform`` returns ``(record, status, headers)``. Errors are not kept: the write may be tried again under the same key. 422
    where the key was used for another request; ``body`` stands for the request's where it is not to be read as a whole.
    """
    actor = current_actor()
    content = request.get_data(cache=True) if body is None else body
    asked = b"\n".join((request.method.encode(), request.path.encode(), hashlib.sha256(content).digest()))
    with services().store.transaction() as session:
        kept = _recall(session, actor.text, key, asked)
        if kept is None:
            record, status, headers = perform(session)
            kept = Answer(status, orjson.dumps(record), headers)
            keep(session, actor.text, key, asked, kept)
    return Response(kept.body, status=kept.status, headers=dict(kept.headers), mimetype="application/json")


def _recall(session: Session, actor: str, key: str, asked: bytes) -> Answer | None:
    try:
        return recall(session, actor, key, asked)
    except UsageError as error:
        raise HTTPError(422, error.message) from error
