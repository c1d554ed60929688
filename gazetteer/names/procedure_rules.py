"""What the law asks of each kind of procedure: its steps, who decides, which papers and opinions it needs. All of it is data."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Any

from gazetteer.names.tables import table_of
from geoaddr.errors import UsageError, titled


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of procedure: its Chinese title, whether it is about a ``place`` or a ``division``, its article and steps in order.

    ``confirmed`` says whether the article was read and says this.
    """

    id: str
    title: str
    subject: str
    article: str
    steps: tuple[str, ...]
    confirmed: bool


@dataclass(frozen=True, slots=True)
class Decider:
    """Who decides: the authority and its level, and which roles may enter that decision here."""

    id: str
    level: str
    authority: str
    roles: tuple[str, ...]
    article: str
    confirmed: bool


@dataclass(frozen=True, slots=True)
class Need:
    """One paper (``what`` is its id) or opinion (its kind) that a procedure needs; a ``required`` one stops the decision while missing."""

    what: str
    title: str
    required: bool
    article: str
    confirmed: bool
    is_opinion: bool


def kind_of(kind: str) -> Kind:
    """Return a kind of procedure; ``UsageError`` where there is none: ``kind_of("protect").steps[-1]`` -> ``announcement``."""
    found = _kinds().get(kind)
    if found is None:
        listed = "、".join(one.title for one in _kinds().values())
        raise UsageError(f"办件类别只能是：{listed}", field="kind")
    return found


def decider_of(kind: str, category: str) -> Decider:
    """Return who decides a kind of procedure for a category of place or level of division.

    ``decider_of("rename", "estate").authority`` -> 区住房和城乡建设局.
    """
    for row in table_of("procedures.yaml")["deciders"]:
        if (not row["kinds"] or kind in row["kinds"]) and (not row["categories"] or category in row["categories"]):
            return Decider(row["id"], row["level"], row["authority"], tuple(row["roles"]), row["article"], row["confirmed"])
    raise LookupError(f"procedures.yaml names nobody who decides {kind} of {category}")


def authorities() -> tuple[str, ...]:
    """Return every authority that decides something, in the order of the table."""
    return tuple(dict.fromkeys(row["authority"] for row in table_of("procedures.yaml")["deciders"]))


def needs_of(kind: str, *, protected: bool, addresses: int) -> tuple[Need, ...]:
    """Return the papers and opinions a procedure needs, for a name on the protection list or not, that so many addresses carry."""
    table = table_of("procedures.yaml")
    holds = {"always": True, "protected": protected, "large": addresses >= table["large_addresses"]}
    found: dict[str, Need] = {}
    for row in (*table["papers"], *table["opinions"]):
        if not holds[row["when"]] or (row["kinds"] and kind not in row["kinds"]):
            continue
        what = row.get("id") or row["kind"]
        need = Need(
            what,
            titled(row.get("title", ""), row.get("title_en", "")),
            row["need"] == "required",
            row["article"],
            row["confirmed"],
            "id" not in row,
        )
        if what not in found or need.required:
            found[what] = need
    return tuple(found.values())


def paper_titles() -> dict[str, str]:
    """Return the titles of all papers that may be attached, by id, in the order of the table."""
    return {row["id"]: titled(row["title"], row.get("title_en", "")) for row in table_of("procedures.yaml")["papers"]}


def ends_with_decision() -> tuple[str, ...]:
    """Return the kinds that are finished once they are decided, without filing or announcement."""
    return tuple(one.id for one in _kinds().values() if one.steps[-1] == "decision")


def rule_of(name: str) -> Any:
    """Return another entry of the table: ``rule_of("remind_working_days")`` -> 3."""
    return table_of("procedures.yaml")[name]


@cache
def _kinds() -> dict[str, Kind]:
    rows = table_of("procedures.yaml")["kinds"]
    return {row["id"]: Kind(row["id"], row["title"], row["subject"], row["article"], tuple(row["steps"]), row["confirmed"]) for row in rows}
