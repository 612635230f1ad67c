"""How fast a nation's register is read and checked; `make bench` prints the figures."""

from __future__ import annotations

import csv
import random
import tempfile
from collections.abc import Iterator
from datetime import date
from pathlib import Path

from etl.files import read_table
from etl.profile import load_profile
from etl.reference import of_codes
from etl.validate import to_canonical
from tests.bench.figure import Figure, milliseconds

ROWS = 640_000
HEADER = (
    "企业编号", "企业名称", "统一社会信用代码", "企业类别", "所在区县", "地址", "开业日期", "经营状态",
    "经营范围", "经度", "纬度", "许可证编号", "有效期至", "法定代表人", "联系电话", "风险等级", "网格代码",
)  # fmt: skip


def measure() -> Iterator[Figure]:
    """Read and check a CSV of 640,000 enterprises with 17 columns."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "register.csv"
        _write(path)
        (taken,) = milliseconds(lambda: read_table(path), 1)
        yield Figure(f"read a CSV of {ROWS:,} enterprises", taken / 1000, "s", 10)
        raw = read_table(path)
    reference = of_codes(grid=[f"G{n:02d}" for n in range(81)], district=["210102", "210103"])
    profile = load_profile("standard")
    (taken,) = milliseconds(
        lambda: to_canonical("enterprises", raw, profile, reference, as_of=date(2026, 11, 21)), 1
    )
    yield Figure(f"check {ROWS:,} enterprises", taken / 1000, "s", 15)


def _write(path: Path) -> None:
    rng = random.Random(1)
    with path.open("w", encoding="utf-8", newline="") as file:
        out = csv.writer(file)
        out.writerow(HEADER)
        for n in range(ROWS):
            out.writerow((
                f"E{n:07d}", f"第{n}大药房有限公司", "92210106MA0P3KX86C",
                rng.choice(("单体药店", "零售连锁门店", "接种单位")), rng.choice(("210102", "210103")),
                f"某某街道 {n} 号", f"{rng.randrange(2001, 2026)}-{rng.randrange(1, 13):02d}-15", "在营",
                "中药饮片、中成药、化学药", f"{123 + rng.random():.6f}", f"{41 + rng.random():.6f}",
                f"辽DA024{n % 10_000:04d}", f"2027/{rng.randrange(1, 13)}/{rng.randrange(1, 29)}", "某某",
                "13800000000", "一般", f"G{n % 81:02d}",
            ))  # fmt: skip
