"""A deterministic synthetic Shenyang: real outlines and names of townships, everything else invented."""

from etl.demo.build import PASSWORD, Summary, build_demo
from etl.demo.city import SEED, City, build_city, demo_day, plan_year
from etl.demo.pace import Pace

__all__ = [
    "PASSWORD", "SEED", "City", "Pace", "Summary", "build_city", "build_demo", "demo_day", "plan_year",
]  # fmt: skip
