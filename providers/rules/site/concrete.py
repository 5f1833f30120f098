"""How much concrete a slab, a column or a strip takes, and what goes into it.

The recipe is a nominal mix by absolute volume: cement 3,100 kg/m³, sand and gravel 2,650 kg/m³, water 1,000 kg/m³, 2 % air,
water-cement ratio falling with the class. It is for estimating; the supplier's mix design and the local code decide.
"""

import math
from dataclasses import dataclass
from typing import Literal

Element = Literal["slab", "column", "strip"]
Dimension = Literal["length", "width", "height", "diameter"]

NEEDED: dict[Element, tuple[Dimension, ...]] = {
    "slab": ("length", "width", "height"),
    "column": ("length", "width", "height"),
    "strip": ("length", "width", "height"),
}
"""For a slab, `height` is its thickness; a column with a diameter needs only that and its height."""

SPARE = 0.05
"""Extra to order for losses and uneven ground: 5 %, the usual allowance on sites."""
BAG_KG = 50
MIXER_M3 = 7
"""What a common truck mixer carries."""
SMALLEST_M3, LARGEST_M3 = 0.001, 2000.0
"""Beyond these a dimension was surely misheard."""


@dataclass(frozen=True, slots=True)
class Mix:
    """What one cubic metre takes."""

    name: str
    """European class, cylinder/cube strength in MPa."""
    cement_kg: int
    sand_kg: int
    gravel_kg: int
    water_l: int


MIXES: dict[str, Mix] = {
    mix.name: mix
    for mix in (
        Mix("C12/15", 240, 790, 1140, 170),
        Mix("C16/20", 280, 740, 1150, 174),
        Mix("C20/25", 320, 710, 1150, 176),
        Mix("C25/30", 360, 680, 1140, 180),
        Mix("C30/37", 400, 660, 1130, 180),
    )
}
DEFAULT_CLASS = "C20/25"


@dataclass(frozen=True, slots=True)
class Quantities:
    """The answer."""

    volume_m3: float
    """Of the element(s) as drawn."""
    order_m3: float
    """With the spare, rounded up to a tenth."""
    mix: Mix
    cement_kg: int
    """For the volume as drawn, like the three below."""
    sand_kg: int
    gravel_kg: int
    water_l: int

    @property
    def bags(self) -> int:
        """Bags of cement of `BAG_KG`."""
        return math.ceil(self.cement_kg / BAG_KG)

    @property
    def mixers(self) -> int:
        """Truck mixers of `MIXER_M3` for the order."""
        return math.ceil(self.order_m3 / MIXER_M3)


def volume_m3(dimensions: dict[Dimension, float], count: int = 1) -> float:
    """Volume in m³ from metres. Needs height and either a diameter or length and width; raises KeyError otherwise."""
    round_one = "diameter" in dimensions
    area = math.pi / 4 * dimensions["diameter"] ** 2 if round_one else dimensions["length"] * dimensions["width"]
    return area * dimensions["height"] * count


def quantities(volume: float, concrete_class: str = DEFAULT_CLASS) -> Quantities:
    """What a volume in m³ takes; raises KeyError for a class that is not in `MIXES`."""
    mix = MIXES[concrete_class]
    return Quantities(
        volume_m3=volume,
        order_m3=math.ceil(round(volume * (1 + SPARE) * 10, 6)) / 10,
        mix=mix,
        cement_kg=round(volume * mix.cement_kg),
        sand_kg=round(volume * mix.sand_kg),
        gravel_kg=round(volume * mix.gravel_kg),
        water_l=round(volume * mix.water_l),
    )
