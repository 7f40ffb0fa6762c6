"""What Great Expectations imports and a batch of ours never asks for: loaded when somebody does.

`scipy.stats`, of which it has three expectations, is a third of what importing it costs, and each
night begins with that. To be imported before Great Expectations is. Needs no secrets.
"""

import importlib
import sys
from importlib.util import LazyLoader, find_spec, module_from_spec


def load_later(name: str) -> None:
    """Put a module in its place whose code runs when an attribute is first asked for.

    What is imported already, or is not there, stays as it is. The package above is imported: a
    `from package import module` that finds the attribute looks no further.
    """
    spec = None if name in sys.modules else find_spec(name)
    if spec is None or spec.loader is None:
        return
    spec.loader = LazyLoader(spec.loader)
    module = sys.modules[name] = module_from_spec(spec)
    spec.loader.exec_module(module)
    above, _, own = name.rpartition(".")
    setattr(importlib.import_module(above), own, module)


load_later("scipy.stats")
