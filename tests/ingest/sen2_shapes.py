"""Writes one SEN2 return in each shape that suppliers send: XML, blades, both workbooks. Input: rows by module."""

import csv
from datetime import date
from pathlib import Path
from xml.etree import ElementTree

import openpyxl

Row = dict[str, str]
ModuleRows = dict[str, list[Row]]
CHILDREN = {
    "person": ["requests"],
    "requests": ["assessment", "activeplans"],
    "assessment": ["namedplan"],
    "namedplan": ["plandetail"],
    "activeplans": ["placementdetail", "senneed"],
}
MODULES = ["sen2", "person", "requests", "assessment", "namedplan", "plandetail"]
MODULES += ["activeplans", "placementdetail", "senneed"]
TITLES = {
    "sen2": ("Header Record", ""),
    "person": ("Person Record", "Person"),
    "requests": ("Requests Records", "Requests"),
    "assessment": ("Assessments Records", "Assessments"),
    "namedplan": ("Named Plan Records", "Named Plan"),
    "plandetail": ("Plan Detail Records", "Plan Detail"),
    "activeplans": ("Active Plan Records", "Active Plan"),
    "placementdetail": ("Placement Detail Records", "Placement Detail"),
    "senneed": ("SEN Need Records", "SEN Need"),
}
# As they stand in the department's template, line breaks and all.
HEADINGS = {
    "year": "Year",
    "referencedate": "Reference Date",
    "collection": "Collection Name",
    "personbirthdate": "Date of Birth \n(ccyy-mm-dd)",
    "postcode": "Post Code",
    "upn": "UPN - Unique Pupil Number",
    "uniquelearnernumber": "ULN - Young Persons Unique Learner Number",
    "upnunknown": "UPN and ULN unavailable – Reason",
    "receiveddate": "Date request was received",
    "requestsource": "Source of request for an EHC needs assessment",
    "rya": "Initial Request Whilst In RYA",
    "requestoutcomedate": "Request Outcome Date",
    "requestoutcome": "Request Outcome",
    "requestmediation": "Request Mediation",
    "requesttribunal": "Request Tribunal",
    "assessmentoutcome": "Assessment Outcome - Decision to issue EHC plan",
    "assessmentoutcomedate": "Assessment Outcome Date",
    "assessmentmediation": "Assessment Mediation",
    "assessmenttribunal": "Assessment Tribunal",
    "week20": "Twenty week time limit exceptions apply",
    "startdate": "EHC Plan Start Date",
    "ceasedate": "Date EHC plan ceased",
    "ceasereason": "Reason EHC plan ceased",
    "urn": "URN - Unique Reference Number",
    "placementrank": "Placement Rank (1=Primary, 2=Secondary)",
    "reviewmeeting": "Annual Review Meeting Date",
    "reviewoutcome": "Annual Review Decision",
    "lastreview": "EHC Plan Review Decisions Date",
    "sentype": "SEN Type of Need",
    "sentyperank": "SEN Type of Need rank  (1=Primary, 2=Secondary)",
}


def modules_of(xml: Path) -> ModuleRows:
    """Rows by module; ids are numbers within the module, and each row has those of all modules above it."""
    found: ModuleRows = {module: [] for module in MODULES}
    root = ElementTree.parse(xml).getroot()
    found["sen2"].append({leaf.tag.lower(): leaf.text or "" for leaf in root.find("Header/CollectionDetails") or ()})

    def walk(element: ElementTree.Element, ids: Row) -> None:
        module = element.tag.lower()
        own = ids | {f"{module}tableid": str(100_000 + len(found[module]) + 1)}
        leaves = {leaf.tag.lower(): leaf.text or "" for leaf in element if not len(leaf)}
        found[module].append(own | leaves)
        for child in element:
            if child.tag.lower() in CHILDREN.get(module, []):
                walk(child, own)

    for person in root.iter("Person"):
        walk(person, {})
    return found


def columns_of(rows: list[Row]) -> list[str]:
    """All columns that any of the rows has, in the order in which they come."""
    return list(dict.fromkeys(column for row in rows for column in row))


def write_blades(folder: Path, modules: ModuleRows, stem: str = "Blade-Export_01-02-2026_") -> Path:
    """The nine CSVs of COLLECT: dates as 2026-Feb-01 00:00:00, ids of the own table and of the parent's."""
    parents = {child: parent for parent, children in CHILDREN.items() for child in children}
    folder.mkdir(parents=True)
    for module, rows in modules.items():
        parent = f"{parents[module]}tableid" if module in parents else "sen2tableid"
        ids = [f"{module}tableid", "NativeId", f"{module}orderseqcolumn", "sourceid", parent]
        own = [column for column in columns_of(rows) if not column.endswith("tableid")]
        with (folder / f"{stem}{module}.csv").open("w", newline="", encoding="utf-8") as handle:
            writer = csv.writer(handle)
            writer.writerow(list(dict.fromkeys([*ids, *own])))
            for number, row in enumerate(rows, start=1):
                first = [row.get(f"{module}tableid", "1"), "839", number, f"s{number}"]
                parent_id = [row.get(parent, "1")] if parent != ids[0] else []
                writer.writerow([*first, *parent_id, *(blade_text(row.get(column, "")) for column in own)])
    return folder


def blade_text(text: str) -> str:
    """A day as COLLECT writes it."""
    if len(text) == 10 and text[4] == text[7] == "-":
        return date.fromisoformat(text).strftime("%Y-%b-%d 00:00:00")
    return text


def write_stacked_workbook(path: Path, modules: ModuleRows) -> Path:
    """The department's template: all tables on one sheet, each under its title."""
    book = openpyxl.Workbook()
    book.worksheets[0].title = "Guidance"
    book.worksheets[0].append(["How to fill in this template"])
    sheet = book.create_sheet("Data Entry Template")
    sheet.append(["SEN2 person level return"])
    for module, rows in modules.items():
        sheet.append([])
        sheet.append([TITLES[module][0]])
        fields = [column for column in columns_of(rows) if not column.endswith("tableid")]
        own = (
            []
            if module in ("sen2",)
            else ["persontableid"]
            if module == "person"
            else ["persontableid", "requeststableid"]
        )
        ids = {
            "persontableid": "Person ID\n\n(This must match the relevant ID in the Person record table)",
            "requeststableid": "Requests record ID\n\n(This must match the relevant ID in the Requests table)",
        }
        headings = ["Record Type", *(ids[column] for column in own), "LA\n(From Header Record)"]
        sheet.append([*headings, *(HEADINGS.get(column, column) for column in fields)])
        for row in rows:
            cells = [
                module,
                *(float(row[column]) for column in own),
                839,
                *(excel_cell(row.get(c, "")) for c in fields),
            ]
            sheet.append(cells)
    book.save(path)
    return path


def write_sheets_workbook(path: Path, modules: ModuleRows) -> Path:
    """The workbook before submission: a sheet for each module, columns as in the blades but for one typing mistake."""
    book = openpyxl.Workbook()
    book.remove(book.worksheets[0])
    for module, rows in modules.items():
        if not TITLES[module][1]:
            continue
        sheet = book.create_sheet(TITLES[module][1])
        fields = [column for column in columns_of(rows) if not column.endswith("tableid")]
        own = ["persontableid"] if module == "person" else ["persontableid", "requeststableid"]
        sheet.append([*own, *("rquestsource" if column == "requestsource" else column for column in fields)])
        for row in rows:
            sheet.append([*(int(row[column]) for column in own), *(serial_cell(row.get(c, "")) for c in fields)])
    book.save(path)
    return path


def excel_cell(text: str) -> object:
    """Numbers as numbers, as the template keeps them; days as text ccyy-mm-dd."""
    return float(text) if text.isdigit() else text or None


def serial_cell(text: str) -> object:
    """Days as Excel's numbers without a date format."""
    if len(text) == 10 and text[4] == text[7] == "-":
        return (date.fromisoformat(text) - date(1899, 12, 30)).days
    return excel_cell(text)
