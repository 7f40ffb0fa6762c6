"""What the identity benchmark times, each in a process of its own so that memory counts.

    python -m benchmarks._identity_steps full|night HOME DAY -> {seconds, report} as JSON

Needs no secrets.
"""

import json
import sys
from dataclasses import asdict
from datetime import date
from time import perf_counter
from typing import Any

from foundation.home import Home
from pipelines.hub import Hub
from pipelines.identity.run import resolve


def main(home: str, day: str) -> dict[str, Any]:
    """Resolve; with nothing resolved before, all of it, the training of the model included."""
    hub = Hub.open(Home(home), date.fromisoformat(day))
    began = perf_counter()
    report = resolve(hub)
    return {"seconds": perf_counter() - began, "report": asdict(report)}


if __name__ == "__main__":
    print(json.dumps(main(*sys.argv[1:])))
