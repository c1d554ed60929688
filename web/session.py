"""The session cookie: prolonged while somebody works, without a late answer undoing what a newer one wrote.

A page fetches its map layers and fragments beside the pages a person walks through. If each of those answers set the
cookie anew, one that was asked before a decision and arrives after it would bring back the session of before and lose the
message about the decision. So data answers leave the cookie alone until a good part of its life has passed.
"""

from __future__ import annotations

import time

from flask import Flask, Response, request
from flask.sessions import SecureCookieSessionInterface, SessionMixin

SEEN = "seen"
"""Key of the session: when its cookie was last prolonged, in whole seconds since 1970."""
PAGE_EVERY_S = 60
"""A full page prolongs a cookie older than this."""
DATA_SHARE = 4
"""A data answer prolongs a cookie only after this part of its life: one quarter."""


class ProlongedSession(SecureCookieSessionInterface):
    """Flask's signed cookie, set when it changed and when it is time to prolong it."""

    def save_session(self, app: Flask, session: SessionMixin, response: Response) -> None:
        """Set the cookie where the session changed or its life should begin anew."""
        if session.permanent and not session.modified and _due(app, session, response):
            session[SEEN] = int(time.time())
        super().save_session(app, session, response)


def _due(app: Flask, session: SessionMixin, response: Response) -> bool:
    """Say whether this answer should prolong the session."""
    age_s = time.time() - int(session.get(SEEN, 0))
    is_page = response.mimetype == "text/html" and "HX-Request" not in request.headers
    lifetime_s = app.permanent_session_lifetime.total_seconds()
    return age_s > (min(PAGE_EVERY_S, lifetime_s / DATA_SHARE) if is_page else lifetime_s / DATA_SHARE)
