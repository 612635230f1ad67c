"""Datums of longitudes and latitudes: CGCS2000/WGS 84 ↔ GCJ-02 ↔ BD-09.

CGCS2000 and WGS 84 differ by centimetres and are one datum here. GCJ-02 and BD-09 are published only as
code; the formulas below are the ones of the open libraries (eviltransform, coordtransform, gcoord), which
agree to 8e-6°. The inverses iterate, so a round trip closes to better than 1e-9°.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from enum import StrEnum

import numpy as np
import numpy.typing as npt

from geo.errors import GeoError

Floats = npt.NDArray[np.float64]
_Shift = Callable[[Floats, Floats], tuple[Floats, Floats]]

# The rectangle outside of which map services do not shift: west, south, east, north.
CHINA = (72.004, 0.8293, 137.8347, 55.8271)
_AXIS, _ECC2 = 6378245.0, 0.00669342162296594323  # Krasovsky 1940, as GCJ-02 uses it
_BD = np.pi * 3000.0 / 180.0


class Datum(StrEnum):
    """Datum of longitudes and latitudes. ``WGS84`` is an alias of ``CGCS2000``."""

    CGCS2000 = "CGCS2000"
    WGS84 = "CGCS2000"
    GCJ02 = "GCJ02"
    BD09 = "BD09"

    @classmethod
    def parse(cls, text: str) -> Datum:
        """Read a datum's name as people write it: ``gcj-02``, ``bd 09``, ``wgs84``, ``EPSG:4490``, 火星坐标.

        Raises
        ------
        GeoError
            ``crs.unknown_datum`` for anything else.
        """
        found = _DATUM_NAMES.get(re.sub(r"[\s_\-:/.]+", "", str(text)).lower())
        if found is None:
            raise GeoError(
                "crs.unknown_datum",
                f"Expected a datum (CGCS2000, WGS84, GCJ02, BD09), found {text!r}. Declare one of these.",
                found=str(text),
            )
        return found


_DATUM_NAMES = {
    **dict.fromkeys(
        ("cgcs2000", "wgs84", "epsg4490", "epsg4326", "4490", "4326", "crs84", "国家2000", "大地2000"),
        Datum.CGCS2000,
    ),
    **dict.fromkeys(("gcj02", "gcj", "火星坐标", "高德", "amap"), Datum.GCJ02),
    **dict.fromkeys(("bd09", "bd09ll", "bd", "百度", "baidu"), Datum.BD09),
}


def to_wgs84(lon: npt.ArrayLike, lat: npt.ArrayLike, datum: Datum | str) -> tuple[Floats, Floats]:
    """Un-shift longitudes and latitudes of ``datum`` to CGCS2000/WGS 84.

    Points outside the rectangle `CHINA` are returned unchanged, as the map services do; NaN stays NaN.
    """
    known, x, y = Datum.parse(datum), _floats(lon), _floats(lat)
    if known is Datum.CGCS2000:
        return x, y
    inside = _in_china(x, y)
    u, v = _calm(inside, x, y)
    if known is Datum.BD09:
        u, v = _invert(_bd_shift, u, v)
    u, v = _invert(_gcj_shift, u, v)
    return np.where(inside, u, x), np.where(inside, v, y)


def from_wgs84(lon: npt.ArrayLike, lat: npt.ArrayLike, datum: Datum | str) -> tuple[Floats, Floats]:
    """Shift CGCS2000/WGS 84 longitudes and latitudes to ``datum``; unchanged outside `CHINA`."""
    known, x, y = Datum.parse(datum), _floats(lon), _floats(lat)
    if known is Datum.CGCS2000:
        return x, y
    inside = _in_china(x, y)
    u, v = _gcj_shift(*_calm(inside, x, y))
    if known is Datum.BD09:
        u, v = _bd_shift(u, v)
    return np.where(inside, u, x), np.where(inside, v, y)


def _floats(values: npt.ArrayLike) -> Floats:
    return np.asarray(values, dtype=np.float64)


def _in_china(lon: Floats, lat: Floats) -> npt.NDArray[np.bool_]:
    west, south, east, north = CHINA
    return (lon >= west) & (lon <= east) & (lat >= south) & (lat <= north)


def _calm(inside: npt.NDArray[np.bool_], lon: Floats, lat: Floats) -> tuple[Floats, Floats]:
    # Points that stay as they are must not make the formulas overflow.
    return np.where(inside, lon, 105.0), np.where(inside, lat, 35.0)


def _gcj_shift(lon: Floats, lat: Floats) -> tuple[Floats, Floats]:
    x, y = lon - 105.0, lat - 35.0
    root = np.sqrt(np.abs(x))
    fast = 20.0 * np.sin(6.0 * x * np.pi) + 20.0 * np.sin(2.0 * x * np.pi)
    d_lat = -100.0 + 2.0 * x + 3.0 * y + 0.2 * y * y + 0.1 * x * y + 0.2 * root
    d_lat += (fast + 20.0 * np.sin(y * np.pi) + 40.0 * np.sin(y / 3.0 * np.pi)) * 2.0 / 3.0
    d_lat += (160.0 * np.sin(y / 12.0 * np.pi) + 320.0 * np.sin(y * np.pi / 30.0)) * 2.0 / 3.0
    d_lon = 300.0 + x + 2.0 * y + 0.1 * x * x + 0.1 * x * y + 0.1 * root
    d_lon += (fast + 20.0 * np.sin(x * np.pi) + 40.0 * np.sin(x / 3.0 * np.pi)) * 2.0 / 3.0
    d_lon += (150.0 * np.sin(x / 12.0 * np.pi) + 300.0 * np.sin(x / 30.0 * np.pi)) * 2.0 / 3.0
    phi = np.radians(lat)
    magic = 1.0 - _ECC2 * np.sin(phi) ** 2
    d_lat = np.degrees(d_lat / (_AXIS * (1.0 - _ECC2) / (magic * np.sqrt(magic))))
    d_lon = np.degrees(d_lon / (_AXIS / np.sqrt(magic) * np.cos(phi)))
    return lon + d_lon, lat + d_lat


def _bd_shift(lon: Floats, lat: Floats) -> tuple[Floats, Floats]:
    radius = np.hypot(lon, lat) + 0.00002 * np.sin(lat * _BD)
    angle = np.arctan2(lat, lon) + 0.000003 * np.cos(lon * _BD)
    return radius * np.cos(angle) + 0.0065, radius * np.sin(angle) + 0.006


def _invert(shift: _Shift, lon: Floats, lat: Floats) -> tuple[Floats, Floats]:
    # Both shifts are small and smooth (|derivative| < 0.01), so the fixed point gains 2 digits a step.
    x, y = lon, lat
    for _ in range(12):
        u, v = shift(x, y)
        x, y = x - (u - lon), y - (v - lat)
    return x, y
