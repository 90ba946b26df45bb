"""Renders scenes as flat illustrations: everything is a signed distance, painted from back to front."""

from .renderer import Renderer

__all__ = ["Renderer"]
