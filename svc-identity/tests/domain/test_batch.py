"""A batch's lines: none is lost, each fault has its name, and both ways of writing give the same rows."""

import json

import pytest

from identity.domain.batch import BatchUnreadable, Format, read_rows

ONE, OTHER, RESIDENT = "1000000008", "1012345672", "2000000006"


def test_csv_and_json_lines_give_the_same_rows():
    lines = [(ONE, "0501234567", "ar"), (RESIDENT, "+966551234567", "en")]
    csv = "number,mobile,language\n" + "\n".join(",".join(line) for line in lines)
    # A heading is a line of the file, so the same people stand one line lower.
    written = "\n".join(json.dumps(dict(zip(("number", "mobile", "language"), line, strict=True))) for line in lines)
    from_csv, from_json = read_rows(csv.encode(), Format.CSV), read_rows(written.encode(), Format.JSON_LINES)
    assert [(r.number, r.mobile, r.language, r.faults) for r in from_csv] == [
        (ONE, "+966501234567", "ar", ()),
        (RESIDENT, "+966551234567", "en", ()),
    ]
    assert [r.line for r in from_csv] == [2, 3]
    assert [(r.number, r.mobile, r.language, r.faults) for r in from_json] == [
        (r.number, r.mobile, r.language, r.faults) for r in from_csv
    ]


def test_every_fault_has_its_name_and_takes_no_other_line_with_it():
    csv = f"""{ONE},0501234567
1000000009,0501234568
{OTHER},0112345678,fr
{ONE},0501234569
{RESIDENT},0501234567

{OTHER},٠٥٥١٢٣٤٥٦٧,EN
a,b,c,d
"""
    rows = read_rows(csv.encode(), Format.CSV)
    assert [(row.line, row.faults) for row in rows] == [
        (1, ()),
        (2, ("person-number-not-valid",)),
        (3, ("mobile-not-valid", "language-not-valid")),
        (4, ("number-twice",)),
        (5, ("mobile-twice",)),
        (7, ()),
        (8, ("row-not-valid",)),
    ]
    assert (rows[5].mobile, rows[5].language) == ("+966551234567", "en")


@pytest.mark.parametrize("line", ["[]", "{", '"text"', '{"number": "1000000008", "status": "active"}', "[" * 20_000])
def test_a_line_that_is_no_row_is_named_and_the_next_one_stands(line):
    good = json.dumps({"number": ONE, "mobile": "0501234567"})
    rows = read_rows(f"{line}\n{good}".encode(), Format.JSON_LINES)
    assert [row.faults for row in rows] == [("row-not-valid",), ()]


def test_what_is_no_text_is_refused_whole():
    with pytest.raises(BatchUnreadable, match="batch-not-text"):
        read_rows(b"\xff\xfe\x00", Format.JSON_LINES)


def test_a_quote_that_never_ends_takes_the_rest_as_one_faulty_line():
    rows = read_rows(f'{ONE},0501234567\n"{OTHER},0551234567\n'.encode(), Format.CSV)
    assert [bool(row.faults) for row in rows] == [False, True]
