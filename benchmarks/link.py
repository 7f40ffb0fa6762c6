"""`hub link` on a table that has nothing Chinese: invented people in households, three registers.

    faker (seed) -> people, households -> records with damage -> people.parquet -> people.toml,
    linked, measured by the column `person` that the model never sees

The damage: slips in names, nicknames, married names, dates day first or a digit off, telephones
and addresses of a household, an address of before, missing values, national numbers on a third of
the records and one in a hundred copied from a relative. Needs no secrets.
Alone: ``hub bench link --people 5000``.
"""

import random
import tempfile
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from foundation.engine import connect
from pipelines.link.declare import load_model
from pipelines.link.run import Linking

MODEL = Path(__file__).with_name("people.toml")
REGISTERS = ("library", "clinic", "school")


@dataclass(frozen=True)
class Person:
    """One person as he is."""

    number: int
    given: str
    family: str
    born: date
    mail: str
    national_no: str
    phone: str
    street: str


def run(people: int = 5000, seed: int = 1, folder: str | None = None) -> dict[str, Any]:
    """Make the table, link it, measure; `folder` keeps people.parquet and the results."""
    with tempfile.TemporaryDirectory(prefix="hub-bench-link-") as scratch:
        base = Path(folder or scratch)
        base.mkdir(parents=True, exist_ok=True)
        table = base / "people.parquet"
        write_people(people, seed, table)
        with connect(Path(scratch) / "spill") as con:
            linking = Linking(con, load_model(MODEL), str(MODEL))
            linking.read(table)
            report = linking.link(base / "people.json", retrain=True)
            truth = linking.measured("person")
            linking.write(
                base / "clusters.parquet", base / "edges.parquet", base / "golden.parquet"
            )
    return {"people": people, **asdict(report), "truth": truth}


def write_people(people: int, seed: int, file: Path) -> int:
    """Write the records of so many people; returns how many records."""
    rng = random.Random(seed)
    rows = [row for home in _households(people, seed, rng) for row in _records(home, rng)]
    rng.shuffle(rows)
    table = pa.Table.from_pylist([{"record": f"r{i:07}", **row} for i, row in enumerate(rows)])
    pq.write_table(table, file)
    return len(rows)


def _households(people: int, seed: int, rng: random.Random) -> Iterator[list[Person]]:
    """Families with one name, telephone and street; a pair of twins in every fiftieth."""
    from faker import Faker

    fake = Faker(["en_GB", "en_US"])
    fake.seed_instance(seed)
    number = 0
    while number < people:
        size = min(rng.choice((1, 1, 2, 3, 4)), people - number)
        family, phone = fake.last_name(), fake.numerify("0########")
        street = f"{rng.randint(1, 200)} {fake.street_name()}"
        home: list[Person] = []
        for _ in range(size):
            born = date(1940, 1, 1) + timedelta(days=rng.randrange(70 * 365))
            if home and rng.random() < 0.02:
                born = home[-1].born
            given = fake.first_name()
            mail = f"{given}.{family}{rng.randint(1, 99)}@example.org".lower()
            national = fake.unique.numerify("#########")
            home.append(Person(number, given, family, born, mail, national, phone, street))
            number += 1
        yield home


def _records(home: list[Person], rng: random.Random) -> Iterator[dict[str, Any]]:
    for person in home:
        for register in rng.choices(REGISTERS, k=rng.choice((1, 1, 2, 2, 3, 4))):
            yield _record(person, home, register, rng)


def _record(
    person: Person, home: list[Person], register: str, rng: random.Random
) -> dict[str, Any]:
    holder = rng.choice(home) if rng.random() < 0.01 else person
    family = (
        rng.choice(("Smith", "Jones", "Taylor", "Brown")) if rng.random() < 0.02 else person.family
    )
    born = _damaged_date(person.born, rng)
    lived = home[0] if rng.random() > 0.05 else _elsewhere(rng)
    return {
        "person": person.number,
        "register": register,
        "given_name": _often(_slip(_short(person.given, rng), rng), 0.99, rng),
        "family_name": _slip(family, rng),
        "born": _often(born, 0.93, rng),
        "national_no": _often(holder.national_no, 0.34, rng),
        "email": _often(_slip(person.mail, rng), 0.4, rng),
        "phone": _often(lived.phone, 0.7, rng),
        "street": _often(_slip(lived.street, rng), 0.8, rng),
        "recorded": date(2020, 1, 1) + timedelta(days=rng.randrange(2000)),
    }


def _elsewhere(rng: random.Random) -> Person:
    """Where somebody lived before: another telephone and street."""
    phone = f"0{rng.randrange(10**8):08}"
    street = f"{rng.randint(1, 200)} {rng.choice(('Mill', 'Church', 'Park', 'Station'))} Road"
    return Person(-1, "", "", date(1900, 1, 1), "", "", phone, street)


def _often(value: str, share: float, rng: random.Random) -> str | None:
    return value if rng.random() < share else None


def _short(given: str, rng: random.Random) -> str:
    """A tenth of the time the first letters, as a nickname has them."""
    return given[:4] if len(given) > 5 and rng.random() < 0.1 else given


def _slip(text: str, rng: random.Random, share: float = 0.08) -> str:
    """Now and then a letter wrong, missing, doubled or swapped with the next."""
    if len(text) < 3 or rng.random() > share:
        return text
    at = rng.randrange(len(text) - 1)
    return rng.choice(
        (
            text[:at] + rng.choice("aeiounrstl") + text[at + 1 :],
            text[:at] + text[at + 1 :],
            text[:at] + text[at] + text[at:],
            text[:at] + text[at + 1] + text[at] + text[at + 2 :],
        )
    )


def _damaged_date(born: date, rng: random.Random) -> str:
    """ISO, or day first; one in fifty with a day or a year that is wrong."""
    if rng.random() < 0.02:
        born += timedelta(days=rng.choice((-9, -1, 1, 9, 365)))
    return born.isoformat() if rng.random() < 0.7 else born.strftime("%d/%m/%Y")
