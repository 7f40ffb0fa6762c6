"""Which characters are ordinary in Chinese names and texts, and which are traces of damage.

    OpenCC's table -> traditional characters -> PLAIN_NAME, NOT_SO_PLAIN, ODD_TEXT

A value that is plainly well formed needs no closer look, which saves most of the work over a
million rows. Everything stays in RE2's subset, with literal ranges. Needs no secrets.
"""

import opencc

HAN = "㐀-䶿一-鿿豈-﫿𠀀-𳑿"
_BOTH_FORMS_IN_USE = "乾著於瞭藉徵麽麼夥幺甦甯叡昇陞祐恆堃喆淼迺钜鍾"


def _traditional() -> str:
    """Characters that OpenCC simplifies, but for those that today's names use in that form."""
    characters = "\n".join(chr(point) for point in range(0x4E00, 0xA000))
    simplified = opencc.OpenCC("t2s").convert(characters)
    pairs = zip(characters.split("\n"), simplified.split("\n"), strict=True)
    return "".join(old for old, new in pairs if old != new and old not in _BOTH_FORMS_IN_USE)


def _ranges(points: list[int]) -> str:
    """The inside of a character class for sorted code points."""
    starts = [at for at, point in enumerate(points) if not at or points[at - 1] != point - 1]
    ends = [*(at - 1 for at in starts[1:]), len(points) - 1]
    return "".join(
        chr(points[a]) if a == b else f"{chr(points[a])}-{chr(points[b])}"
        for a, b in zip(starts, ends, strict=True)
    )


TRADITIONAL = _ranges([ord(character) for character in _traditional()])
_NOT_TRADITIONAL = _ranges(sorted(set(range(0x4E00, 0xA000)) - set(map(ord, _traditional()))))

PLACEHOLDER_NAME = (
    "^(某+|[一-鿿]某某?|无名氏?|无|不详|未知|测试.*|test.*|姓名|张三|李四|佚名|匿名.*|空户?|暂无|待定|"
    "[Xx×＊*]+|[0-9]+|-+)$"
)
FORM_OF_ADDRESS = "^[一-鿿]{1,2}(先生|女士|小姐|阿姨|大爷|大妈|师傅|老师|同志|老板)$"
PLAIN_NAME = f"^[{_NOT_TRADITIONAL}]{{2,4}}$"
NOT_SO_PLAIN = "^([某无不未测姓佚匿空暂待]|.某|张三|李四)|[生士姐姨爷妈傅师志板]$"

CONTROL = "[\\x01-\\x08\\x0b\\x0c\\x0e-\\x1f\\x7f]"
MOJIBAKE = "锟斤拷|烫烫烫|Ã[\u0080-¿]|â€|鐢|鎴戜"
ODD_TEXT = f"[\\x00-\\x08\\x0b\\x0c\\x0e-\\x1f\\x7f\ufffd]|{MOJIBAKE}"
