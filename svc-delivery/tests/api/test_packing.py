"""The packing desk: nothing packed that does not match, manifests with a verdict a line, and no personal data."""

import asyncio

import pytest
import sqlalchemy as sa

from chassis.audit.rows import ActRow
from contracts.values import make_s10
from delivery.models import HandOver

CLERK, OTHER_CLERK, OPERATOR = "S1001", "S1002", "S2001"


async def test_the_packing_list_shows_no_personal_data(house):
    shipment = await house.labelled()
    answer = await house.api.get("/v1/shipments/packing-list", headers=house.as_staff())
    [line] = answer.json()["items"]
    assert line["envelope"] == shipment.envelope
    for secret in (shipment.person, shipment.document_number, "Somebody", "RAAA2919", "+966"):
        assert secret not in answer.text


async def test_only_clerks_see_and_pack(house):
    shipment = await house.labelled()
    body = {"document_number": "A12345678", "envelope": shipment.envelope}
    for headers in (house.as_person(), house.as_staff(OPERATOR), house.as_staff("S9999")):
        listed = await house.api.get("/v1/shipments/packing-list", headers=headers)
        packed = await house.post(f"/v1/shipments/{shipment.id}/pack", body, headers=headers)
        given = await house.post("/v1/shipments/hand-overs", {"envelopes": [shipment.envelope]}, headers=headers)
        assert [each.status_code for each in (listed, packed, given)] == [403, 403, 403]
    assert (await house.api.get("/v1/shipments/packing-list")).status_code == 401
    assert (await house.again(shipment)).status == "labelled"


@pytest.mark.parametrize(
    ("document", "same_envelope", "missing"),
    [
        ("A99999999", True, ["document_matches"]),
        ("A12345678", False, ["envelope_matches"]),
        ("A99999999", False, ["document_matches", "envelope_matches"]),
    ],
)
async def test_what_does_not_match_is_not_packed(house, document, same_envelope, missing):
    shipment = await house.labelled()
    envelope = shipment.envelope if same_envelope else make_s10("EA", 77777777)
    body = {"document_number": document, "envelope": envelope}
    answer = await house.post(f"/v1/shipments/{shipment.id}/pack", body, headers=house.as_staff())
    assert (answer.status_code, answer.json()["slug"]) == (409, "requirements-missing")
    assert answer.json()["details"]["missing"] == missing
    for each in answer.json()["details"]["requirements"]:
        assert each["texts"]["ar"]
        assert each["remedy_texts"]["en"]
    assert (await house.again(shipment)).status == "labelled"
    assert await house.said() == []


async def test_arabic_digits_and_spaces_of_a_scanner_are_folded(house):
    shipment = await house.labelled()
    spaced = f"{shipment.envelope[:2]} {shipment.envelope[2:5]} {shipment.envelope[5:]}".lower()
    body = {"document_number": "a١٢٣٤٥٦٧٨", "envelope": spaced}
    answer = await house.post(f"/v1/shipments/{shipment.id}/pack", body, headers=house.as_staff())
    assert (answer.status_code, answer.json()["status"]) == (200, "packed")


async def test_packing_and_handing_over_are_written_down_with_their_clerk(house):
    shipment = await house.handed_over()
    acts = await house.rows(sa.select(ActRow).order_by(ActRow.id))
    assert [(act.action, act.actor, act.person) for act in acts] == [
        ("shipment.pack", CLERK, shipment.person),
        ("shipment.hand_over", CLERK, shipment.person),
    ]
    assert acts[1].rules == {"delivery.shipment.promise": "2016-01-01"}


async def test_a_manifest_gives_a_verdict_for_each_line(house):
    ready = await house.packed("A10000001")
    bare = await house.labelled("A10000002")
    unknown = make_s10("EA", 88888888)
    body = {"envelopes": [ready.envelope, bare.envelope, unknown, ready.envelope]}
    answer = await house.post("/v1/shipments/hand-overs", body, headers=house.as_staff())
    assert answer.status_code == 201
    assert {line["envelope"]: line["verdict"] for line in answer.json()["lines"]} == {
        ready.envelope: "handed_over",
        bare.envelope: "not_packed",
        unknown: "unknown",
    }
    assert answer.json()["handed_over"] == 1
    again = await house.post("/v1/shipments/hand-overs", body, headers=house.as_staff())
    assert again.json()["reference"] is None
    assert again.json()["lines"][0]["verdict"] == "already_handed_over"
    assert await house.scalar(sa.select(sa.func.count()).select_from(HandOver)) == 1


async def test_a_whole_manifest_is_all_or_nothing(house):
    ready = await house.packed("A10000001")
    bare = await house.labelled("A10000002")
    body = {"envelopes": [ready.envelope, bare.envelope], "whole": True}
    answer = await house.post("/v1/shipments/hand-overs", body, headers=house.as_staff())
    assert (answer.status_code, answer.json()["slug"]) == (409, "manifest-not-fit")
    assert answer.json()["details"]["envelopes"] == {bare.envelope: "not_packed"}
    assert (await house.again(ready)).status == "packed"


async def test_an_envelope_leaves_from_the_office_that_packed_it(house):
    ready = await house.packed()
    await house.relate("clerk", OTHER_CLERK, "jeddah-main")
    body = {"envelopes": [ready.envelope]}
    answer = await house.post("/v1/shipments/hand-overs", body, headers=house.as_staff(OTHER_CLERK))
    assert answer.json()["lines"][0]["verdict"] == "packed_elsewhere"


async def test_a_clerk_of_two_offices_says_where_they_are(house):
    shipment = await house.labelled()
    await house.relate("clerk", CLERK, "jeddah-main")
    body = {"document_number": "A12345678", "envelope": shipment.envelope}
    path = f"/v1/shipments/{shipment.id}/pack"
    open_question = await house.post(path, body, headers=house.as_staff())
    assert (open_question.status_code, open_question.json()["slug"]) == (422, "office-needed")
    foreign = await house.post(path, body | {"office": "dammam-main"}, headers=house.as_staff())
    assert (foreign.status_code, foreign.json()["slug"]) == (403, "not-your-office")
    named = await house.post(path, body | {"office": "jeddah-main"}, headers=house.as_staff())
    assert named.json()["office"] == "jeddah-main"


async def test_packing_needs_a_key_and_happens_once(house):
    shipment = await house.labelled()
    path, headers = f"/v1/shipments/{shipment.id}/pack", house.as_staff()
    body = {"document_number": "A12345678", "envelope": shipment.envelope}
    assert (await house.api.post(path, json=body, headers=headers)).json()["slug"] == "idempotency-key-missing"
    first = await house.post(path, body, headers=headers, key="k1")
    again = await house.post(path, body, headers=headers, key="k1")
    assert (again.json(), again.headers["idempotency-replayed"]) == (first.json(), "true")
    other = await house.post(path, body | {"office": "riyadh-main"}, headers=headers, key="k1")
    assert (other.status_code, other.json()["slug"]) == (422, "idempotency-key-reused")
    assert await house.said() == ["delivery.shipment.packed.v1"]


async def test_two_clerks_at_once_pack_and_hand_over_once(house):
    shipment = await house.labelled()
    await house.relate("clerk", OTHER_CLERK, "riyadh-main")
    body = {"document_number": "A12345678", "envelope": shipment.envelope}
    path = f"/v1/shipments/{shipment.id}/pack"
    answers = await asyncio.gather(
        *(house.post(path, body, headers=house.as_staff(clerk)) for clerk in (CLERK, OTHER_CLERK) * 3)
    )
    assert sorted(answer.status_code for answer in answers) == [200, 409, 409, 409, 409, 409]
    manifest = {"envelopes": [shipment.envelope]}
    given = await asyncio.gather(
        *(house.post("/v1/shipments/hand-overs", manifest, headers=house.as_staff(c)) for c in (CLERK, OTHER_CLERK) * 3)
    )
    assert sum(answer.json()["handed_over"] for answer in given) == 1
    assert await house.said() == ["delivery.shipment.packed.v1", "delivery.shipment.handed_over.v1"]


async def test_unknown_fields_and_malformed_labels_are_refused(house):
    shipment = await house.labelled()
    path = f"/v1/shipments/{shipment.id}/pack"
    extra = {"document_number": "A12345678", "envelope": shipment.envelope, "status": "delivered"}
    assert (await house.post(path, extra, headers=house.as_staff())).status_code == 422
    bad = {"document_number": "A12345678", "envelope": "EA123456780SA"}
    answer = await house.post(path, bad, headers=house.as_staff())
    assert (answer.status_code, answer.json()["slug"]) == (422, "invalid")
    assert "tracking-number-not-valid" in answer.text


async def test_an_operator_cancels_before_it_leaves_and_the_post_forgets_the_order(house):
    shipment = await house.packed()
    body = {"reason": "printed twice by mistake"}
    path = f"/v1/shipments/{shipment.id}/cancel"
    assert (await house.post(path, body, headers=house.as_staff(CLERK))).status_code == 403
    answer = await house.post(path, body, headers=house.as_staff(OPERATOR))
    assert (answer.status_code, answer.json()["status"]) == (200, "cancelled")
    await house.settled("post.cancel")
    order = await house.service.post.find_order(f"{shipment.id}:order:1")
    assert order.order.cancelled
    late = await house.post("/v1/shipments/hand-overs", {"envelopes": [shipment.envelope]}, headers=house.as_staff())
    assert late.json()["lines"][0]["verdict"] == "not_packed"
    [act] = await house.rows(sa.select(ActRow).where(ActRow.action == "shipment.cancel"))
    assert act.reason == "printed twice by mistake"


async def test_what_has_left_is_not_cancelled(house):
    shipment = await house.handed_over()
    answer = await house.post(
        f"/v1/shipments/{shipment.id}/cancel", {"reason": "too late now"}, headers=house.as_staff(OPERATOR)
    )
    assert (answer.status_code, answer.json()["slug"]) == (409, "move-not-open")
