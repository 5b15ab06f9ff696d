"""Measures that the claims of figE2 take besides the general ones."""


def least_share(results, figure, tables, **chosen):
    """The least, over several tables, of the share of rows in which a column is true."""
    return min(results.values(figure, table=table, **chosen).mean() for table in tables)
