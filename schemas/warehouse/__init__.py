"""The warehouse's tables, one module a subject: what downstream tools rely on."""

from schemas.model import Table
from schemas.warehouse.city import CITY
from schemas.warehouse.people import PEOPLE
from schemas.warehouse.places import PLACES
from schemas.warehouse.quality import QUALITY
from schemas.warehouse.safety import SAFETY
from schemas.warehouse.welfare import WELFARE

TABLES: dict[str, Table] = {
    table.name: table for table in (*PLACES, *PEOPLE, *WELFARE, *CITY, *SAFETY, *QUALITY)
}
