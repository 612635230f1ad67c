"""Where things are: datums, grid coverages, point → grid. Knows no database and no web."""
