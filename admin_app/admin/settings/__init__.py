"""The settings: the company, its brands, its staff, the tokens of programs, and the first steps of a new company.

One blueprint, `desk`; each module below adds the pages of one concern to it when it is imported here.
"""

from admin_app.admin.settings import (
    brand_cards,
    brands,
    communications,
    company,
    first_steps,
    portal,
    portal_look,
    staff,
    templates,
    tokens,
)
from admin_app.admin.settings.desk import desk

__all__ = [
    "brand_cards",
    "brands",
    "communications",
    "company",
    "desk",
    "first_steps",
    "portal",
    "portal_look",
    "staff",
    "templates",
    "tokens",
]
