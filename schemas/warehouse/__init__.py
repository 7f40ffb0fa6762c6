"""The warehouse's tables, one module a subject: what downstream tools rely on."""

from schemas.model import Table
from schemas.warehouse.city import CITY
from schemas.warehouse.history import history_of
from schemas.warehouse.people import PEOPLE
from schemas.warehouse.places import PLACES
from schemas.warehouse.quality import QUALITY
from schemas.warehouse.safety import SAFETY
from schemas.warehouse.welfare import WELFARE

_MADE = (*PLACES, *PEOPLE, *WELFARE, *CITY, *SAFETY, *QUALITY)
# The ledgers, by the name of the table that is recorded.
HISTORY: dict[str, Table] = {table.name: history_of(table) for table in _MADE if table.is_recorded}
TABLES: dict[str, Table] = {table.name: table for table in (*_MADE, *HISTORY.values())}
