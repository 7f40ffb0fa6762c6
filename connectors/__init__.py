"""How data comes in: one typed, stateless connector per transport, which yields Arrow batches and
cursors.
"""

from connectors.base import Batch, Connector, FeedSpec, Pull, Unreadable
from connectors.factory import make

__all__ = ["Batch", "Connector", "FeedSpec", "Pull", "Unreadable", "make"]
