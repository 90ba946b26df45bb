"""`python -m postcards.plots FILE`: the losses of all stages that have been trained, as an SVG."""

from __future__ import annotations

import argparse
import json

import matplotlib

matplotlib.use("svg")
import matplotlib.pyplot as plt

from .fit import LOG_EVERY_STEPS
from .places import state


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m postcards.plots", description=__doc__)
    parser.add_argument("file")
    options = parser.parse_args()
    records = {file.parent.name: json.loads(file.read_text()) for file in sorted(state().glob("*/record.json"))}
    columns = min(3, len(records))
    rows = -(-len(records) // columns)
    # Without dates and random ids, the same losses give the same file.
    plt.rcParams.update({"svg.hashsalt": "postcards", "font.size": 9})
    figure, axes = plt.subplots(rows, columns, figsize=(3.2 * columns, 2.2 * rows), squeeze=False)
    for axis in axes.flat[len(records) :]:
        axis.axis("off")
    for axis, (stage, record) in zip(axes.flat, records.items()):
        losses = record["losses"]
        axis.plot([LOG_EVERY_STEPS * (i + 1) for i in range(len(losses))], losses, linewidth=1.2)
        axis.set(title=f"{stage}: {record['samples']} samples", xlabel="steps", yscale="log")
        axis.grid(alpha=0.3, which="both")
    figure.tight_layout()
    figure.savefig(options.file, metadata={"Date": None})


if __name__ == "__main__":
    main()
