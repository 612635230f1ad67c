"""Charts: pure functions from rows to a plotly figure as a plain dict."""
