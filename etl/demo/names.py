"""Invented names: chains, single pharmacies, vaccination units, streets. None is meant to exist."""

from __future__ import annotations

from collections import Counter

import numpy as np

from etl.demo.geography import Ground, Town

CHAINS = (
    "康泽大药房", "禾济大药房", "沈禾堂药房", "云杏大药房", "青囊里药房", "辰安大药房", "北杏堂大药房",
    "浑河春药房", "安沐大药房", "知芩堂药房", "百苓大药房", "泽苓大药房", "暖杉药房", "雁回堂大药房",
    "澄济大药房", "春芪大药房", "橘井坊药房", "木樨堂药房",
)  # fmt: skip
_FIRST = "济仁康福益安和瑞德信永顺祥润庆泰恒宏佳民华盛春晟荣嘉同善延颐"
_SECOND = "生安康民春堂寿和源林泽草芝苓禾心宁缘善诚泰元仁华德"
_KIND = ("大药房", "药房", "药店", "医药商店")
_ORDINAL = "二三四五六七八九"
_STREETS = ("演示大街", "演示路", "示例街", "示例路", "样例东路", "样例西路", "虚拟大街", "虚拟巷")

MARK = "演示"


def chain_stores(brands: list[int], towns: list[Town]) -> list[str]:
    """Name branches after their township: 康泽大药房（南湖店）, （南湖二店） …"""
    seen: Counter[tuple[int, str]] = Counter()
    names = []
    for brand, town in zip(brands, towns, strict=True):
        place = town.short if town.district != "210124" or town.short != "和平" else "和平乡"
        seen[brand, place] += 1
        number = seen[brand, place]
        ordinal = "" if number == 1 else _ORDINAL[number - 2] if number < 10 else f"第{number}"
        names.append(f"{CHAINS[brand]}（{place}{ordinal}店）")
    return names


def independents(land: Ground, towns: list[Town], rng: np.random.Generator) -> list[str]:
    """Name single pharmacies, each name once in its district: 和平区济安药房."""
    stems = [a + b for a in _FIRST for b in _SECOND if a != b]
    taken: set[str] = set()
    names = []
    for town in towns:
        while True:
            kind = _KIND[int(rng.choice(4, p=(0.4, 0.35, 0.2, 0.05)))]
            place = land.names[town.district]
            if town.name.endswith(("镇", "乡")):
                place += town.name
            name = f"{place}{stems[int(rng.integers(len(stems)))]}{kind}"
            if name not in taken:
                break
        taken.add(name)
        names.append(name)
    return names


def vaccination_units(towns: list[Town]) -> list[str]:
    """Name the units of a township: its health centre first, then further posts."""
    seen: Counter[str] = Counter()
    names = []
    for town in towns:
        seen[town.code] += 1
        number = seen[town.code]
        urban = town.name.endswith("街道")
        if number == 1:
            name = f"{town.short}社区卫生服务中心接种门诊" if urban else f"{town.name}卫生院接种门诊"
        elif number == 2:
            name = f"{town.short}产科接种单位" if urban else f"{town.name}狂犬病暴露处置门诊"
        else:
            name = f"{town.short}第{number - 1}接种点"
        names.append(name)
    return names


def addresses(land: Ground, towns: list[Town], rng: np.random.Generator) -> list[str]:
    """Invent street addresses that nobody can mistake for real ones."""
    street = rng.integers(len(_STREETS), size=len(towns))
    number = rng.integers(1, 260, size=len(towns))
    return [
        f"沈阳市{land.names[t.district]}{t.name}{_STREETS[s]}{n}号"
        for t, s, n in zip(towns, street, number, strict=True)
    ]
