"""What every figure shares: tables, config, seeds, sweeps, drawing, and the ledger of what the tables prove."""
