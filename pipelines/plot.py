"""A feed's trends as a picture: rows a night, and the rate of each rule that is broken at all.

    Trend -> PNG bytes

Titles are Chinese where the machine has a font for them, else English. Needs no secrets; matplotlib
is imported only when something is drawn. Alone: ``trend_png(trends(hub, [feed])[feed])``.
"""

import io
from datetime import date
from functools import cache
from typing import Any

from expectations.between import BETWEEN
from expectations.between.rule import PREFIX
from expectations.registry import RULES
from pipelines.history import Trend
from schemas import FEEDS

LINES, MARKS = 8, 14
_FONTS = (
    "Noto Sans CJK SC",
    "Noto Sans CJK JP",
    "Source Han Sans SC",
    "WenQuanYi Zen Hei",
    "WenQuanYi Micro Hei",
    "Microsoft YaHei",
    "SimHei",
    "PingFang SC",
)


@cache
def chinese_font() -> str | None:
    """The name of an installed font with Chinese characters, if there is one."""
    from matplotlib import font_manager

    installed = {font.name for font in font_manager.fontManager.ttflist}
    return next((name for name in _FONTS if name in installed), None)


def trend_png(trend: Trend) -> bytes:
    """The picture, some 15 kB; needs at least one night."""
    from matplotlib import rc_context
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    font = chinese_font()
    with rc_context({"font.family": [font] if font else ["sans-serif"], "font.size": 8}):
        # A fixed frame: a layout that fits itself draws everything twice.
        figure = Figure(figsize=(8, 4.2), dpi=80)
        figure.subplots_adjust(left=0.09, right=0.68, top=0.92, bottom=0.08)
        FigureCanvasAgg(figure)
        above, below = figure.subplots(2, 1, sharex=True, height_ratios=(1, 2))
        feed = FEEDS[trend.feed]
        figure.suptitle(f"{feed.title_zh} {feed.id}" if font else feed.id)
        _draw_sizes(above, trend, bool(font))
        _draw_rates(below, trend, bool(font))
        written = io.BytesIO()
        figure.savefig(written, format="png")
    return written.getvalue()


def _draw_sizes(axes: Any, trend: Trend, in_chinese: bool) -> None:
    nights = [night for night, _ in trend.sizes]
    axes.bar(nights, [size for _, size in trend.sizes], width=0.7, color="#7a8b99")
    axes.set_ylabel("行数" if in_chinese else "rows")


def _draw_rates(axes: Any, trend: Trend, in_chinese: bool) -> None:
    for rule in worst(trend):
        nights, rates = _line(trend, rule)
        name = _title(rule) if in_chinese else rule
        axes.plot(nights, rates, marker=".", linewidth=1, label=name)
    axes.set_ylabel("违反率 %" if in_chinese else "broken, %")
    axes.set_ylim(bottom=0)
    _mark_nights(axes, trend)
    if trend.rates:
        axes.legend(fontsize=6, loc="upper left", bbox_to_anchor=(1, 1))


def _mark_nights(axes: Any, trend: Trend) -> None:
    """Whole nights on the axis, the last of them always, not more than fit."""
    nights = [night for night, _ in trend.sizes][::-1]
    shown = nights[:: len(nights) // MARKS + 1]
    axes.set_xticks(shown, labels=[f"{night:%m-%d}" for night in shown])


def worst(trend: Trend) -> list[str]:
    """The rules that are drawn: those broken most often on any night."""
    highest = {
        rule: max((share.rate for _, share in nights if share), default=0.0)
        for rule, nights in trend.rates.items()
    }
    return sorted(highest, key=lambda rule: (-highest[rule], rule))[:LINES]


def _line(trend: Trend, rule: str) -> tuple[list[date], list[float]]:
    """Percent by night; a night on which the rule could not run is a gap."""
    nights = trend.rates[rule]
    rates = [100 * share.rate if share else float("nan") for _, share in nights]
    return [night for night, _ in nights], rates


def _title(rule: str) -> str:
    if rule in RULES:
        return RULES[rule].title_zh
    kind = rule.removeprefix(PREFIX)
    return BETWEEN[kind].title_zh if kind in BETWEEN else rule
