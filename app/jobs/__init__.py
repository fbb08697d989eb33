"""Bodies for the tasks named in app/queue.py. A body is one call to a service."""

from app.jobs.bodies import HANDLERS, perform

__all__ = ["HANDLERS", "perform"]
