"""The grammar of captions: many ways to say what is in a scene."""

from __future__ import annotations

from random import Random

from .world import Scenes

# What is listed more often is said more often: (wording, weight).
OBJECT_WORDS = (
    {"house": 6, "cottage": 1, "cabin": 1, "home": 1},
    {"lighthouse": 6, "light house": 1},
    {"sailboat": 5, "boat": 2, "sailing boat": 1, "yacht": 1, "sailing ship": 1},
    {"hot air balloon": 5, "balloon": 2, "hot-air balloon": 1},
    {"pine tree": 4, "pine": 1, "fir tree": 1, "conifer": 1},
    {"castle": 6, "fortress": 1, "palace": 1},
)
COLOUR_WORDS = (
    {"red": 8, "crimson": 1, "scarlet": 1},
    {"orange": 1},
    {"yellow": 8, "golden": 1},
    {"green": 8, "emerald": 1},
    {"blue": 8, "azure": 1},
    {"purple": 8, "violet": 1, "lilac": 1},
    {"pink": 8, "rose": 1},
    {"white": 1},
    {"black": 1},
)
PLACE_PHRASES = (
    {"on the left": 4, "to the left": 1, "on the left side": 1, "at the left": 1, "left": 1},
    {"in the centre": 1, "in the center": 1, "in the middle": 1, "at the center": 1, "centered": 1},
    {"on the right": 4, "to the right": 1, "on the right side": 1, "at the right": 1, "right": 1},
)
TIME_PHRASES = (
    {"at dawn": 3, "at sunrise": 2, "in the early morning": 1, "in the morning": 1},
    {"at noon": 2, "in the daytime": 1, "during the day": 1, "at midday": 1, "by day": 1, "in daylight": 1},
    {"at sunset": 4, "at dusk": 1, "in the evening": 1, "at twilight": 1},
    {
        "at night": 4,
        "by night": 1,
        "under the stars": 1,
        "under the moon": 1,
        "in the moonlight": 1,
        "under a starry sky": 1,
    },
)
TIME_WORDS = (
    {"dawn": 1, "sunrise": 1, "morning": 1, "early morning": 1, "morning light": 1},
    {"noon": 1, "day": 1, "midday": 1, "daylight": 1, "daytime": 1},
    {"sunset": 2, "dusk": 1, "evening": 1, "sunset light": 1, "twilight": 1},
    {"night": 2, "moonlight": 1, "starry night": 1, "night sky": 1, "midnight": 1},
)
TERRAIN_PHRASES = (
    (
        "on green hills",
        "on the hills",
        "in the hills",
        "among green hills",
        "on a hill",
        "in a green meadow",
        "in rolling hills",
        "in the countryside",
    ),
    (
        "in the mountains",
        "in snowy mountains",
        "in front of snowy mountains",
        "among snowy mountains",
        "below snowy peaks",
        "in the alps",
    ),
    ("by the sea", "at sea", "on the sea", "at the ocean", "by the ocean", "on the water", "on the coast"),
    ("in the desert", "in a desert", "among desert dunes", "on sand dunes", "in the dunes", "on desert dunes"),
)
TERRAIN_WORDS = (
    ("green hills", "hills", "rolling hills", "a green meadow", "grassy hills"),
    ("snowy mountains", "mountains", "snowy peaks", "mountain landscape"),
    ("sea", "ocean", "the sea", "blue water", "seaside"),
    ("desert", "desert dunes", "sand dunes", "sandy desert"),
)
CLEAR_SKY = ("clear sky", "a clear sky", "under a clear sky", "clear weather")
OPENINGS = (
    "a postcard of",
    "postcard of",
    "an illustration of",
    "a flat illustration of",
    "a picture of",
    "a painting of",
    "a drawing of",
    "vector art of",
    "a photo of",
)
PRAISE = (
    "beautiful",
    "detailed",
    "flat colors",
    "high quality",
    "soft colors",
    "postcard",
    "flat illustration",
    "vector art",
    "masterpiece",
    "best quality",
    "highly detailed",
)
BLAME = (
    "blurry",
    "low quality",
    "worst quality",
    "ugly",
    "distorted",
    "text",
    "watermark",
    "noise",
    "bad",
    "deformed",
    "jpeg artifacts",
    "lowres",
    "cropped",
    "out of focus",
    "bad quality",
    "signature",
    "noisy",
    "grainy",
    "error",
    "frame",
    "border",
    "duplicate",
    "people",
    "photo",
)
PAPERCUT_FORMS = {
    "papercut, {}": 4,
    "{}, papercut": 3,
    "papercut of {}": 1,
    "{} in papercut style": 1,
    "a papercut picture of {}": 1,
}


def caption(scenes: Scenes, i: int, random: Random, papercut: bool = False) -> str:
    """One caption of scene i, such as `a red house on the left, green hills, sunset`."""
    time, terrain = int(scenes.time[i]), int(scenes.terrain[i])
    head = _object(scenes, i, random)
    extras = [random.choice(CLEAR_SKY)] if scenes.names_weather[i] else []
    form = random.random()
    if form < 0.55:  # one flowing phrase
        clauses = [random.choice(TERRAIN_PHRASES[terrain])] if scenes.names_terrain[i] else []
        clauses += [_pick(TIME_PHRASES[time], random)] if scenes.names_time[i] else []
        if random.random() < 0.25:
            clauses.reverse()
        parts = [" ".join([head, *clauses]), *extras]
    else:  # key words behind commas, in whatever order
        parts = [head]
        if scenes.names_terrain[i]:
            parts.append(random.choice((TERRAIN_WORDS if random.random() < 0.7 else TERRAIN_PHRASES)[terrain]))
        if scenes.names_time[i]:
            parts.append(_pick((TIME_WORDS if random.random() < 0.7 else TIME_PHRASES)[time], random))
        parts += extras
        if form < 0.85:
            random.shuffle(parts)
    text = _adorned(", ".join(parts), random)
    if papercut:
        text = _pick(PAPERCUT_FORMS, random).format(text)
    return _punctuated(text, random)


def negative_prompt(random: Random) -> str:
    """What users write that they do not want: shown in place of a caption now and then."""
    return ", ".join(random.sample(BLAME, random.randint(1, 5)))


def _object(scenes: Scenes, i: int, random: Random) -> str:
    words = [_pick(OBJECT_WORDS[scenes.object[i]], random)]
    if scenes.names_colour[i]:
        words.insert(0, _pick(COLOUR_WORDS[scenes.colour[i]], random))
    phrase = _with_article(" ".join(words), random)
    if not scenes.names_place[i]:
        return phrase
    place = _pick(PLACE_PHRASES[scenes.place[i]], random)
    return f"{place} {phrase}" if " " in place and random.random() < 0.12 else f"{phrase} {place}"


def _with_article(phrase: str, random: Random) -> str:
    chance = random.random()
    if chance < 0.78:
        return f"{'an' if phrase[0] in 'aeiou' else 'a'} {phrase}"
    return f"the {phrase}" if chance < 0.86 else phrase


def _adorned(text: str, random: Random) -> str:
    if random.random() < 0.15:
        text = f"{random.choice(OPENINGS)} {text}"
    if random.random() < 0.15:
        text = f"{text}, {random.choice(PRAISE)}"
        if random.random() < 0.3:
            text = f"{text}, {random.choice(PRAISE)}"
    return text


def _punctuated(text: str, random: Random) -> str:
    chance = random.random()
    if chance < 0.12:
        return text[:1].upper() + text[1:]
    return f"{text}." if chance > 0.93 else text


def _pick(weighted: dict[str, int], random: Random) -> str:
    return random.choices(list(weighted), weights=list(weighted.values()))[0]
