"""The student, the family and the staff around a case."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, computed_field

from cmforms.model.base import Date, Identifier, Language, Part, Phone, Text

Grade = Literal[
    "PK", "K", "01", "02", "03", "04", "05", "06", "07", "08", "09", "10", "11", "12"
]


class Address(Part):
    """A postal address in the United States."""

    street: Text = Field(title="Street address")
    city: Text = Field(title="City")
    state: str = Field("FL", title="State", pattern=r"^[A-Z]{2}$")
    zip: str = Field(title="ZIP code", pattern=r"^\d{5}(-\d{4})?$")

    @computed_field  # type: ignore[prop-decorator]
    @property
    def one_line(self) -> str:
        """The address as it is written on an envelope, on one line."""
        return f"{self.street}, {self.city}, {self.state} {self.zip}"


class Student(Part):
    """The student. Names are kept as the family writes them, in any script."""

    id: Identifier = Field(title="District student number")
    given_name: Text = Field(title="Given name")
    middle_name: Text | None = Field(None, title="Middle name")
    family_name: Text = Field(title="Family name")
    suffix: Text | None = Field(None, title="Name suffix")
    preferred_name: Text | None = Field(None, title="Preferred name")
    name_in_own_script: Text | None = Field(None, title="Name in the family's own script")
    dob: Date = Field(title="Date of birth")
    grade: Grade = Field(title="Grade")
    gender: Literal["F", "M", "X"] | None = Field(None, title="Gender")
    home_language: Language = Field("en", title="Home language")
    address: Address | None = None
    phone: Phone | None = Field(None, title="Student phone")

    @computed_field  # type: ignore[prop-decorator]
    @property
    def full_name(self) -> str:
        """Given, middle, family name and suffix, as on the face sheet."""
        parts = (self.given_name, self.middle_name, self.family_name, self.suffix)
        return " ".join(part for part in parts if part)


class Guardian(Part):
    """A parent or guardian: how to reach them, in which language, and whether they may sign."""

    name: Text = Field(title="Name")
    relationship: Text = Field(title="Relationship to the student")
    phone: Phone | None = Field(None, title="Phone")
    other_phone: Phone | None = Field(None, title="Other phone")
    email: Text | None = Field(None, title="E-mail", pattern=r"^[^@\s]+@[^@\s]+$")
    language: Language = Field("en", title="Language")
    interpreter: bool = Field(False, title="Interpreter needed")
    may_sign: bool = Field(True, title="May sign")
    lives_with_student: bool = Field(True, title="Lives with the student")
    employer: Text | None = Field(None, title="Employer")
    address: Address | None = None


class HouseholdMember(Part):
    """Somebody else who lives with the student."""

    name: Text = Field(title="Name")
    relationship: Text = Field(title="Relationship to the student")
    age: int | None = Field(None, title="Age", ge=0, le=120)


class EmergencyContact(Part):
    """Somebody outside the household whom the school may call."""

    name: Text = Field(title="Name")
    relationship: Text = Field(title="Relationship to the student")
    phone: Phone = Field(title="Phone")


class School(Part):
    """A school with its administrator and the social worker designated for it (CMS A-2)."""

    number: Identifier = Field(title="School number")
    name: Text | None = Field(None, title="School name")
    administrator: Text | None = Field(None, title="Administrator")
    social_worker: Text | None = Field(None, title="Designated school social worker")
    social_worker_phone: Phone | None = Field(None, title="Social worker's phone")
    social_worker_email: Text | None = Field(None, title="Social worker's e-mail")


class Agency(Part):
    """A court, department or counselling agency that already works with the family."""

    name: Text = Field(title="Agency")
    contact: Text | None = Field(None, title="Contact person")
    phone: Phone | None = Field(None, title="Phone")
