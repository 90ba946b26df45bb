"""Folders of the models that are shipped."""

from __future__ import annotations

from pathlib import Path

from .places import state


def export_folder(name: str) -> Path:
    """Where a finished model goes: `<state>/models/<name>`, to be looked at before it is copied to `models`."""
    folder = state() / "models" / name
    folder.mkdir(parents=True, exist_ok=True)
    return folder
