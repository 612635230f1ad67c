"""What the processes of `tests.forks` have loaded when they begin: importing this is all it does."""

from __future__ import annotations

import importlib

from dashboard.pages import page_modules

for name in ("app", "etl.__main__", "etl.run", "gunicorn.app.wsgiapp", "gunicorn.workers.gthread"):
    importlib.import_module(name)
page_modules()
