"""The two languages of the interface: Chinese in the source, English in one catalogue."""

from __future__ import annotations

from datetime import date, datetime

from flask import Flask, Response, g, has_request_context, request
from flask_babel import Babel, format_date, format_decimal, to_user_timezone

from web.auth import current_account
from web.finding_words import grounds_in_words
from web.messages import in_words
from web.services import services_of

LANGUAGES = ("zh", "en")
COOKIE = "geoaddr_language"
COOKIE_SECONDS = 365 * 24 * 3600
TIME_ZONE = "Asia/Shanghai"


def install(app: Flask) -> None:
    """Choose the language of each request and give templates their ways of writing dates and numbers."""
    fallback = services_of(app).settings.language
    Babel(
        app,
        default_locale="zh",
        default_timezone=TIME_ZONE,
        default_translation_directories="translations",
        locale_selector=lambda: language(fallback),
    )
    app.after_request(_remember)
    app.jinja_env.filters.update(
        day=day_text, deadline=deadline_text, moment=moment_text, number=number_text, in_words=in_words, grounds=grounds_in_words
    )
    app.context_processor(lambda: {"language": language(fallback)})


def language(fallback: str = "zh") -> str:
    """Return ``zh`` or ``en``: asked for by ``?lang=``, else chosen before, else the person's, else the service's."""
    if not has_request_context():
        return fallback
    if "language" not in g:
        account = current_account()
        wishes = (request.args.get("lang"), request.cookies.get(COOKIE), account.language if account else "", fallback)
        g.language = next((wish for wish in wishes if wish in LANGUAGES), "zh")
    found: str = g.language
    return found


def day_text(value: date | datetime | str | None) -> str:
    """Write a day as 2026-11-23; '' for None."""
    if isinstance(value, datetime):
        return to_user_timezone(value).strftime("%Y-%m-%d")  # type: ignore[no-any-return]
    return value.isoformat() if isinstance(value, date) else (value or "")[:10]


def deadline_text(value: date | str | None) -> str:
    """Write the day of a deadline with its weekday: 2026-12-29 周二; '' for None."""
    if not value:
        return ""
    day = date.fromisoformat(value) if isinstance(value, str) else value
    return f"{day.isoformat()} {format_date(day, 'EEE')}"


def moment_text(value: datetime | str | None) -> str:
    """Write a moment in local time to the minute: 2026-11-23 15:04; '' for None."""
    if not value:
        return ""
    moment = datetime.fromisoformat(value) if isinstance(value, str) else value
    return to_user_timezone(moment).strftime("%Y-%m-%d %H:%M")  # type: ignore[no-any-return]


def number_text(value: float | None) -> str:
    """Write a number with thousands marks: 12345 -> 12,345; '' for None."""
    return "" if value is None else str(format_decimal(value))


def _remember(response: Response) -> Response:
    wish = request.args.get("lang")
    if wish in LANGUAGES and request.cookies.get(COOKIE) != wish:
        secure = request.is_secure
        response.set_cookie(COOKIE, wish, max_age=COOKIE_SECONDS, secure=secure, httponly=True, samesite="Lax")
    return response
