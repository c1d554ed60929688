"""The stories and collections of the sample district: real names with public sources, written as an officer would."""

from __future__ import annotations

from importlib.resources import files
from typing import Any

import yaml
from sqlalchemy.orm import Session

from gazetteer.culture.collections import create_collection, edit_collection, publish_collection
from gazetteer.culture.stories import tell_story
from gazetteer.culture.subjects import find_subject
from gazetteer.divisions import division_on
from gazetteer.store.events import Actor


def tell_sample_stories(session: Session, *, actor: Actor) -> dict[str, int]:
    """Record the sample's stories and publish its collections; returns how many of each."""
    table: dict[str, Any] = yaml.safe_load(files("gazetteer").joinpath("data/sample/culture.yaml").read_text(encoding="utf-8"))
    for one in table["stories"]:
        subject = find_subject(session, division_on(session, one["division"]).id)
        tell_story(session, subject, one["kind"], one["text"], actor=actor, source=one["source"], period=one.get("period", ""))
    for one in table["collections"]:
        made = create_collection(session, one["title"], actor=actor)
        stops = [{"id": division_on(session, stop["division"]).id, "caption": stop["caption"]} for stop in one["stops"]]
        head = {"title": one["title"], "intro": one["intro"], "source": one["source"]}
        edit_collection(session, made.id, actor=actor, stops=stops, **head)
        publish_collection(session, made.id, actor=actor)
    return {"stories": len(table["stories"]), "collections": len(table["collections"])}
