"""What the sites know of each other."""

import datetime as dt

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from app.db import Base


class MissedEvents(Base):
    """A process could not publish events to a site's Redis: that site's clients have to read anew (S25).

    Until `kept_until` the process may leave out more of them without another word; it sees to the rest
    itself if it lives. `since`: nobody was told of what was missed from then on.
    """

    __tablename__ = "missed_events"

    id: Mapped[int] = mapped_column(primary_key=True)
    site: Mapped[str] = mapped_column(String(40), index=True)
    since: Mapped[dt.datetime]
    kept_until: Mapped[dt.datetime]
