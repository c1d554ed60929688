"""Which division a row means: by code, or by names from the outside in, in the spellings people use."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from operator import itemgetter

from sqlalchemy import select
from sqlalchemy.orm import Session

from gazetteer.divisions import DivisionTree, load_divisions
from gazetteer.exchange.codes import DamagedCodeError
from gazetteer.exchange.importing.division_lists import normal_code
from gazetteer.exchange.importing.request import Work
from gazetteer.exchange.importing.succession import LEVELS
from gazetteer.store.models import Division, DivisionSuccession
from gazetteer.store.models.divisions import CODE_LENGTHS
from gazetteer.workflow import enter_many

_COMMITTEES = (("村民委员会", "村"), ("村委会", "村"), ("社区居民委员会", "社区"), ("社区居委会", "社区"), ("居民委员会", "居委会"))


_levels_of = itemgetter(*LEVELS)


def spoken(name: str) -> str:
    """Return a community's name as people say it: 西岸村委会 -> 西岸村, 苕霅（条宅）村委会 -> 苕霅村, 桃源社区 -> 桃源社区."""
    text = name
    for left, right in (("（", "）"), ("(", ")")):
        start, end = text.find(left), text.find(right)
        if 0 < start < end:
            text = text[:start] + text[end + 1 :]
    for ending, word in _COMMITTEES:
        if text.endswith(ending) and len(text) > len(ending):
            stem = text[: -len(ending)]
            return stem if stem.endswith(word) else stem + word
    return text


@dataclass
class Divisions:
    """The divisions of an import: current ones by code and by name within their parent, old ones through their single heir."""

    work: Work
    tree: DivisionTree
    heirs: Mapping[str, tuple[str, ...]]
    below: dict[tuple[str, str], set[str]] = field(default_factory=lambda: defaultdict(set))
    answers: dict[tuple[str, tuple[str, ...]], tuple[str | None, str]] = field(default_factory=dict)
    made: dict[str, Division] = field(default_factory=dict)

    def find(self, code: str, names: Mapping[str, str]) -> tuple[str | None, str]:
        """Return (division id, "") or (None, why not) for a code, else for the names of all five levels; answers are remembered."""
        key = (code, _levels_of(names))
        answer = self.answers.get(key)
        if answer is None:
            answer = self.answers[key] = self._by_code(code, names) if code else self._by_names(names)
        return answer

    def names(self, division_id: str) -> dict[str, str]:
        """Return the names of a division's path by level, the community as people say it."""
        path = self.path(division_id)
        return {row.level: spoken(row.name) if row.level == "community" else row.name for row in path}

    def official_names(self, division_id: str) -> dict[str, str]:
        """Return the names of a division's path by level, as the register has them."""
        return {row.level: row.name for row in self.path(division_id)}

    def path(self, division_id: str) -> list[Division]:
        """Return the divisions from the outermost down to this one."""
        found: list[Division] = []
        current: str | None = division_id
        while current is not None:
            row = self.row(current)
            found.append(row)
            current = row.parent_id
        return found[::-1]

    def row(self, division_id: str) -> Division:
        """Return a division of the register or of this import."""
        return self.made.get(division_id) or self.tree.by_id[division_id]

    def town_of(self, division_id: str) -> str:
        """Return the id of the town a division is or lies in; its own id above towns."""
        return next((row.id for row in self.path(division_id) if row.level == "town"), division_id)

    def _by_code(self, code: str, names: Mapping[str, str]) -> tuple[str | None, str]:
        try:
            wanted = normal_code(code, "")
        except (ValueError, DamagedCodeError) as error:
            return None, str(error)
        current = self.tree.by_code(wanted) or next((row for row in self.made.values() if row.code == wanted), None)
        if current is not None:
            return current.id, ""
        past = self.tree.codes.get(wanted, ())
        today = {heir for row in past for heir in self._today(row.id)}
        if len(today) == 1:
            return today.pop(), ""
        if past:
            return None, f"区划代码 {wanted}（{past[-1].name}）已停用，去向{'不止一处' if today else '不明'}"
        if self.work.request.create_missing:
            return self._create(names, wanted)
        return None, f"没有代码为 {wanted} 的行政区划"

    def _today(self, division_id: str) -> set[str]:
        """Return the current divisions an ended one lives on in."""
        if self.tree.by_id[division_id].valid_to is None:
            return {division_id}
        return {found for heir in self.heirs.get(division_id, ()) for found in self._today(heir)}

    def _by_names(self, names: Mapping[str, str]) -> tuple[str | None, str]:
        given = [level for level in LEVELS if names.get(level)]
        if not given:
            return None, "缺少区划：没有区划代码，也没有镇街、村社区名称"
        scope = self._scope(names)
        if scope is None:
            if self.work.request.create_missing:
                return self._create(names, "")
            return None, f"登记册中没有行政区划“{''.join(names[level] for level in given if level in LEVELS[:3])}”"
        for level in ("town", "community"):
            name = names.get(level, "")
            if not name:
                continue
            found = self._named(scope, name, level)
            if len(found) > 1:
                return None, f"“{name}”在{self.row(scope).name}不止一处，请写明所属镇街或区划代码"
            if not found:
                if self.work.request.create_missing:
                    return self._create(names, "")
                return None, f"{self.row(scope).name}没有“{name}”"
            scope = found.pop()
        return scope, ""

    def _scope(self, names: Mapping[str, str]) -> str | None:
        """Return the district the names lie in; without a district's name, the governed one."""
        district = names.get("district", "")
        if not district:
            row = self.tree.by_code(self.work.request.district_code)
            return None if row is None else row.id
        found = {
            id_ for id_ in self._everywhere(district, "district")
            if all(not names.get(level) or names[level] == one for level, one in self.names(id_).items() if level in ("province", "city"))
        }  # fmt: skip
        return found.pop() if len(found) == 1 else None

    def _everywhere(self, name: str, level: str) -> set[str]:
        hits = self.below.get(("", f"{level}:{name}"), set())
        return {today for hit in hits for today in (self._today(hit) if hit in self.tree.by_id else {hit})}

    def _named(self, scope: str, name: str, level: str) -> set[str]:
        """Return the current units of a name within a scope: under its official, spoken or former name."""
        hits = set()
        for form in {name, spoken(name)}:
            hits |= self._everywhere(form, level)
        return {hit for hit in hits if any(row.id == scope for row in self.path(hit))}

    def learn(self, row: Division) -> None:
        """Make a division findable by its official and spoken name."""
        for form in {row.name, spoken(row.name)}:
            self.below["", f"{row.level}:{form}"].add(row.id)

    def _create(self, names: Mapping[str, str], code: str) -> tuple[str | None, str]:
        """Bring the missing levels of a row into being, from the outside in, and return the innermost."""
        parent: Division | None = None
        for level in LEVELS:
            name = names.get(level, "")
            cut = code[: CODE_LENGTHS[level]] if len(code) >= CODE_LENGTHS[level] else ""
            known = self._known(parent, name, level, cut)
            if known is None and not name:
                continue
            if known is None:
                reason = self._gap(parent, level, name)
                if reason:
                    return None, reason
                known = self._enter(parent, name, level, cut)
            parent = known
        return (parent.id, "") if parent is not None else (None, "缺少区划名称，无法建立")

    def _known(self, parent: Division | None, name: str, level: str, code: str) -> Division | None:
        if code:
            found = self.tree.by_code(code) or next((row for row in self.made.values() if row.code == code), None)
            if found is not None:
                return found
        ids = (self._named(parent.id, name, level) if parent else self._everywhere(name, level)) if name else set()
        if not ids and not name and level in ("province", "city", "district"):
            home = self.tree.by_code(self.work.request.district_code[: CODE_LENGTHS[level]])
            return home if parent is None or (home is not None and home.parent_id == parent.id) else None
        return self.row(ids.pop()) if len(ids) == 1 else None

    def _gap(self, parent: Division | None, level: str, name: str) -> str:
        above = LEVELS[LEVELS.index(level) - 1] if level != "province" else ""
        if (parent.level if parent else "") != above:
            return f"无法建立“{name}”：缺少它的上级名称"
        return ""

    def _enter(self, parent: Division | None, name: str, level: str, code: str) -> Division:
        code = code or self._spare_code(parent, level)
        row = {
            "code": code, "name": name, "level": level, "parent_id": parent.id if parent else None, "status": "current",
            "valid_from": self.work.day, "source": self.work.source,
        }  # fmt: skip
        payload = {"source": self.work.source, "created_missing": True}
        (id_,) = enter_many(self.work.session, Division, [row], actor=self.work.request.actor, verb="listed", payload=payload)
        made = Division(id=id_, code=code, name=name, level=level, parent_id=row["parent_id"], valid_from=self.work.day, valid_to=None)
        self.made[id_] = made
        self.learn(made)
        self.work.tally.made["divisions"] += 1
        return made

    def _spare_code(self, parent: Division | None, level: str) -> str:
        """Return a code no official list can have: its last segment begins with X (330213X01), until the official one arrives."""
        head = parent.code if parent else ""
        width = CODE_LENGTHS[level] - len(head)
        taken = {row.code for row in self.made.values()} | set(self.tree.codes)
        letters = "0123456789ABCDEFGHJKLMNPQRSTUVWXYZ"
        for number in range(len(letters) ** (width - 1)):
            digits = ""
            for _ in range(width - 1):
                number, rest = divmod(number, len(letters))
                digits = letters[rest] + digits
            code = f"{head}X{digits}"
            if code not in taken:
                return code
        raise ValueError(f"no provisional code left below {head}")


def load_finder(work: Work) -> Divisions:
    """Read all divisions once for an import."""
    tree = load_divisions(work.session)
    heirs: dict[str, list[str]] = defaultdict(list)
    for old, new in successions_of(work.session):
        heirs[old].append(new)
    finder = Divisions(work, tree, {old: tuple(news) for old, news in heirs.items()})
    for row in tree.by_id.values():
        finder.learn(row)
    return finder


def successions_of(session: Session) -> Iterable[tuple[str, str]]:
    """Return every (old division id, new division id)."""
    return [(row.old_id, row.new_id) for row in session.execute(select(DivisionSuccession.old_id, DivisionSuccession.new_id))]
