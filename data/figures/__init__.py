"""Figures made from the facts for reading: built whole, or refreshed for some enterprises.

Both ways go through `data.coverage.enterprise_rows` and hold the same lock, so that they always
agree with each other and with the definition. They know everything that has been recorded.
"""

from data.figures.build import build, rebuild
from data.figures.meta import Meta, meta, touch
from data.figures.refresh import refresh

__all__ = ["Meta", "build", "meta", "rebuild", "refresh", "touch"]
