"""The protection list 地名保护名录: the names on it, and those that were taken off."""

from __future__ import annotations

from flask import render_template, request

from gazetteer.names.protection import protection_list
from web.pages.names import blueprint as names
from web.services import services

LISTS = ("listed", "delisted")


@names.get("/protected")
def protected() -> str:
    """Show the names on the protection list, or those that left it."""
    shown = "delisted" if request.args.get("list") == "delisted" else "listed"
    with services().store.reading() as session:
        found = {name: protection_list(session, delisted=name == "delisted", after=request.args.get("after")) for name in LISTS}
        totals = {name: one.total for name, one in found.items()}
        return render_template("names/protected.html", page=found[shown], shown=shown, totals=totals)
