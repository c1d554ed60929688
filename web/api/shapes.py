"""What goes in and comes out of the look-ups, as models: they validate, and they are the documentation."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field

from web.validation import Read, Shown, Strict

LONGEST_TEXT = 500
LARGEST_MATCH = 1_000
LONGEST_MATCHED = 20_000
Datum = Literal["CGCS2000", "WGS84", "GCJ-02", "BD-09"]
Lon = Annotated[float, Field(ge=-180, le=180)]
Lat = Annotated[float, Field(ge=-90, le=90)]
DivisionCode = Annotated[str, Field(pattern=r"^[0-9]{2,12}$", max_length=12)]
IsoDate = Annotated[str, Field(pattern=r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$", json_schema_extra={"format": "date"})]
Text = Annotated[str, Field(min_length=1, max_length=LONGEST_TEXT)]
Limit = Annotated[int, Field(ge=1, le=100)]
Kind = Literal["address", "place", "division"]
Number = r"-?[0-9]{1,3}(\.[0-9]{1,15})?"


def _blank_is_absent(value: Any) -> Any:
    return None if isinstance(value, str) and not value.strip() else value


OptionalLon = Annotated[Lon | None, BeforeValidator(_blank_is_absent)]
OptionalLat = Annotated[Lat | None, BeforeValidator(_blank_is_absent)]


class TextQuery(Strict):
    """One text."""

    q: Text = Field(description="Address text. Never the address of a person: that goes into the body of POST /api/v1/match.")


class SearchQuery(TextQuery):
    """What to look for, and where."""

    limit: Limit = Field(10, description="Most results returned.")
    division: DivisionCode | None = Field(None, description="Only entries in this division (code or its beginning).")
    kind: Kind | None = Field(None, description="Only entries of this kind.")
    lon: Lon | None = Field(None, description="Longitude near which results are preferred.")
    lat: Lat | None = Field(None, description="Latitude near which results are preferred.")
    bbox: str | None = Field(
        None, pattern=rf"^{Number},{Number},{Number},{Number}$", max_length=100, description="min_lon,min_lat,max_lon,max_lat"
    )
    datum: Datum = Field("CGCS2000", description="Datum of the coordinates sent; answers are always CGCS2000.")


class SuggestQuery(TextQuery):
    """What has been typed so far."""

    limit: Limit = Field(10, description="Most suggestions returned.")
    division: DivisionCode | None = Field(None, description="Only entries in this division (code or its beginning).")


class ReverseQuery(Strict):
    """A position."""

    lon: Lon
    lat: Lat
    radius: float = Field(250.0, gt=0, le=5_000, description="Metres around the position.")
    limit: Limit = Field(10, description="Most results returned.")
    datum: Datum = Field("CGCS2000", description="Datum of the position sent; answers are always CGCS2000.")


class AddressText(Read):
    """One address text with what else is known of it."""

    ref: str = Field("", max_length=200, description="The asker's own key; returned with the verdict.")
    text: str = Field(max_length=LONGEST_MATCHED, description="Any text; what lies beyond its 400th character is not read.")
    lon: OptionalLon = None
    lat: OptionalLat = None
    datum: Datum = "CGCS2000"
    division: Annotated[str, Field(pattern=r"^([0-9]{2,12})?$")] = ""
    as_of: Annotated[str, Field(pattern=r"^([0-9]{4}-[0-9]{2}-[0-9]{2})?$")] = Field(
        "", description="Day on which the text was valid; the present where empty."
    )


class MatchBody(Read):
    """Up to 1,000 address texts."""

    addresses: list[AddressText] = Field(max_length=LARGEST_MATCH)


class EntryBrief(Shown):
    """An entry of the register."""

    id: str
    kind: str
    label: str
    status: str
    lon: float | None
    lat: float | None


class VerdictShape(Shown):
    """The verdict: A and B promise exactly one answer."""

    verdict: Literal["A", "B", "C", "N", "X"]
    next: str
    reason: str
    score: float
    margin: float
    match_level: str
    point_level: str
    datum: str
    address: EntryBrief | None
    current: EntryBrief | None
    field_diff: dict[str, int]
    inferred: list[str]
    replaced: list[str]
    unused: list[str]
    matched_variant: dict[str, Any] | None
    warnings: list[str]
    candidates: list[EntryBrief]


class RefVerdict(VerdictShape):
    """A verdict with the asker's key."""

    ref: str


class MatchAnswer(Shown):
    """One verdict for each text, in the same order."""

    verdicts: list[RefVerdict]
    counts: dict[str, int]


class RestShape(Shown):
    """A stretch of the text that was not understood; ``start`` and ``end`` are offsets into the text as sent."""

    text: str
    start: int
    end: int


class PartShape(RestShape):
    """One labelled stretch of the text."""

    label: str


class ParseAnswer(Shown):
    """A text cut into parts."""

    text: str
    normalized: str
    parts: list[PartShape]
    rest: list[RestShape]


class CompareQuery(Strict):
    """Two texts."""

    a: Text = Field(description="One address text. Never the address of a person.")
    b: Text = Field(description="The other address text.")


class CompareBody(Strict):
    """Two texts, as long as they are, and out of every address line."""

    a: Text = Field(description="One address text.")
    b: Text = Field(description="The other address text.")


class EvidenceShape(Shown):
    """How one part of the two texts compares; `given` is of `a`, `official` of `b`, `weight` in log-odds."""

    label: str
    given: str
    official: str
    outcome: str
    weight: float


class CompareAnswer(Shown):
    """How two texts relate."""

    a: str
    b: str
    relation: Literal["same", "partial", "different"]
    score: float
    evidence: list[EvidenceShape]


class NormalizeAnswer(Shown):
    """A text in its normal form; ``offsets`` leads from each of its characters back to the text as sent."""

    text: str
    normalized: str
    offsets: list[int]
    steps: list[str]


class FeatureShape(Shown):
    """One GeoJSON feature."""

    type: Literal["Feature"]
    geometry: dict[str, Any] | None
    properties: dict[str, Any]


class SearchAnswer(Shown):
    """A GeoJSON feature collection with a GeocodeJSON head, best first."""

    type: Literal["FeatureCollection"]
    geocoding: dict[str, Any]
    features: list[FeatureShape]


class SuggestionShape(Shown):
    """One completion."""

    text: str
    kind: str
    matched: str
    score: float
    entry: EntryBrief | None


class SuggestAnswer(Shown):
    """Completions, best first."""

    suggestions: list[SuggestionShape]
