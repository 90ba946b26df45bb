"""Trains Atelier's demo family: small Stable Diffusion models that draw postcards."""
