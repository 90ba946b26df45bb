"""One module a stage; each has a `train` and, where something is shipped, an `export`."""
