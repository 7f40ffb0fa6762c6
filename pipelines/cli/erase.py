"""`hub erase`: a person removed from every place, on an order, with a proof.

    hub erase ID --order REF --reason TEXT --by NAME -> pipelines.erasure.run -> certificate
    --dry-run, --verify -> counts by place; --resume, --rotate-key

Secrets: the warehouse's URL, the suppression key.
"""

import re
import sys
from typing import Any

import click

from foundation.errors import ConfigError
from pipelines.cli.look import show_rows
from pipelines.cli.main import Settings, console, print_json
from pipelines.hub import Hub

_ORDER = re.compile(r"[\w\-./（）()〔〕\[\]]{2,64}")
_PERSONS_NUMBER = re.compile(r"\d{15}|(?<!\d)1[3-9]\d{9}(?!\d)")


@click.command()
@click.argument("resident_id", required=False)
@click.option("--order", help="Reference of the order or request. 依据文号")
@click.option("--reason", help="Why, without names or numbers of people. 事由")
@click.option("--by", help="Who does it. 经办人")
@click.option("--dry-run", is_flag=True, help="Count what each place holds; delete nothing.")
@click.option("--resume", "is_resumed", is_flag=True, help="Do a killed erasure to its end.")
@click.option("--verify", "is_verified", is_flag=True, help="Search every place again.")
@click.option("--rotate-key", is_flag=True, help="Exchange the key of the list of the erased.")
@click.option("--json", "as_json", is_flag=True, help="Print as JSON.")
@click.pass_obj
def erase(
    settings: Settings,
    resident_id: str | None,
    order: str | None,
    reason: str | None,
    by: str | None,
    dry_run: bool,
    is_resumed: bool,
    is_verified: bool,
    rotate_key: bool,
    as_json: bool,
) -> None:
    """Remove a resident from every place, with a certificate. 删除个人信息

    RESIDENT_ID as `hub find person` shows it; with --verify also a certificate's file.
    """
    if rotate_key:
        _rotate(settings)
    elif is_resumed:
        _resume(settings, as_json)
    elif resident_id is None:
        raise click.UsageError("name a resident, or --resume")
    elif is_verified:
        _verify(settings, resident_id, as_json)
    elif dry_run:
        _dry_run(settings, resident_id, as_json)
    else:
        _erase(settings, resident_id, order, reason, by, as_json)


def _erase(
    settings: Settings,
    resident_id: str,
    order: str | None,
    reason: str | None,
    by: str | None,
    as_json: bool,
) -> None:
    from pipelines.erasure.run import erase as erase_one

    _check(order, reason, by)
    with settings.home.lock(purpose="erasing a resident"):
        path = erase_one(_hub(settings), resident_id, str(order), str(reason), str(by))
    _show(path, as_json)


def _resume(settings: Settings, as_json: bool) -> None:
    from pipelines.erasure.run import resume

    with settings.home.lock(purpose="erasing a resident"):
        path = resume(_hub(settings))
    if path is None:
        console().print("no erasure waits to be done to its end")
    else:
        _show(path, as_json)


def _dry_run(settings: Settings, resident_id: str, as_json: bool) -> None:
    from pipelines.erasure.run import plan

    with settings.home.lock(purpose="counting what is there of a resident"):
        ready = plan(_hub(settings), resident_id)
    found = {place: n for place, n in ready.found.items() if n}
    said = {"residents": list(ready.ids), "identifiers": ready.identifiers, "places": found}
    if as_json:
        print_json(said)
        return
    console().print(f"residents: {', '.join(ready.ids)}", markup=False)
    show_rows([{"identifier": kind, "count": n} for kind, n in ready.identifiers.items()], False)
    show_rows([{"place": place, "found": n} for place, n in found.items()], False)


def _verify(settings: Settings, named: str, as_json: bool) -> None:
    from pipelines.erasure.verify import verify

    with settings.home.lock(purpose="verifying an erasure"):
        said = verify(_hub(settings), named)
    left = {place: n for place, n in said.places.items() if n}
    if as_json:
        print_json({"faults": list(said.faults), "places": dict(said.places), "left": left})
    else:
        for fault in said.faults:
            console().print(f"[red]{fault}[/red]")
        show_rows([{"place": p, "found": n} for p, n in left.items()], False)
        console().print(f"{len(said.places)} places searched, {sum(left.values())} found")
    sys.exit(1 if left or said.faults else 0)


def _rotate(settings: Settings) -> None:
    from pipelines.erasure.suppressed import exchange_key

    with settings.home.lock(purpose="exchanging the suppression key"):
        key = exchange_key(settings.home)
    console().print(f"new erasures are kept under the key {key}; older keys stay for older ones")


def _hub(settings: Settings) -> Hub:
    return Hub.open(settings.home, settings.as_of)


def _show(path: Any, as_json: bool) -> None:
    import json

    said = json.loads(path.read_text(encoding="utf-8"))
    if as_json:
        print_json(said | {"certificate": str(path)})
    else:
        console().print(path.with_suffix(".txt").read_text(encoding="utf-8"), markup=False)
        console().print(f"certificate: {path}", markup=False)
    sys.exit(1 if said["left"] else 0)


def _check(order: str | None, reason: str | None, by: str | None) -> None:
    """What is kept for good in the audit log must be there, and must name no one by number."""
    said = {"--order": order, "--reason": reason, "--by": by}
    missing = [name for name, value in said.items() if not (value or "").strip()]
    named = [name for name, value in said.items() if _PERSONS_NUMBER.search(value or "")]
    if missing or named or not _ORDER.fullmatch(order or "") or len(reason or "") > 200:
        raise ConfigError(
            ", ".join(missing or named) or "--order, --reason",
            "an erasure needs an order, a reason of up to 200 characters and a name,"
            " without numbers of people",
            "nothing was erased",
            "give --order REF --reason TEXT --by NAME; they are kept in the audit log",
        )
