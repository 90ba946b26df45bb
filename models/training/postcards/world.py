"""The world that the postcards show: what can be in a scene, and how scenes are drawn by lot."""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np

OBJECTS = ("house", "lighthouse", "sailboat", "hot air balloon", "pine tree", "castle")
COLOURS = ("red", "orange", "yellow", "green", "blue", "purple", "pink", "white", "black")
TIMES = ("dawn", "noon", "sunset", "night")
TERRAINS = ("hills", "mountains", "sea", "desert")
PLACES = ("left", "centre", "right")

HOUSE, LIGHTHOUSE, SAILBOAT, BALLOON, PINE, CASTLE = range(6)
GREEN, SEA, CENTRE = COLOURS.index("green"), TERRAINS.index("sea"), PLACES.index("centre")

#: How many numbers from 0 to 1 the renderer varies a scene with: hue, height of hills, place of the sun, and so on.
JITTER = 64

#: How often a caption names an attribute.
NAMED = {"colour": 0.9, "time": 0.88, "terrain": 0.88, "place": 0.5, "weather": 0.05}

#: What it is where the caption does not: rather what one would expect.
USUAL_COLOUR = (0.4, 0.1, 0.15, 0.05, 0.1, 0.02, 0.03, 0.15, 0.0)
USUAL_TIME = (0.1, 0.7, 0.1, 0.1)
USUAL_TERRAIN = (0.5, 0.3, 0.1, 0.1)
#: Share of the sailboats that are at sea although the caption names a terrain.
AT_SEA = 0.6


@dataclass(frozen=True)
class Scenes:
    """n scenes of one object each. The attributes are indices [n]; `names_*` says whether a caption tells them."""

    object: np.ndarray
    colour: np.ndarray
    time: np.ndarray
    terrain: np.ndarray
    place: np.ndarray
    names_colour: np.ndarray
    names_time: np.ndarray
    names_terrain: np.ndarray
    names_place: np.ndarray
    names_weather: np.ndarray
    jitter: np.ndarray  # [n, JITTER]

    def __len__(self) -> int:
        return len(self.object)

    def __getitem__(self, which) -> Scenes:
        """The scenes that a slice, a mask or indices choose."""
        return Scenes(**{name: array[which] for name, array in self.arrays().items()})

    def arrays(self) -> dict[str, np.ndarray]:
        return {field.name: getattr(self, field.name) for field in fields(self)}


def sample_scenes(n: int, random: np.random.Generator) -> Scenes:
    """Draws n scenes: objects alike often, what captions name evenly, what they do not as one would expect."""
    kind = random.integers(0, len(OBJECTS), n)
    named = {what: random.random(n) < share for what, share in NAMED.items()}

    def either(what: str, values: int, usual: np.ndarray) -> np.ndarray:
        return np.where(named[what], random.integers(0, values, n), usual)

    usual_terrain = np.where(np.isin(kind, (LIGHTHOUSE, SAILBOAT)), SEA, _by_lot(USUAL_TERRAIN, n, random))
    terrain = either("terrain", len(TERRAINS), usual_terrain)
    return Scenes(
        object=kind,
        colour=either("colour", len(COLOURS), np.where(kind == PINE, GREEN, _by_lot(USUAL_COLOUR, n, random))),
        time=either("time", len(TIMES), _by_lot(USUAL_TIME, n, random)),
        terrain=np.where((kind == SAILBOAT) & (random.random(n) < AT_SEA), SEA, terrain),
        place=either("place", len(PLACES), np.full(n, CENTRE)),
        jitter=random.random((n, JITTER)).astype(np.float32),
        **{f"names_{what}": flags for what, flags in named.items()},
    )


def _by_lot(shares: tuple[float, ...], n: int, random: np.random.Generator) -> np.ndarray:
    return random.choice(len(shares), size=n, p=np.asarray(shares) / sum(shares))
