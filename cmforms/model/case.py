"""The whole case, from the referral to the outcome."""

from __future__ import annotations

from typing import Self

from pydantic import Field, computed_field, model_validator

from cmforms.model.base import Identifier, Part, Text
from cmforms.model.decisions import (
    Appeal,
    Committee,
    Discontinuation,
    Referral,
    ReferralBack,
    Refusal,
    Transfer,
    Waiver,
)
from cmforms.model.people import (
    Agency,
    EmergencyContact,
    Guardian,
    HouseholdMember,
    School,
    Student,
)
from cmforms.model.services import (
    Consultation,
    Contact,
    Contract,
    ContractTerms,
    Incident,
    MonitoringEntry,
    NeedsAssessment,
    ServiceReferral,
)


class Schools(Part):
    """The schools of a case."""

    zoned: School
    receiving: School


class Contracts(Part):
    """Both contracts of form 2004285 and form 2004284."""

    student: Contract = Field(default_factory=lambda: Contract())
    parent: Contract = Field(default_factory=lambda: Contract())


class Case(Part):
    """One student's case management services, as one file holds it (CMS A to D)."""

    id: Identifier = Field(title="Case id")
    student: Student
    guardians: list[Guardian] = Field(default_factory=list)
    household: list[HouseholdMember] = Field(default_factory=list)
    emergency_contact: EmergencyContact | None = None
    schools: Schools
    referral: Referral
    committee: Committee | None = None
    agencies: list[Agency] = Field(default_factory=list)
    needs: NeedsAssessment | None = None
    consultations: list[Consultation] = Field(default_factory=list)
    contacts: list[Contact] = Field(default_factory=list)
    service_referrals: list[ServiceReferral] = Field(default_factory=list)
    terms: ContractTerms = Field(default_factory=lambda: ContractTerms())
    contracts: Contracts = Field(default_factory=lambda: Contracts())
    monitoring: list[MonitoringEntry] = Field(default_factory=list)
    incidents: list[Incident] = Field(default_factory=list)
    transfers: list[Transfer] = Field(default_factory=list)
    refusal: Refusal | None = None
    discontinuation: Discontinuation | None = None
    referral_back: ReferralBack | None = None
    appeal: Appeal | None = None
    waivers: list[Waiver] = Field(default_factory=list)
    notes: Text | None = Field(None, title="Notes")

    @computed_field  # type: ignore[prop-decorator]
    @property
    def current_school(self) -> School:
        """The school where the student is now: the last transfer's, else the receiving one (CMS A-2)."""
        moves = sorted(self.transfers, key=lambda move: move.on)
        return moves[-1].to if moves else self.schools.receiving

    @model_validator(mode="after")
    def _one_ending(self) -> Self:
        if self.refusal and self.discontinuation:
            raise ValueError(
                "holds both a refusal and a discontinuation; a refused case is terminated (CMS B-1-b)"
            )
        return self
