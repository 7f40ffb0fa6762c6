"""The feeds: what each department delivers, one module a department."""

from schemas.feeds.city_management import CITY_MANAGEMENT
from schemas.feeds.civil_affairs import CIVIL_AFFAIRS
from schemas.feeds.community import COMMUNITY
from schemas.feeds.emergency import EMERGENCY
from schemas.feeds.public_security import PUBLIC_SECURITY
from schemas.model import Feed

FEEDS: dict[str, Feed] = {
    feed.id: feed
    for feed in (*PUBLIC_SECURITY, *CIVIL_AFFAIRS, *CITY_MANAGEMENT, *EMERGENCY, *COMMUNITY)
}

DEPARTMENTS: dict[str, str] = {
    "public_security": "公安",
    "civil_affairs": "民政",
    "city_management": "城管",
    "emergency": "应急",
    "community": "社区网格",
}
