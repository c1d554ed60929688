"""The explanation of one match: every step, the candidates in words, the rules asked, and why."""

from __future__ import annotations

from typing import Any

from apiflask import APIBlueprint

from web.api.lookup import query_of
from web.api.shapes import AddressText, EntryBrief, ParseAnswer, VerdictShape
from web.auth import needs
from web.explaining import told, told_dict
from web.services import services
from web.validation import Shown

blueprint = APIBlueprint("api_explain", __name__, url_prefix="/api/v1", tag="look-up")


class StepTold(Shown):
    """One step of normalisation that changed the text."""

    step: str
    what: str
    before: str
    after: str


class SentenceTold(Shown):
    """What one part says for or against an entry; ``weight`` in log-odds."""

    label: str
    text: str
    tone: str
    strength: str
    weight: float


class CandidateTold(EntryBrief):
    """One entry compared, with its evidence in words."""

    score: float
    sentences: list[SentenceTold]


class RuleTold(Shown):
    """One rule of the table: ``outcome`` is ``passed``, ``decided`` or ``not_asked``."""

    name: str
    asks: str
    outcome: str


class ExplainAnswer(ParseAnswer):
    """How a verdict comes about."""

    steps: list[StepTold]
    second_reading: bool
    candidates: list[CandidateTold]
    compared: int
    rules: list[RuleTold]
    decided_by: str
    why: list[str]
    verdict: VerdictShape
    register_seq: int


@blueprint.post("/explain")
@needs("lookup")
@blueprint.input(AddressText)
@blueprint.output(ExplainAnswer)
def explain(json_data: AddressText) -> dict[str, Any]:
    """Tell how the verdict on one address text comes about

    Sentences are in the language asked for. Nothing of what is sent is kept or logged.
    """
    engine = services().engine
    view = engine.view()
    return told_dict(told(engine.explain(query_of(json_data, 0)), view))
