"""Splink alone over the hub's cleaned mentions: what a careful user would set up with it.

    mentions.parquet -> train (u, prior, EM) -> predict -> connected components -> clusters.parquet

Its model gets what the hub gets: the same cleaned columns, blocking that meets nearly every true
pair, frequencies of names, and telephone, home and family in one comparison, since they go
together. Needs no secrets. Alone: ``python -m benchmarks._splink MENTIONS FOLDER THRESHOLD``.
"""

import json
import logging
import sys
from pathlib import Path
from time import perf_counter
from typing import Any

import duckdb
from splink import DuckDBAPI, Linker, SettingsCreator, block_on

from foundation.engine import read_sql

THRESHOLDS = (0.5, 0.9, 0.99, 0.999, 0.9999, 0.99999, 0.999999)

# What the hub cleaned, one row a mention; `paper` is a number as far as there is one.
MENTIONS_SQL = """
select m.mention_id, m.department, m.feed, m.record_key, m.slot,
  m.number is not null as has_valid_id,
  m.name, m.pinyin, m.sound, m.surname_sound, m.glyphs, m.sex,
  case when m.birth_precision = 'day' then m.birth_date end as birth,
  year(m.birth_date) as birth_year,
  coalesce(m.number, m.document_no, m.id_text) as paper, m.person_no,
  m.phone, m.home_key as home, m.dwelling_id as dwelling,
  m.department || ' ' || m.family_no as family
from identity.mention m
"""


def _level(label: str, sql: str, **more: Any) -> dict[str, Any]:
    return {"sql_condition": sql, "label_for_charts": label, **more}


def _null(sql: str) -> dict[str, Any]:
    return _level("missing", sql, is_null_level=True)


def _comparison(name: str, *levels: dict[str, Any]) -> dict[str, Any]:
    return {
        "output_column_name": name,
        "comparison_levels": [*levels, _level("different", "ELSE")],
    }


_AT_HOME = "(home_l = home_r or dwelling_l = dwelling_r or family_l = family_r)"
_SHARE_NOTHING = (
    "(phone_l is null or phone_r is null) and (home_l is null or home_r is null)"
    " and (dwelling_l is null or dwelling_r is null) and (family_l is null or family_r is null)"
)
COMPARISONS: list[Any] = [
    _comparison(
        "name",
        _null("name_l is null or name_r is null"),
        _level(
            "same",
            "name_l = name_r",
            tf_adjustment_column="name",
            tf_adjustment_weight=1.0,
        ),
        _level("same pinyin", "pinyin_l = pinyin_r"),
        _level("sounds or looks alike", "sound_l = sound_r or glyphs_l = glyphs_r"),
        _level(
            "one character",
            "surname_sound_l = surname_sound_r and length(name_l) >= 3"
            " and within_edits(name_l, name_r, 1)",
        ),
        _level("same surname", "surname_sound_l = surname_sound_r"),
    ),
    _comparison(
        "birth",
        _null("birth_year_l is null or birth_year_r is null"),
        _level("same day", "birth_l = birth_r"),
        _level(
            "damaged",
            "within_edits(strftime(birth_l, '%Y%m%d'), strftime(birth_r, '%Y%m%d'), 1)"
            " or strftime(birth_l, '%Y%d%m') = strftime(birth_r, '%Y%m%d')"
            " or abs(birth_l - birth_r) between 18 and 53",
        ),
        # An age is counted from the day of the record, hence one year either way.
        _level(
            "same year",
            "birth_year_l = birth_year_r or ((birth_l is null or birth_r is null)"
            " and abs(birth_year_l - birth_year_r) = 1)",
        ),
    ),
    _comparison("sex", _null("sex_l is null or sex_r is null"), _level("same", "sex_l = sex_r")),
    _comparison(
        "paper",
        _null(
            "(paper_l is null or paper_r is null) and (person_no_l is null or person_no_r is null)"
        ),
        _level("same", "paper_l = paper_r or person_no_l = person_no_r"),
        _level("one slip", "within_edits(paper_l, paper_r, 1)"),
    ),
    _comparison(
        "place",
        _null(_SHARE_NOTHING),
        _level("phone and home", f"phone_l = phone_r and {_AT_HOME}"),
        _level("phone", "phone_l = phone_r"),
        _level("home", _AT_HOME),
    ),
]

BLOCKS = (
    ("paper",),
    ("person_no",),
    ("sound", "birth"),
    ("glyphs", "birth"),
    ("sound", "phone"),
    ("sound", "home"),
    ("sound", "dwelling"),
    ("sound", "family"),
    ("surname_sound", "birth"),
    ("phone", "birth"),
)


def settings() -> SettingsCreator:
    """The model as Splink takes it."""
    return SettingsCreator(
        link_type="dedupe_only",
        unique_id_column_name="mention_id",
        comparisons=COMPARISONS,
        blocking_rules_to_generate_predictions=[block_on(*values) for values in BLOCKS],
        retain_matching_columns=False,
        retain_intermediate_calculation_columns=False,
    )


def main(mentions: str, folder: str, threshold: float, keep_all: bool) -> dict[str, Any]:
    """Train, predict and cluster; writes clusters-<threshold>.parquet into the folder.

    ``keep_all``: afterwards, untimed, also the clusters at every other threshold.
    """
    con = duckdb.connect()
    con.execute(read_sql("pipelines.link", "macros"))
    con.execute(f"create table mention as from read_parquet('{mentions}')")
    began = perf_counter()
    api = DuckDBAPI(connection=con)
    linker = Linker(api.register("mention"), settings(), log_level=logging.ERROR)
    _train(linker)
    trained = perf_counter()
    predicted = linker.inference.predict(threshold_match_probability=min(0.5, threshold))
    scored = perf_counter()
    _cluster(con, linker, predicted, threshold, folder)
    seconds = perf_counter() - began
    for other in THRESHOLDS if keep_all else ():
        if other != threshold:
            _cluster(con, linker, predicted, other, folder)
    return {
        "seconds": seconds,
        "stages": {"train": trained - began, "predict": scored - trained},
    }


def _train(linker: Any) -> None:
    training = linker.training
    training.estimate_probability_two_random_records_match([block_on("paper", "name")], recall=0.7)
    training.estimate_u_using_random_sampling(max_pairs=5e6, seed=1)
    for values in (("paper",), ("sound", "birth"), ("sound", "phone")):
        training.estimate_parameters_using_expectation_maximisation(
            block_on(*values), estimate_without_term_frequencies=True, max_pairs=5e6
        )


def _cluster(con: Any, linker: Any, predicted: Any, threshold: float, folder: str) -> None:
    found = linker.clustering.cluster_pairwise_predictions_at_threshold(
        predicted, threshold_match_probability=threshold
    )
    file = Path(folder) / f"clusters-{threshold}.parquet"
    con.execute(
        f"copy (select mention_id, cluster_id from {found.physical_name})"
        f" to '{file}' (format parquet)"
    )


if __name__ == "__main__":
    made = main(sys.argv[1], sys.argv[2], float(sys.argv[3]), sys.argv[4:] == ["all"])
    print(json.dumps(made))
