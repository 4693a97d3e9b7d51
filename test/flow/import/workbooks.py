# Writes workbooks as a program does that knows nothing of the gateway: `workbooks.py <folder>`, the rows as JSON on standard input.
import datetime
import json
import sys
from pathlib import Path

from openpyxl import Workbook
from openpyxl.utils.datetime import CALENDAR_MAC_1904

folder = Path(sys.argv[1])
header, *rows = json.load(sys.stdin)
days = [header.index(name) for name in ("birthDate", "passportIssued", "passportExpires")]
numbers = [header.index(name) for name in ("campaign", "sex", "cropMonths")]


def typed(row):
    cells = list(row)
    for place in days:
        cells[place] = datetime.date.fromisoformat(cells[place])
    for place in numbers:
        cells[place] = int(cells[place])
    return cells


def workbook(name, fill, write_only=False):
    book = Workbook(write_only=write_only)
    if name == "mac":
        book.epoch = CALENDAR_MAC_1904
    sheet = book.create_sheet("Liste") if write_only else book.active
    fill(sheet)
    book.save(folder / f"{name}.xlsx")


def whole(sheet):
    sheet.append(header)
    for row in rows:
        sheet.append(typed(row))


def decorated(sheet):
    whole(sheet)
    sheet.freeze_panes = "B2"
    sheet.auto_filter.ref = sheet.dimensions
    sheet.column_dimensions["A"].width = 30
    sheet.parent.create_sheet("Leer")


def spoilt(sheet):
    whole(sheet)
    column = {name: place + 1 for place, name in enumerate(header)}
    sheet.cell(2, column["passport"]).value = 12345
    sheet.cell(3, column["card"]).value = '=CONCATENATE("Q","X")'
    sheet.cell(4, column["passport"]).value = "#N/A"
    sheet.cell(5, column["birthDate"]).value = datetime.datetime(1990, 1, 2, 12, 30)
    sheet.cell(6, column["birthDate"]).number_format = "mmm-yy"
    sheet.cell(7, column["crop"]).value = True


def hidden_row(sheet):
    whole(sheet)
    sheet.row_dimensions[3].hidden = True


def hidden_column(sheet):
    whole(sheet)
    sheet.column_dimensions["C"].hidden = True


def hidden_sheet(sheet):
    whole(sheet)
    other = sheet.parent.create_sheet("Alt")
    other.append(["x"])
    other.sheet_state = "hidden"


def merged(sheet):
    whole(sheet)
    sheet.merge_cells("B2:B4")


workbook("whole", whole)
workbook("streamed", whole, write_only=True)
workbook("mac", whole)
workbook("decorated", decorated)
workbook("spoilt", spoilt)
for fill in (hidden_row, hidden_column, hidden_sheet, merged):
    workbook(fill.__name__, fill)
