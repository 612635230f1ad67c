"""From cells to columns: one file's texts read, translated and checked, whole columns at a time."""

from __future__ import annotations

from datetime import date
from typing import Any

import numpy as np
import pandas as pd

from etl import codes, rules
from etl.canon import DEFAULTS, KEYS, LINE, Column, columns
from etl.cells import mangled, mapped, narrow, numbers, tidy
from etl.dates import INSTANT_YEARS, Days, read_days, read_instants
from etl.files import own_columns
from etl.frames import ABSENT, DETAIL_KEYS, complete
from etl.headers import Headers
from etl.issues import Bools, Findings, Issue, Texts
from etl.profile import DETAILS, KindProfile, Profile
from etl.raw import FIELDS
from etl.reference import Reference, fold
from etl.vocabulary import Translator

_TRUTHS = {**dict.fromkeys(("是", "true", "1", "y", "yes", "on", "√"), True),
           **dict.fromkeys(("否", "false", "0", "n", "no", "off", "×"), False)}  # fmt: skip
RECORDED = 1  # the best evidence grade that a file can claim
_LARGEST = 2**31 - 1  # what a whole number of either database holds
_NAMES = ("source_id", "enterprise", "inspection", "officer", "officer2", "badge", "code", "parent", "phone")


class Reading:
    """One file on its way from cells to columns."""

    def __init__(
        self, kind: str, raw: pd.DataFrame, profile: Profile, reference: Reference, headers: Headers
    ) -> None:
        self.kind, self.raw, self.reference = kind, raw, reference
        self.zone = profile.zone
        self.part: KindProfile = profile.kind(kind)
        self.used = headers.used
        self.findings = Findings(raw, headers.used)
        self.cells: dict[str, Texts] = {}
        self.made: dict[str, Any] = {}
        self.days: dict[str, Days] = {}

    def frame(self, as_of: date | None) -> tuple[pd.DataFrame, list[Issue]]:
        """Read all columns, then check across them; see `etl.validate.to_canonical`."""
        self._ragged()
        own = columns(self.kind)
        for column in own.values():
            self._tidied(column)
        for column in own.values():
            self._read(column)
        if "lon" in own:
            self._point()
        self._visit_day()
        self._claim()
        self._details()
        rules.days(self.kind, self.days, self.findings, as_of)
        self._required(own)
        used = self.raw[list(dict.fromkeys(self.used.values()))]
        gone = rules.repeated(self.kind, self.made, used, self.part.duplicates, self.findings)
        keys = self.cells.get(KEYS[self.kind][0], np.full(len(self.raw), "", dtype=object))
        issues = self.findings.issues(keys)
        return self._result(~self.findings.refused & ~gone, own), issues

    def _ragged(self) -> None:
        if FIELDS not in self.raw:
            return
        counts = pd.to_numeric(self.raw[FIELDS], errors="coerce").to_numpy(dtype=np.float64)
        width = len(own_columns(self.raw))
        for code, level, which in (
            ("ragged_long", "error", counts > width),
            ("ragged_short", "warning", counts < width),
        ):
            each = [{"found": int(n)} for n in counts[which]]
            self.findings.add(which, None, code, level, each=each, expected=width)

    def _tidied(self, column: Column) -> None:
        """Take a column's cells from the file or from a constant; absent columns have none."""
        name = column.name
        if name in self.used and column.type != "shape":
            limit = 4000 if column.type in ("tokens", "details") else column.limit
            values = self.raw[self.used[name]].to_numpy(dtype=object)
            self.cells[name] = tidy(values, name, self.findings, lines=column.limit > 200, limit=limit)
        elif name in self.part.constants:
            self.cells[name] = np.full(len(self.raw), self.part.constants[name], dtype=object)

    def _read(self, column: Column) -> None:
        name, type_ = column.name, column.type
        if type_ == "shape":
            if "geometry" in self.raw:
                self.made[name] = self.raw["geometry"].to_numpy()
            return
        if name not in self.cells or name in ("lon", "lat", "datum"):
            return
        values = self.cells[name]
        if type_ == "tokens":
            translator = Translator(self.kind, column, self.part, self.reference)
            self.made[name] = translator.tokens_of(values, self.findings)
        elif column.vocabulary or name in self.part.vocabularies:
            self._translate(column, values)
        elif type_ == "text":
            self.made[name] = self._text(column, values)
        elif type_ == "date":
            self._date(column, values)
        elif type_ == "instant":
            self._instant(column, values)
        elif type_ == "truth":
            self._truth(column, values)
        elif type_ in ("number", "whole"):
            self._number(column, values)

    def _translate(self, column: Column, values: Texts) -> None:
        found = Translator(self.kind, column, self.part, self.reference).column_of(values, self.findings)
        self.made[column.name] = found
        if column.type in ("number", "whole"):
            self._number(column, found)
        elif column.type == "truth":
            self._truth(column, found)

    def _text(self, column: Column, values: Texts) -> Texts:
        name = column.name
        if name == "uscc":
            return codes.uscc(values, name, self.findings)
        if name == "licence_number":
            kinds = self.made.get("licence_kind")
            drug = np.isin(kinds, ("drug", "")) if kinds is not None else np.ones(len(values), dtype=bool)
            return codes.licence_number(values, name, self.findings, drug.astype(bool))
        if name == "number_12315":  # the same however wide its digits are: a number is one lead's
            return narrow(values)
        if name in _NAMES:
            found = codes.identifier(values, name, self.findings, required=column.required)
            self.cells[name] = found
            return found
        return values

    def _date(self, column: Column, values: Texts) -> None:
        found = read_days(values, self.part.dates, self.zone)
        wrong = np.isnat(found) & (values != "")
        self._unreadable(column, wrong, "date_unreadable", values)
        self.made[column.name] = self.days[column.name] = found

    def _instant(self, column: Column, values: Texts) -> None:
        found = read_instants(values, self.part.dates, self.zone)
        alone = read_days(np.where(found.isna(), values, ""), self.part.dates)
        unread = found.isna().to_numpy() & np.isnat(alone) & (values != "")
        if column.name == "entered_at":  # a day of entry is entered at its beginning
            days = pd.Series(alone)
            days = days.where(days.dt.year.between(*INSTANT_YEARS))
            start = days.dt.tz_localize(self.zone, nonexistent="shift_forward", ambiguous="NaT")
            found = found.fillna(start.dt.tz_convert("UTC").astype(found.dtype))
        self._unreadable(column, unread, "date_unreadable", values)
        self.made[column.name] = found

    def _number(self, column: Column, values: Texts) -> None:
        found, wrong = numbers(values)
        if column.type == "whole":
            wrong |= ~np.isnan(found) & ((found != np.floor(found)) | (np.abs(found) > _LARGEST))
            found = np.where(wrong, np.nan, found)
        self._unreadable(column, wrong, "number_unreadable", self.cells[column.name])
        self.made[column.name] = found

    def _truth(self, column: Column, values: Texts) -> None:
        found = mapped(values, lambda value: _TRUTHS.get(fold(value)))
        wrong = np.array([v is None for v in found], dtype=bool) & (values != "")
        self._unreadable(column, wrong, "truth_unreadable", values)
        self.made[column.name] = pd.array(found.tolist(), dtype="boolean")

    def _unreadable(self, column: Column, wrong: Bools, code: str, values: Texts) -> None:
        level = "error" if column.required else "warning"
        self.findings.add(wrong, column.name, code if column.required else f"{code}_emptied", level, values)

    def _point(self) -> None:
        size = len(self.raw)
        lon, lat, datum = rules.coordinates(self.cells, size, self.part.datum, self.findings)
        self.made |= {"lon": lon, "lat": lat} | ({"datum": datum} if "datum" in columns(self.kind) else {})

    def _visit_day(self) -> None:
        """A visit whose instant is known was on that instant's local day."""
        if self.kind != "inspections" or "finished_on" in self.made or "finished_at" not in self.made:
            return
        self.used.setdefault("finished_on", self.used["finished_at"])
        self.cells["finished_on"] = self.cells["finished_at"]
        self._date(columns(self.kind)["finished_on"], self.cells["finished_on"])

    def _claim(self) -> None:
        """A file may claim that a visit was recorded; evidence is what we hold ourselves."""
        if "grade" not in self.made:
            return
        grades = self.made["grade"]
        beyond = grades > RECORDED
        self.findings.add(beyond, "grade", "grade_lowered", "warning", self.cells["grade"])
        self.made["grade"] = np.where(beyond, RECORDED, grades)

    def _details(self) -> None:
        keys = self._detail_keys()
        if not keys:
            return
        values = []
        for name in (DETAILS + key for key in keys):
            found = tidy(self.raw[self.used[name]].to_numpy(dtype=object), name, self.findings, limit=4000)
            lost = mangled(found)
            self.findings.add(lost, name, "number_mangled", "warning", found)
            values.append(np.where(lost, "", found).tolist())
        made = np.empty(len(self.raw), dtype=object)
        made[:] = [
            {key: cell for key, cell in zip(keys, row, strict=True) if cell}
            for row in zip(*values, strict=True)
        ]
        self.made["details"] = made

    def _detail_keys(self) -> list[str]:
        return [ours.removeprefix(DETAILS) for ours in self.used if ours.startswith(DETAILS)]

    def _required(self, own: dict[str, Column]) -> None:
        """A required cell that is empty; one that was not understood has its error already."""
        for column in own.values():
            name = column.name
            if not column.required or name in DEFAULTS.get(self.kind, {}):
                continue
            if column.type == "shape":
                blank = np.array([shape is None for shape in self.raw["geometry"]], dtype=bool)
            elif name in self.cells:
                blank = self.cells[name] == ""
                made = self.made.get(name)
                if column.type == "text" and made is not None:
                    blank &= made == ""  # the profile may give a blank a meaning
            else:
                continue
            self.findings.add(blank, name, "required", "error")

    def _result(self, keep: Bools, own: dict[str, Column]) -> pd.DataFrame:
        data: dict[str, Any] = {}
        for name, values in self.made.items():
            kept = values[keep]
            if own[name].type == "text":
                kept = np.where(kept == "", None, kept)
            data[name] = kept.reset_index(drop=True) if isinstance(kept, pd.Series) else kept
        if "licence_number" in data:
            kinds = data.get("licence_kind", np.full(int(keep.sum()), None, dtype=object))
            blank = np.array([kind is None for kind in kinds], dtype=bool)
            numbered = np.array([number is not None for number in data["licence_number"]], dtype=bool)
            data["licence_kind"] = np.where(blank & numbered, "drug", kinds)
        data[LINE] = self.raw[LINE].to_numpy()[keep]
        frame = complete(self.kind, pd.DataFrame(data))
        frame.attrs[ABSENT] = sorted(set(own) - set(data))
        if "details" in data:
            frame.attrs[DETAIL_KEYS] = self._detail_keys()
        return frame
