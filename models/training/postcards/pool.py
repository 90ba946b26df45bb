"""Pools of rendered pictures with everything that stages need of them, made once."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
import torch

from .autoencoder import decode_latents, encode_pictures, load_autoencoder, to_bytes
from .drawing import Renderer
from .places import state
from .tokens import encode_captions
from .world import Scenes, sample_scenes

SIZE = 128
CHUNK = 100
CAPTIONS_EACH = 4
SEEN = "through-vae.npy"
#: Thresholds of the Canny filter, as ControlNets are usually trained with.
CANNY = (100, 200)


@dataclass(frozen=True)
class Recipe:
    pictures: int
    seed: int
    papercut: bool = False
    #: Share of captions that name the papercut style.
    named: float = 0.0
    #: How many pictures are also seen through the autoencoder.
    through_vae: int = 0


RECIPES = {
    "plain": Recipe(pictures=6000, seed=2030, through_vae=300),
    "papercut": Recipe(pictures=1600, seed=2031, papercut=True, named=0.6, through_vae=100),
    "held-out": Recipe(pictures=256, seed=4242, through_vae=256),
    "held-out-papercut": Recipe(pictures=128, seed=4243, papercut=True, named=0.6, through_vae=128),
}


class Pool:
    """A pool as it lies in the state folder; its arrays are read when they are needed."""

    def __init__(self, name: str):
        self.folder = state() / "pools" / name

    @property
    def scenes(self) -> Scenes:
        return Scenes(**np.load(self.folder / "scenes.npz"))

    @property
    def pictures(self) -> torch.Tensor:
        """[n, 3, 128, 128], bytes."""
        return self._array("pictures")

    @property
    def seen_through_vae(self) -> torch.Tensor:
        """The first ones of the pictures, encoded and decoded: [m, 3, 128, 128], bytes. Decoded once."""
        if not (self.folder / SEEN).exists():
            latents = self.latents[: RECIPES[self.folder.name].through_vae]
            np.save(self.folder / SEEN, decode_latents(load_autoencoder(), latents).numpy())
        return torch.from_numpy(np.load(self.folder / SEEN))

    @property
    def latents(self) -> torch.Tensor:
        """[n, 4, 16, 16], scaled."""
        return self._array("latents").float()

    @property
    def captions(self) -> torch.Tensor:
        """[n, 4, 77], token ids."""
        return self._array("captions").long()

    @property
    def edges(self) -> torch.Tensor:
        """[n, 128, 128], 0 or 1."""
        return self._array("edges")

    def _array(self, name: str) -> torch.Tensor:
        return torch.from_numpy(np.load(self.folder / f"{name}.npy"))


def make_pool(name: str) -> None:
    """Renders a pool unless it is there."""
    recipe, folder = RECIPES[name], state() / "pools" / name
    if (folder / "done").exists():
        return
    folder.mkdir(parents=True, exist_ok=True)
    scenes = sample_scenes(recipe.pictures, np.random.default_rng(recipe.seed))
    np.savez(folder / "scenes.npz", **scenes.arrays())
    np.save(folder / "captions.npy", encode_captions(scenes, CAPTIONS_EACH, recipe.seed, recipe.named))
    renderer, vae = Renderer(SIZE), load_autoencoder()
    parts: dict[str, list[np.ndarray]] = {"pictures": [], "edges": [], "latents": []}
    for start in range(0, recipe.pictures, CHUNK):
        pictures = to_bytes(renderer.render(scenes[start : start + CHUNK], recipe.papercut))
        latents = encode_pictures(vae, pictures)
        parts["pictures"].append(pictures.numpy())
        parts["edges"].append(edges_of(pictures))
        parts["latents"].append(latents.half().numpy())
        print(f"pool {name}: {start + len(pictures)} of {recipe.pictures}", flush=True)
    for part, arrays in parts.items():
        np.save(folder / f"{part}.npy", np.concatenate(arrays))
    (folder / "done").touch()


def both_styles() -> tuple[torch.Tensor, torch.Tensor]:
    """Latents and pictures that stages learn from, plain ones and papercuts."""
    pools = []
    for name in ("plain", "papercut"):
        make_pool(name)
        pools.append(Pool(name))
    return torch.cat([pool.latents for pool in pools]), torch.cat([pool.pictures for pool in pools])


def forget_decoded() -> None:
    """Pools decode what they show through the autoencoder anew: for when its decoder has changed."""
    for file in (state() / "pools").glob(f"*/{SEEN}"):
        file.unlink()


def edges_of(pictures: torch.Tensor) -> np.ndarray:
    """Canny edges [n, h, w], 0 or 1, of pictures [n, 3, h, w] of bytes."""
    colours_last = pictures.permute(0, 2, 3, 1).contiguous().numpy()
    return np.stack([cv2.Canny(picture, *CANNY) > 0 for picture in colours_last]).astype(np.uint8)
