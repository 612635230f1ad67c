"""Pieces that several pages show: numbers with their definition, chips, tables, empty states."""
