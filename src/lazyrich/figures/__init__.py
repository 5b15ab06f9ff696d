"""One folder a figure; `pipeline.folders` says what is in it."""
