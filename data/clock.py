"""The one clock: local days and instants. The demo city's clock stands on its demo date."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

DEFAULT_ZONE = "Asia/Shanghai"

EVERYTHING = datetime(9999, 12, 31, tzinfo=UTC)
"""``known_at`` of somebody who knows all that has been recorded."""

Now = datetime | Callable[[], datetime]
"""An instant that stands, or what tells the present one whenever it is asked."""


def instant(now: Now) -> datetime:
    """Return the present instant of long work."""
    return now() if callable(now) else now


@dataclass(frozen=True)
class Clock:
    """Tells the instant and the local day.

    Parameters
    ----------
    zone : str
        IANA name of the bureau's time zone.
    demo_day : date or None
        With it the clock stands at that day plus the present time of day (演示日期), and so goes back at
        midnight: what is recorded after it counts as earlier than what was before. For demos alone.
    """

    zone: str = DEFAULT_ZONE
    demo_day: date | None = None

    def now(self) -> datetime:
        """Return the instant, aware, in the bureau's zone."""
        # the only place in the product that asks the machine for the time
        local = datetime.now(UTC).astimezone(ZoneInfo(self.zone))
        if self.demo_day is None:
            return local
        return datetime.combine(self.demo_day, local.timetz())

    def today(self) -> date:
        """Return the local day."""
        return self.now().date()
