use std::collections::BTreeSet;

use khaya_ports::payment::Announced;
use serde_json::{Value, json};

use super::*;

const KEY: &str = "sk_test_0123456789abcdef0123456789abcdef01234567";

/// Bodies and their signatures under [`KEY`], made with `openssl dgst -sha512 -hmac`. The second and the third change when
/// they are parsed and written anew.
const SIGNED: [(&str, &str); 4] = [
    (
        r#"{"event":"charge.success","data":{"id":7001,"reference":"kh-job-0199c0de-1","amount":95000}}"#,
        "89028d783124a0814d4fcf6bfcf4ecc91d12375a6f877fb71130013242114c03\
         f46822540529b7827fd8e260b54efaf5dd45b712985462f1182677cfdd685ae0",
    ),
    (
        r#"{"event":"charge.success","data":{"reference":"kh-job-0199c0de-2","customer":{"first_name":"Zo\u00eb","url":"https:\/\/khaya.example\/a"}}}"#,
        "e4cbe3ddcf8ef0c23d928f96d1ad39c65e0b9d1e200e0773eacce954715667ab\
         aaf09f10ba77503c0d7049412b6a5416f7fe499868e6773ff84d7ab12c90bbc1",
    ),
    (
        "{ \"event\" : \"transfer.success\" , \"data\" : { \"reference\" : \"kh-pay-0199c0de-1\" } }\n",
        "ec0cc48fcbaeb05703c67a2fbeeb65feb458813d641ca099c2e0ff5a1908c498\
         27c39547683356c58c7171419947981fad96d8cbe6c565cd41a1c8a06030b734",
    ),
    (
        "not json",
        "c7fac25d2de047f1daeed56f53aa4676e8b1ee8e467b0f96ec19c49d49e7a63a\
         8367b672a3e28b3e003f161179db943abcdc19b2346c0b4c57e3e34bba0b64b3",
    ),
];

fn reader() -> PaystackWebhooks {
    PaystackWebhooks::new(KEY.to_owned().into())
}

/// What is read from a body, signed by the same key.
fn read(body: &str) -> Announcement {
    let mut mac = Hmac::<Sha512>::new_from_slice(KEY.as_bytes()).unwrap();
    mac.update(body.as_bytes());
    let signature = hex::encode(mac.finalize().into_bytes());
    reader().read(Some(&signature), body.as_bytes()).unwrap()
}

fn announced(event: &str, data: &Value) -> Announcement {
    read(&json!({ "event": event, "data": data }).to_string())
}

#[test]
fn a_signature_that_another_tool_made_is_right() {
    for (body, signature) in SIGNED {
        assert!(reader().read(Some(signature), body.as_bytes()).is_ok(), "{body}");
    }
}

#[test]
fn a_body_that_was_written_anew_is_refused() {
    for (body, signature) in [SIGNED[1], SIGNED[2]] {
        let anew = serde_json::from_str::<Value>(body).unwrap().to_string();
        assert_eq!(reader().read(Some(signature), anew.as_bytes()), Err(WrongSignature), "{anew}");
    }
}

#[test]
fn a_signature_that_is_missing_or_wrong_or_in_capitals_is_refused() {
    let (body, right) = SIGNED[0];
    let other_body = SIGNED[1].1;
    for wrong in ["", "00", "zz", &right[..126], &right.to_uppercase(), &format!(" {right}"), other_body] {
        assert_eq!(reader().read(Some(wrong), body.as_bytes()), Err(WrongSignature), "{wrong}");
    }
    assert_eq!(reader().read(None, body.as_bytes()), Err(WrongSignature));
    for changed in 0..right.len() {
        let mut changed_text = right.to_owned();
        let digit = if &right[changed..=changed] == "0" { "1" } else { "0" };
        changed_text.replace_range(changed..=changed, digit);
        assert_eq!(reader().read(Some(&changed_text), body.as_bytes()), Err(WrongSignature), "{changed}");
    }
}

#[test]
fn without_a_key_everything_is_refused() {
    let mut mac = Hmac::<Sha512>::new_from_slice(b"").unwrap();
    mac.update(b"{}");
    let signature = hex::encode(mac.finalize().into_bytes());
    let reader = PaystackWebhooks::new(String::new().into());
    assert_eq!(reader.read(Some(&signature), b"{}"), Err(WrongSignature));
}

const OURS: &str = "kh-job-0199c0de-1";

/// Every event that Paystack documents, with what it is about. `None` is something else.
fn table() -> Vec<(&'static str, Value, Option<Announced>)> {
    let reference = || OURS.parse().unwrap();
    let charge = || Some(Announced::Charge { reference: reference() });
    let transfer = || Some(Announced::Transfer { reference: reference() });
    let refund = || Some(Announced::Refund { of: reference() });
    let chargeback = || Some(Announced::Chargeback { reference: reference() });
    let subscription = || Some(Announced::Subscription { code: "SUB_1a2b3c".to_owned() });
    let moved =
        |status: &str| json!({ "id": 71, "reference": OURS, "transfer_code": "TRF_1", "status": status });
    let back = |status: &str, amount: Value| json!({ "transaction_reference": OURS, "refund_reference": null, "status": status, "amount": amount });
    let dispute = |status: &str| json!({ "id": 81, "status": status, "transaction": { "reference": OURS } });
    let renewed = |status: &str| json!({ "subscription_code": "SUB_1a2b3c", "status": status, "plan": {} });
    let invoice = |paid: bool, transaction: Value| {
        json!({
            "invoice_code": "INV_1", "status": if paid { "success" } else { "pending" }, "paid": paid,
            "subscription": { "subscription_code": "SUB_1a2b3c" }, "transaction": transaction,
        })
    };
    let paid_by = json!({ "reference": OURS, "status": "success", "amount": 14900 });
    vec![
        ("charge.success", json!({ "id": 61, "reference": OURS, "amount": 100, "metadata": 0 }), charge()),
        ("charge.success", json!({ "id": 62, "reference": "T_6123", "amount": 100 }), None),
        ("transfer.success", moved("success"), transfer()),
        ("transfer.failed", moved("failed"), transfer()),
        ("transfer.reversed", moved("reversed"), transfer()),
        ("transfer.success", json!({ "id": 72, "reference": "acv_9ee55786-2323" }), None),
        ("refund.pending", back("pending", json!("5000")), refund()),
        ("refund.processing", back("processing", json!("5000")), refund()),
        ("refund.processed", back("processed", json!(5000)), refund()),
        ("refund.failed", back("failed", json!(5000)), refund()),
        (
            "refund.needs-attention",
            json!({ "id": "91", "transaction_reference": OURS, "status": "needs-attention" }),
            refund(),
        ),
        ("subscription.create", renewed("active"), subscription()),
        ("subscription.not_renew", renewed("non-renewing"), subscription()),
        ("subscription.disable", renewed("complete"), subscription()),
        ("subscription.create", json!({ "subscription_code": "../balance", "status": "active" }), None),
        (
            "subscription.expiring_cards",
            json!([{ "expiry_date": "12/2027", "subscription": { "subscription_code": "SUB_1a2b3c" } }]),
            None,
        ),
        ("invoice.create", invoice(true, paid_by.clone()), subscription()),
        ("invoice.update", invoice(true, paid_by.clone()), charge()),
        ("invoice.update", invoice(true, json!({ "reference": "rdt_1" })), subscription()),
        ("invoice.update", invoice(false, paid_by), subscription()),
        ("invoice.payment_failed", invoice(false, json!({})), subscription()),
        ("invoice.payment_failed", json!({ "invoice_code": "INV_2", "status": "pending" }), None),
        ("charge.dispute.create", dispute("awaiting-merchant-feedback"), chargeback()),
        ("charge.dispute.remind", dispute("awaiting-merchant-feedback"), chargeback()),
        ("charge.dispute.resolve", dispute("resolved"), chargeback()),
        ("customeridentification.success", json!({ "customer_code": "CUS_1" }), None),
        ("dedicatedaccount.assign.success", json!({ "customer": {} }), None),
        ("paymentrequest.success", json!({ "id": 3136406, "request_code": "PRQ_1" }), None),
    ]
}

#[test]
fn every_event_is_about_what_the_table_says() {
    for (event, data, expected) in table() {
        let expected = expected.unwrap_or_else(|| Announced::Other { name: event.to_owned() });
        assert_eq!(announced(event, &data).about, expected, "{event} {data}");
    }
}

#[test]
fn the_same_announcement_has_the_same_key_and_others_have_others() {
    let keys: Vec<String> = table().iter().map(|(event, data, _)| announced(event, data).key).collect();
    let again: Vec<String> = table().iter().map(|(event, data, _)| announced(event, data).key).collect();
    assert_eq!(keys, again);
    // The table has one invoice three times, in the same state each time or paid twice: only its charge differs.
    let distinct: BTreeSet<_> = keys.iter().collect();
    assert_eq!(distinct.len(), keys.len() - 1, "{keys:#?}");
    assert!(keys.iter().all(|key| key.len() <= 200));
}

#[test]
fn a_key_is_made_of_what_tells_events_apart() {
    let refund = |reference: Value| json!({ "transaction_reference": OURS, "refund_reference": reference, "status": "processed", "amount": "50" });
    for (event, data, key) in [
        ("charge.success", json!({ "id": u64::MAX }), "charge.success:18446744073709551615"),
        ("transfer.failed", json!({ "transfer_code": "TRF_1" }), "transfer.failed:TRF_1"),
        (
            "invoice.update",
            json!({ "invoice_code": "INV_1", "status": "success" }),
            "invoice.update:INV_1:success",
        ),
        (
            "subscription.disable",
            json!({ "subscription_code": "SUB_1", "status": "complete" }),
            "subscription.disable:SUB_1:complete",
        ),
        ("refund.processed", refund(json!(null)), "refund.processed:kh-job-0199c0de-1:processed:50"),
        ("refund.processed", refund(json!("1320")), "refund.processed:kh-job-0199c0de-1:processed:50:1320"),
    ] {
        assert_eq!(announced(event, &data).key, key);
    }
}

#[test]
fn what_has_no_name_or_too_long_a_name_is_known_by_its_bytes() {
    let not_json = read("not json");
    assert_eq!(not_json.key, "7ccfa1fbf3940e6f0c0375d87c0f9235a50514e14cb427bdfaf5077987b26ccf");
    assert_eq!(not_json.about, Announced::Other { name: "unreadable".to_owned() });
    let long = announced("transfer.failed", &json!({ "transfer_code": "T".repeat(300) }));
    assert_eq!(long.key.len(), 64);
    let cards = announced("subscription.expiring_cards", &json!([{ "expiry_date": "12/2027" }]));
    assert_eq!(cards.key.len(), 64);
}

#[test]
fn signed_bytes_of_any_form_are_read_without_harm() {
    for body in [
        "",
        "[]",
        "null",
        "7",
        "{}",
        r#"{"event":7}"#,
        r#"{"event":"charge.success"}"#,
        "{\"event\":\"\u{1}\"}",
    ] {
        assert!(matches!(read(body).about, Announced::Other { .. }), "{body}");
    }
    let endless = read(&json!({ "event": "x".repeat(10_000) }).to_string());
    assert_eq!(endless.about, Announced::Other { name: "unreadable".to_owned() });
}
