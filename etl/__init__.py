"""Batch work: read foreign files, validate, place, build, report, and the demo city."""
