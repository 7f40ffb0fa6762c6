"""What data looks like: fields, code lists, feeds and warehouse tables, each declared once."""

from schemas.codes import CODE_LISTS
from schemas.feeds import FEEDS
from schemas.model import CodeList, Column, Delivery, Feed, Sensitivity, Slot, Type

__all__ = [
    "CODE_LISTS",
    "FEEDS",
    "CodeList",
    "Column",
    "Delivery",
    "Feed",
    "Sensitivity",
    "Slot",
    "Type",
]
