"""Annotated reports for people and for other systems."""

from oncotext.export.html import report_html, reports_page
from oncotext.export.terminal import records_table, report_panel

__all__ = ["records_table", "report_html", "report_panel", "reports_page"]
