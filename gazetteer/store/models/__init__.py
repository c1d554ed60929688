"""The tables of the register, folded by journey."""

from gazetteer.store.models.cases import AddressLink, CasePerson, CaseRecord
from gazetteer.store.models.core import Located, Registered, Table, box_columns
from gazetteer.store.models.divisions import Division, DivisionSuccession
from gazetteer.store.models.naming import Attachment, Finding, NamingProcedure, ProcedureStep
from gazetteer.store.models.operation import ApiKey, Event, EventHead, EventSubject, IdempotentAnswer, Job, User
from gazetteer.store.models.places import Lineage, NameVariant, PlaceName, StandardAddress
from gazetteer.store.models.plates import NumberingPolicy, Plate, PlateOrder, PlateTask, PlateVisit

__all__ = [
    "AddressLink", "ApiKey", "Attachment", "CasePerson", "CaseRecord", "Division", "DivisionSuccession", "Event", "EventHead",
    "EventSubject", "Finding", "IdempotentAnswer", "Job", "Lineage", "Located", "NameVariant", "NamingProcedure",
    "NumberingPolicy", "PlaceName", "Plate", "PlateOrder", "PlateTask", "PlateVisit", "ProcedureStep", "Registered",
    "StandardAddress", "Table", "User", "box_columns",
]  # fmt: skip
