"""What people read on a terminal: lists and members of a row in words."""

import datetime

from pipelines.cli.look import show_rows


def _shown(row: dict[str, object], capsys) -> str:  # type: ignore[no-untyped-def]
    show_rows([row], as_json=False)
    return str(capsys.readouterr().out)


def test_occupants_of_a_house_are_read_a_line_each(capsys) -> None:  # type: ignore[no-untyped-def]
    someone = {"name": "王**", "is_dead": False, "is_current": True, "resident_id": "R1"}
    other = {"name": "刘*", "is_dead": True, "is_current": False, "resident_id": "R2"}
    house = dict.fromkeys("abcdef", "x") | {"occupants": [someone, other], "floor": None}
    out = _shown(house, capsys)
    assert "R1  王**  current" in out
    assert "R2  刘*  dead" in out
    assert "{" not in out and "floor" not in out


def test_other_values_are_shown_as_they_are(capsys) -> None:  # type: ignore[no-untyped-def]
    out = _shown({"day": datetime.date(2026, 6, 30), "count": 3, "none": None, "no": []}, capsys)
    assert "2026-06-30" in out and "3" in out and "None" not in out
