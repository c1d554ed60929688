"""The face of the national place-name query service (``/9095/…``): its paths, parameters and answers over this register.

Like that service it takes parameters from the query, a form or JSON alike, ignores those it does not know and answers with
strings, never null. Coordinates are CGCS2000.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, Literal, TypeVar

from apiflask import APIBlueprint
from flask import request
from pydantic import AliasChoices, BaseModel, ConfigDict, Field, ValidationError, field_validator

from gazetteer.name_database import count_names, count_nodes, division_tree, name_details, search_names
from geoaddr.errors import UsageError
from web.auth import open_operation
from web.faces.leniency import lenient
from web.services import services
from web.validation import Shown, field_errors

blueprint = APIBlueprint("face_name_database", __name__, url_prefix="/9095", tag="name database")

LARGEST_PAGE = 100
DEEPEST = 2
MESSAGE = "查询成功"
CODE = r"^[0-9]{0,12}$"
ModelT = TypeVar("ModelT", bound=BaseModel)


def _or_blank(schema: dict[str, Any]) -> None:
    """Say in the description that a parameter may be sent empty."""
    told = {name: schema.pop(name) for name in tuple(schema) if name not in ("title", "description", "default")}
    schema["anyOf"] = [told, {"const": "", "type": "string"}]


class Lenient(BaseModel):
    """Parent of the parameters: unknown ones are ignored, blank ones count as absent."""

    model_config = ConfigDict(extra="ignore")

    @field_validator("*", mode="before")
    @classmethod
    def _blank_is_default(cls, value: Any, info: Any) -> Any:
        if isinstance(value, str) and "\x00" in value:
            raise ValueError("NUL")
        field = cls.model_fields[info.field_name]
        return field.default if value == "" and not field.is_required() else value


class TreeQuery(Lenient):
    """Which part of the division tree."""

    code: str = Field("", pattern=CODE, description="Division code of 2–12 digits; the nation where empty.")
    max_level: int = Field(
        1,
        json_schema_extra=_or_blank,
        ge=0,
        validation_alias=AliasChoices("maxLevel", "maxdeep"),
        description="Levels below it: 0, 1 or 2.",
    )
    year: int = Field(0, json_schema_extra=_or_blank, ge=0, le=9999, description="Edition: the last day of that year; today where empty.")


class NameQuery(Lenient):
    """Which names."""

    name: str = Field(validation_alias="stName", min_length=1, max_length=120, description="Name, or part of it.")
    type_code: str = Field(
        "", pattern=r"^[0-9]{0,5}$", validation_alias=AliasChoices("placeTypeCode", "PlaceTypeCode"), description="Category code."
    )
    code: str = Field("", pattern=CODE, description="Division code the names must lie in.")
    year: int = Field(0, json_schema_extra=_or_blank, ge=0, le=9999, description="Edition: the last day of that year; today where empty.")
    search_type: Literal["精确", "模糊"] = Field(
        "模糊", validation_alias="searchType", description="精确 the whole name, 模糊 part of the name or of another form of it."
    )
    page: int = Field(1, json_schema_extra=_or_blank, ge=0, le=1_000_000, description="From 1; 0 counts as 1.")
    size: int = Field(10, json_schema_extra=_or_blank, ge=1, description="At most 100 are returned.")


class DetailsQuery(Lenient):
    """Which name."""

    id: str = Field(min_length=1, max_length=40, description="Id from the name search.")


class CountQuery(Lenient):
    """Which name is counted where."""

    name: str = Field(min_length=1, max_length=200, description="The name, or its pinyin where sounds are counted.")
    code: str = Field("", validation_alias="distCode", pattern=CODE, description="Division code; the nation where empty.")


class TreeAnswer(Shown):
    """A tree of divisions."""

    status: int
    message: str
    total: int
    data: dict[str, Any]


class NamesAnswer(Shown):
    """A page of names."""

    total: int
    records: list[dict[str, Any]]


class CountsAnswer(Shown):
    """Counts, most first."""

    status: int
    message: str
    total: int
    data: list[dict[str, Any]]


def _asked(
    path: str, query: type[ModelT], answer: type[BaseModel], *, also_by: str = "", missing: str = ""
) -> Callable[[Callable[[ModelT], dict[str, Any]]], Callable[[ModelT], dict[str, Any]]]:
    """Serve a view by GET with its parameters in the query and, with the words of ``also_by``, by POST with them anywhere."""
    responses = {404: missing} if missing else None

    def register(view: Callable[[ModelT], dict[str, Any]]) -> Callable[[ModelT], dict[str, Any]]:
        @wraps(view)
        def by_get(query_data: ModelT) -> dict[str, Any]:
            return view(query_data)

        @wraps(view)
        def by_post() -> dict[str, Any]:
            return view(_sent(query))

        first = (view.__doc__ or "").split("\n")[0]
        by_post.__doc__ = f"{first}; {also_by}"
        ways: list[tuple[str, Callable[..., Any]]] = [("GET", blueprint.input(query, location="query")(by_get))]
        ways += [("POST", by_post)] if also_by else []
        for method, way in ways:
            told = blueprint.doc(responses=responses)(blueprint.output(answer)(way)) if responses else blueprint.output(answer)(way)
            name = f"{view.__name__}_by_{method.lower()}" if also_by else view.__name__
            blueprint.add_url_rule(path, name, open_operation(lenient(told)), methods=[method])
        return view

    return register


@_asked("/xzqh/getList", TreeQuery, TreeAnswer, also_by="parameters as for GET, in the query, a form or JSON", missing="No such division")
def divisions(query: TreeQuery) -> dict[str, Any]:
    """Return a division with the levels below it, as the national service does"""
    with services().store.reading() as session:
        node = division_tree(session, query.code, min(query.max_level, DEEPEST), query.year)
    return {"status": 200, "message": MESSAGE, "total": count_nodes(node), "data": node}


@_asked("/stname/listPub", NameQuery, NamesAnswer, also_by="parameters as for GET, in the query, a form or JSON")
def names(query: NameQuery) -> dict[str, Any]:
    """Search names of divisions and places, as the national service does"""
    size = min(query.size, LARGEST_PAGE)
    with services().store.reading() as session:
        total, records = search_names(
            session, query.name, exact=query.search_type == "精确", type_code=query.type_code, code=_significant(query.code),
            year=query.year, offset=(max(query.page, 1) - 1) * size, limit=size,
        )  # fmt: skip
    return {"total": total, "records": records}


@_asked("/stname/detailsPub", DetailsQuery, Shown, also_by="the id in the query, a form or JSON", missing="No such name")
def details(query: DetailsQuery) -> dict[str, Any]:
    """Return one name with its story"""
    with services().store.reading() as session:
        return name_details(session, query.id)


@_asked("/datastatis/GroupCountNameByCode", CountQuery, CountsAnswer)
def same_name_by_division(query: CountQuery) -> dict[str, Any]:
    """Count the same name in each division below one"""
    return _counts(query)


@_asked("/datastatis/GroupCountNameByType", CountQuery, CountsAnswer)
def same_name_by_type(query: CountQuery) -> dict[str, Any]:
    """Count the same name in each category"""
    return _counts(query, by_type=True)


@_asked("/datastatis/GroupCountPinyinByCode", CountQuery, CountsAnswer)
def same_sound_by_division(query: CountQuery) -> dict[str, Any]:
    """Count names of the same sound (pinyin, with or without tones) in each division below one"""
    return _counts(query, by_sound=True)


@_asked("/datastatis/GroupCountPinyinByType", CountQuery, CountsAnswer)
def same_sound_by_type(query: CountQuery) -> dict[str, Any]:
    """Count names of the same sound in each category"""
    return _counts(query, by_type=True, by_sound=True)


def _counts(query: CountQuery, *, by_type: bool = False, by_sound: bool = False) -> dict[str, Any]:
    with services().store.reading() as session:
        data = count_names(session, query.name, _significant(query.code), by_type=by_type, by_sound=by_sound)
    return {"status": 200, "message": MESSAGE, "total": sum(one["count"] for one in data), "data": data}


def _significant(code: str) -> str:
    """Return a code without the zeros that fill it up: 330213000000 -> 330213, 330213 -> 330213, 330000 -> 33."""
    for length in (2, 4, 6, 9):
        if len(code) > length and not code[length:].strip("0"):
            return code[:length]
    return code


def _sent(model: type[ModelT]) -> ModelT:
    """Read parameters from query, form and JSON alike, the body first; ``UsageError`` names the first one at fault."""
    body = request.get_json(silent=True) if request.is_json else None
    sent = {**request.args.to_dict(), **request.form.to_dict(), **(body if isinstance(body, dict) else {})}
    try:
        return model.model_validate(sent)
    except ValidationError as error:
        first = field_errors(error, "query")[0]
        raise UsageError(f"{first['field']}：{first['message']}", field=first["field"]) from error
