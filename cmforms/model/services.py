"""What was done for the student: consultations, contacts, referrals to services, contracts, monitoring."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, model_validator

from cmforms.model.base import Date, Part, Text, Time

ContactKind = Literal["phone", "home_visit", "school_visit", "meeting", "letter", "email"]
ContactOutcome = Literal["reached", "left_message", "no_answer", "wrong_number", "delivered", "kept", "missed"]


class Consultation(Part):
    """The social worker consults an administrator (CMS A-4, B-1-b, D-1)."""

    on: Date = Field(title="Date")
    with_name: Text = Field(title="Consulted with")
    with_role: Text = Field("administrator", title="Role")
    purpose: Literal["services", "refusal", "discontinuation", "referral_back", "packet"] = Field(
        title="Purpose"
    )
    notes: Text | None = Field(None, title="Notes")


class Contact(Part):
    """One entry of the contact log (CMS B-1-c: every contact is documented on the face sheet)."""

    on: Date = Field(title="Date")
    at: Time | None = Field(None, title="Time")
    kind: ContactKind = Field(title="Kind of contact")
    person: Text = Field(title="Person contacted")
    by: Text = Field(title="Contact made by")
    outcome: ContactOutcome | None = Field(None, title="Outcome")
    notes: Text | None = Field(None, title="Notes")


class NeedsAssessment(Part):
    """What the social worker found that the student needs (CMS A-3)."""

    on: Date = Field(title="Date")
    by: Text = Field(title="Assessed by")
    attendance: Text | None = Field(None, title="Attendance needs")
    academics: Text | None = Field(None, title="Academic needs")
    behavior: Text | None = Field(None, title="Behavior needs")
    family: Text | None = Field(None, title="Family and community needs")


class ServiceReferral(Part):
    """A referral to the Problem Solving Team, to testing or to a community resource (CMS A-3, B-1-c)."""

    on: Date = Field(title="Date")
    kind: Literal["pst", "testing", "community", "counseling", "mentoring"] = Field(title="Kind")
    to: Text = Field(title="Referred to")
    reason: Text | None = Field(None, title="Reason")
    status: Literal["open", "started", "completed", "declined"] = Field("open", title="Status")


class Contract(Part):
    """One of the two contracts: when it was offered, who signed it and when (CMS B-1-c)."""

    offered_on: Date | None = Field(None, title="Offered on")
    signed_by: Text | None = Field(None, title="Signed by")
    signed_on: Date | None = Field(None, title="Signed on")
    social_worker_signed_on: Date | None = Field(None, title="Social worker signed on")

    @model_validator(mode="after")
    def _signed_after_offered(self) -> Contract:
        if self.offered_on and self.signed_on and self.signed_on < self.offered_on:
            raise ValueError(f"signed_on {self.signed_on} is before offered_on {self.offered_on}")
        return self


class ContractTerms(Part):
    """What the student and the school agree on for the monitoring period (CMS B-1-c)."""

    attendance_target: int = Field(90, title="Attendance target, per cent", ge=0, le=100)
    academic_goal: Text | None = Field(None, title="Academic goal")
    behavior_goal: Text | None = Field(None, title="Behavior goal")
    supports: Text | None = Field(None, title="Supports that the school provides")
    check_in: Literal["daily", "weekly", "every_two_weeks", "monthly"] = Field(
        "weekly", title="Check-in with the social worker"
    )


class MonitoringEntry(Part):
    """Attendance, academics and discipline over one grading period (CMS A-3, B-1-d, C)."""

    period: Text = Field(title="Grading period")
    starts: Date = Field(title="Starts")
    ends: Date = Field(title="Ends")
    attendance_percent: float | None = Field(None, title="Attendance, per cent", ge=0, le=100)
    absences: int | None = Field(None, title="Absences", ge=0)
    tardies: int | None = Field(None, title="Tardies", ge=0)
    gpa: float | None = Field(None, title="Grade point average", ge=0, le=5)
    failing_courses: int | None = Field(None, title="Courses failing", ge=0)
    discipline_referrals: int | None = Field(None, title="Discipline referrals", ge=0)
    attendance_satisfactory: bool | None = Field(None, title="Attendance satisfactory")
    academics_satisfactory: bool | None = Field(None, title="Academics satisfactory")
    discipline_satisfactory: bool | None = Field(None, title="Discipline satisfactory")
    notes: Text | None = Field(None, title="Notes")

    @model_validator(mode="after")
    def _ends_after_start(self) -> MonitoringEntry:
        if self.ends < self.starts:
            raise ValueError(f"ends {self.ends} is before starts {self.starts}")
        return self


class Incident(Part):
    """A violation of the Code of Student Conduct and Discipline, Level 1 to 4 (CMS C, D)."""

    on: Date = Field(title="Date")
    at: Time | None = Field(None, title="Time")
    level: Literal[1, 2, 3, 4] = Field(title="Level")
    code: Text = Field(title="Offense code")
    title: Text = Field(title="Offense")
    location: Text | None = Field(None, title="Location")
    description: Text | None = Field(None, title="What happened")
    action: Text | None = Field(None, title="Action taken")
    days_suspended: int | None = Field(None, title="Days suspended", ge=0)
    parent_called_on: Date | None = Field(None, title="Parent called on")
