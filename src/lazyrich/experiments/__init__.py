"""One module an experiment, each with `task`, `theory` and `simulation`: config and tables in, tables out."""
