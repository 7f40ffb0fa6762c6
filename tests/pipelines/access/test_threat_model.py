"""The threat model names tests that exist, in both languages the same."""

import re
from pathlib import Path

ROOT = Path(__file__).parents[3]
_NAMES = re.compile(r"`(test_\w+)`")


def test_every_test_that_the_threat_model_names_is_there() -> None:
    english, chinese = (
        set(_NAMES.findall((ROOT / "docs" / name).read_text(encoding="utf-8")))
        for name in ("threat-model.md", "threat-model.zh-CN.md")
    )
    tests = "\n".join(
        path.read_text(encoding="utf-8") for path in (ROOT / "tests").rglob("test_*.py")
    )
    assert english == chinese and len(english) > 20
    assert [name for name in sorted(english) if f"def {name}(" not in tests] == []
