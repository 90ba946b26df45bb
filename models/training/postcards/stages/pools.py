"""Renders all pools at once; stages make those that they need themselves."""

from ..pool import RECIPES, make_pool


def train(_steps: int | None = None) -> None:
    for name in RECIPES:
        make_pool(name)
