"""Files with shapes → a frame of strings with their geometry; what is special to grids is in `geo.grids`."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pyogrio
import shapely

from data.errors import Refused
from etl.canon import LINE
from etl.raw import unique_names
from etl.read_workbook import check_archive
from geo.errors import GeoError
from geo.grids import read_grids


def read(
    path: Path, *, layer: str | None, crs: str | None, datum: str | None, encoding: str | None
) -> pd.DataFrame:
    """Read properties as strings with ``geometry`` (EPSG:4326) and, of points, ``lon`` and ``lat``.

    ``line`` is the number of the feature plus one, as if a header stood above them.

    Raises
    ------
    Refused
        ``file_shapes`` with geo's own words for what is wrong, ``file_zip_bomb``.
    """
    if path.suffix.lower() == ".zip":
        check_archive(path)
    source = f"/vsizip/{path.resolve()}" if path.suffix.lower() == ".zip" else str(path)
    try:
        fields = [str(name) for name in pyogrio.read_info(source, layer=layer)["fields"]]
        if not fields:
            raise Refused("file_no_header", file=path.name, row=1)
        shapes = read_grids(
            path, layer=layer, crs=crs, datum=datum, encoding=encoding, code=fields[0], name=fields[0],
            columns={f"field:{name}": name for name in fields},
        )  # fmt: skip
    except GeoError as error:
        raise Refused("file_shapes", file=path.name, detail=str(error)) from error
    except (pyogrio.errors.DataSourceError, pyogrio.errors.DataLayerError, UnicodeDecodeError) as error:
        raise Refused("file_shapes", file=path.name, detail=str(error)) from error
    made = pd.DataFrame(index=range(len(shapes)))
    for name, field in zip(unique_names(fields), fields, strict=True):
        made[name] = np.array([_string(v) for v in shapes[f"field:{field}"]], dtype=object)
    geometry = np.asarray(shapes.geometry.array)
    points = shapely.get_type_id(geometry) == shapely.GeometryType.POINT
    if points.any():
        for name, get in (("lon", shapely.get_x), ("lat", shapely.get_y)):
            if name not in made:
                values = get(geometry)
                made[name] = np.array(["" if np.isnan(v) else repr(float(v)) for v in values], dtype=object)
    made["geometry"] = geometry
    made[LINE] = pd.array(np.arange(len(shapes)) + 2, dtype="Int64")
    return made


def _string(value: object) -> str:
    if value is None or value is pd.NaT or value != value:
        return ""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value).replace("\x00", "\ufffd")
