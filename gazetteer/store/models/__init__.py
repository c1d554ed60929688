"""The tables of the register, folded by journey."""

from gazetteer.store.models.cases import AddressLink, CasePerson, CaseRecord
from gazetteer.store.models.codes import PlaceCode
from gazetteer.store.models.core import Located, Registered, Table, box_columns
from gazetteer.store.models.culture import NameCollection, NameStory
from gazetteer.store.models.divisions import Division, DivisionSuccession
from gazetteer.store.models.linking import AliasProposal, UnknownName
from gazetteer.store.models.naming import Attachment, Finding, NamingProcedure, ProcedureStep, Protection, RuleIgnore
from gazetteer.store.models.operation import ApiKey, Event, EventHead, EventSubject, IdempotentAnswer, Job, User
from gazetteer.store.models.places import Lineage, NameVariant, PlaceName, StandardAddress
from gazetteer.store.models.plates import NumberingPolicy, Plate, PlateOrder, PlateTask, PlateVisit

__all__ = [
    "AddressLink", "AliasProposal", "ApiKey", "Attachment", "CasePerson", "CaseRecord", "Division", "DivisionSuccession", "Event",
    "EventHead", "EventSubject", "Finding", "IdempotentAnswer", "Job", "Lineage", "Located", "NameCollection", "NameStory",
    "NameVariant", "NamingProcedure", "NumberingPolicy", "PlaceCode", "PlaceName", "Plate", "PlateOrder", "PlateTask", "PlateVisit",
    "ProcedureStep", "Protection", "Registered", "RuleIgnore", "StandardAddress", "Table", "UnknownName", "User", "box_columns",
]  # fmt: skip
