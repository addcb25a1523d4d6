"""The case: everything the district knows about one student's case management services."""

from cmforms.model.case import Case
from cmforms.model.loading import case_from, plain, schema

__all__ = ["Case", "case_from", "plain", "schema"]
