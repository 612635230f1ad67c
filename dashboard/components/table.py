"""The data table: ag-grid in our colours and language, openable by mouse and by keyboard."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import dash_ag_grid as dag
from dash import html

from dashboard.services import View
from data.text import catalogue

# every colour is a custom property, so that the theme follows light and dark by itself
_THEME = """themeQuartz.withParams({
 backgroundColor: 'var(--gw-panel)', foregroundColor: 'var(--gw-text)', borderColor: 'var(--gw-line)',
 headerBackgroundColor: 'var(--gw-panel)', headerTextColor: 'var(--gw-secondary)',
 accentColor: 'var(--gw-accent)', fontFamily: 'inherit', fontSize: 14, headerFontSize: 13,
 headerFontWeight: 500, rowHoverColor: 'color-mix(in srgb, var(--gw-accent) 7%, transparent)',
 selectedRowBackgroundColor: 'color-mix(in srgb, var(--gw-accent) 14%, transparent)',
 oddRowBackgroundColor: 'var(--gw-panel)', wrapperBorder: false, wrapperBorderRadius: 0,
 checkboxUncheckedBorderColor: 'var(--gw-faint)',
 rowHeight: 44, headerHeight: 40, cellHorizontalPadding: 12, columnBorder: false, spacing: 8
})"""

Column = dict[str, Any]


def from_width(pixels: int, column: Column) -> Column:
    """Show a column only where the table is at least so wide; phones keep what matters."""
    return {**column, "hide": True, "context": {"from": pixels}}


def text_column(field: str, title: str, width: int = 140, **more: Any) -> Column:
    """Return a column of words; `more` are ag-grid's own options."""
    return {"field": field, "headerName": title, "width": width, **more}


def number_column(field: str, title: str, width: int = 96, **more: Any) -> Column:
    """Return a right-aligned column of whole numbers."""
    return {
        "field": field,
        "headerName": title,
        "width": width,
        "type": "rightAligned",
        "valueFormatter": {"function": "params.value == null ? '—' : d3.format(',')(params.value)"},
        "cellClass": "gw-number",
        **more,
    }


def link_column(field: str, title: str, width: int = 200, href: str = "href", **more: Any) -> Column:
    """Return a column whose words lead to the address in the row's field `href`."""
    return {
        "field": field,
        "headerName": title,
        "width": width,
        "cellRenderer": "GwLink",
        "cellRendererParams": {"href": href},
        **more,
    }


def chip_column(field: str, title: str, width: int = 110, light: str = "light", **more: Any) -> Column:
    """Return a column of chips: the word in `field`, hue and shape from the row's field `light`."""
    return {
        "field": field,
        "headerName": title,
        "width": width,
        "minWidth": 84,
        "cellRenderer": "GwChip",
        "cellRendererParams": {"light": light},
        **more,
    }


def table(
    view: View,
    name: str,
    columns: Sequence[Column],
    rows: Sequence[dict[str, Any]] | None = None,
    *,
    label: str,
    row_id: str = "id",
    endless: bool = False,
    select: bool = False,
    class_name: str = "",
    nothing: str = "",
    **options: Any,
) -> html.Div:
    """Return a table in a named region.

    Parameters
    ----------
    name : str
        Its id.
    rows : sequence of dict or None
        All rows; None with `endless`, whose pages a callback on ``getRowsRequest`` brings.
    label : str
        What the table is, for screen readers.
    row_id : str
        The field that names a row.
    endless : bool
        Rows come page by page from the server, sorted and filtered there.
    select : bool
        A click selects a row; without it a click opens the row's ``href``.
    nothing : str
        What an empty table says: what will be here and how to make it come. Without it: no row fits.
    **options
        More of ag-grid's options.
    """
    prefix = "table."
    grid: dict[str, Any] = {
        "theme": {"function": _THEME},
        "localeText": {
            key.removeprefix(prefix): words
            for key, words in catalogue(view.language).items()
            if key.startswith(prefix)
        }
        | ({"noRowsToShow": nothing} if nothing else {}),
        "suppressMovableColumns": True,
        "suppressCellFocus": False,
        "tabToNextCell": {"function": "gwTab(params)"},
        "tabToNextHeader": {"function": "gwTab(params)"},
        "enableCellTextSelection": True,
        "animateRows": False,
        "suppressColumnVirtualisation": True,
        **({"rowSelection": {"mode": "singleRow", "checkboxes": False, "enableClickSelection": True}}
           if select else {}),
        **({"cacheBlockSize": 100, "maxBlocksInCache": 10, "infiniteInitialRowCount": 1} if endless else {}),
        **options,
    }  # fmt: skip
    listeners = {
        "cellKeyDown": ["gwKey(params)"],
        "gridSizeChanged": ["gwFit(params)"],
    }
    if not select:
        listeners["rowClicked"] = ["gwOpen(params)"]
    inside = dag.AgGrid(
        id=name,
        columnDefs=list(columns),
        rowModelType="infinite" if endless else "clientSide",
        getRowId=f"'' + params.data.{row_id}",  # numbers name rows too, ag-grid wants words
        defaultColDef={"resizable": True, "sortable": True, "suppressHeaderMenuButton": True},
        dashGridOptions=grid,
        eventListeners=listeners,
        className="gw-table",
        style={"height": None},
        **({} if endless else {"rowData": list(rows or ())}),
    )
    return html.Div(
        inside, className=f"gw-table-box {class_name}".strip(), role="region", **{"aria-label": label}
    )
