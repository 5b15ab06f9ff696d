"""What the tables prove: claims, agreement and drift, each computed from Parquet and nothing else."""
