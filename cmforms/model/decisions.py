"""What was decided, by whom and when: the referral, the committee, the outcome, the way back to DSPC."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, model_validator

from cmforms.model.base import Date, Part, Text
from cmforms.model.people import School


class Referral(Part):
    """The referral from the District Student Placement Committee (CMS A-1, B-1-a)."""

    dspc_date: Date = Field(title="DSPC meeting date")
    basis: Text = Field(title="Basis of the referral")
    placement: Literal["zoned_school", "alternate_school"] = Field(title="Placement")
    in_lieu_of_expulsion: bool = Field(True, title="In lieu of expulsion")
    dspc_social_worker: Text | None = Field(None, title="DSPC school social worker")
    face_sheet_sent_on: Date | None = Field(None, title="Face sheet sent on")
    placement_letter_on: Date | None = Field(None, title="Placement letter dated")
    packet_requested_on: Date | None = Field(None, title="Expulsion packet requested on")
    packet_sent_on: Date | None = Field(None, title="Expulsion packet sent on")


class Committee(Part):
    """The IEP or 504 committee's determination for an ESE or 504 student (CMS B-2)."""

    kind: Literal["iep", "504"] = Field(title="Committee")
    exceptionality: Text | None = Field(None, title="Exceptionality")
    met_on: Date = Field(title="Committee met on")
    manifestation: bool | None = Field(None, title="Conduct is a manifestation of the disability")
    need_statement: Text = Field(title="Additional monitoring or interventions needed")
    not_already_available: bool = Field(title="Not already available to the student")
    chair: Text | None = Field(None, title="Committee chair")
    dspc_notified_on: Date | None = Field(None, title="DSPC notified on")


class Transfer(Part):
    """A move within the district: the new school's designated social worker takes over (CMS A-2)."""

    on: Date = Field(title="Transferred on")
    to: School
    reassigned_on: Date | None = Field(None, title="Case reassigned on")


class Refusal(Part):
    """The parents refuse the services; both recipients are told and the case ends (CMS A-5, B-1-b)."""

    on: Date = Field(title="Refused on")
    by: Text = Field(title="Refused by")
    reason: Text | None = Field(None, title="Reason given")
    placement_specialist_notified_on: Date | None = Field(None, title="Placement specialist notified on")
    dspc_social_worker_notified_on: Date | None = Field(None, title="DSPC social worker notified on")


class Discontinuation(Part):
    """The services end for one of the three reasons of the policy (CMS C)."""

    on: Date = Field(title="Discontinued on")
    reason: Literal["satisfactory", "withdrawn", "referred_back"] = Field(title="Reason")
    evidence: Text = Field(title="Evidence for the reason")
    withdrawn_to: Text | None = Field(None, title="Withdrawn to")

    @model_validator(mode="after")
    def _withdrawn_somewhere(self) -> Discontinuation:
        if self.withdrawn_to and self.reason != "withdrawn":
            raise ValueError("withdrawn_to is given, but the reason is not 'withdrawn'")
        return self


class Narrative(Part):
    """The offense narrative: what happened first, the consequence apart from it (CMS D-3)."""

    incident: Text = Field(title="What happened")
    prior_interventions: Text | None = Field(None, title="Interventions tried")
    student_statement: Text | None = Field(None, title="Student's statement")
    recommendation: Text | None = Field(None, title="School's recommendation")
    author: Text | None = Field(None, title="Written by")
    witnesses: list[Text] = Field(default_factory=list, title="Witnesses")


class BringAlong(Part):
    """What the school brings to the meeting (CMS D-4)."""

    cum_folder: bool = Field(False, title="Cum folder")
    pst_notes: bool = Field(False, title="PST notes")
    testing_referrals: bool = Field(False, title="Referrals for testing")
    attendance_export: bool = Field(False, title="Attendance record from the student system")
    discipline_export: bool = Field(False, title="Discipline record from the student system")


class ReferralBack(Part):
    """The way back to DSPC, steps D-1 to D-5."""

    basis: Literal["excessive_discipline", "level_3", "level_4"] = Field(title="Basis")
    consulted_on: Date | None = Field(None, title="Administrator consulted on")
    consulted_with: Text | None = Field(None, title="Administrator consulted")
    director_discussed_on: Date | None = Field(None, title="Discussed with the director on")
    director_approved: bool | None = Field(None, title="Director approves")
    director_approved_on: Date | None = Field(None, title="Director approved on")
    packet_received_on: Date | None = Field(None, title="Packet received from the director on")
    parents_informed_on: Date | None = Field(None, title="Parents informed on")
    student_informed_on: Date | None = Field(None, title="Student informed on")
    informed_by: Text | None = Field(None, title="Informed by")
    school_designee: Text | None = Field(None, title="School designee")
    packet_submitted_on: Date | None = Field(None, title="Packet sent to the director on")
    agenda_date: Date | None = Field(None, title="On the DSPC agenda of")
    results_advised_on: Date | None = Field(None, title="Parents advised about results on")
    results_advised_by: Text | None = Field(None, title="Advised by")
    results_informed_on: Date | None = Field(None, title="Parents informed of the results on")
    result: Text | None = Field(None, title="What DSPC decided")
    narrative: Narrative | None = None
    bring_along: BringAlong = Field(default_factory=lambda: BringAlong())


class Appeal(Part):
    """The right to appeal, scheduled upon request (CMS D-5)."""

    right_explained_on: Date | None = Field(None, title="Right to appeal explained on")
    requested_on: Date | None = Field(None, title="Appeal requested on")
    requested_by: Text | None = Field(None, title="Appeal requested by")
    scheduled_for: Date | None = Field(None, title="Appeal scheduled for")
    result: Text | None = Field(None, title="Result")


class Waiver(Part):
    """Somebody with the authority set a rule aside for this case, and said why."""

    rule: Text = Field(title="Rule id")
    by: Text = Field(title="Waived by")
    on: Date = Field(title="Waived on")
    reason: Text = Field(title="Reason")
