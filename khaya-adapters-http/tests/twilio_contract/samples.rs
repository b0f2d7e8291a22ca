//! Every sample answer of every operation that the adapter uses, and what the port says of it.

use std::collections::BTreeSet;
use std::fmt::Write;

use serde_json::Value;

use crate::contract::prism::description;
use crate::{FETCH, LIST, SEND, SPEC, outcome, twilio, watched};

/// What the port says of a status and a sample.
type Row = (&'static str, &'static str, &'static str);

const SEND_ROWS: &[Row] = &[
    ("201", "sms_queued", "Queued as 34"),
    ("201", "whatsapp_queued", "Queued as 34"),
    ("201", "createWoService", "Queued as 34"),
    ("201", "createWithMessagingService", "Queued as 34"),
    ("201", "createScheduledMessageWhatsapp", "Queued as 34"),
    ("400", "e21211", "number"),
    ("400", "e21408", "sender"),
    ("400", "e21610", "unsubscribed"),
    ("400", "e21614", "number"),
    ("400", "e21635", "number"),
    ("400", "e21655", "sender"),
    ("400", "e21656", "sender"),
    ("400", "e63007", "sender"),
    ("404", "e20404", "account"),
];

const FETCH_ROWS: &[Row] = &[
    // Its code is there although it was sent: the status decides.
    ("200", "fetch", "Sent"),
    ("200", "whatsapp_delivered", "Delivered"),
    ("200", "whatsapp_read", "Read"),
    ("200", "whatsapp_undelivered_63024", "Undelivered: not_on_whatsapp"),
    ("200", "whatsapp_failed_63016", "Failed: sender"),
    ("200", "whatsapp_sent", "Sent"),
    ("404", "e20404", "none"),
];

/// None of the samples went to our number.
const LIST_ROWS: &[Row] = &[
    ("200", "readFullPage1", "none"),
    ("200", "readEmptySentdateLess", "none"),
    ("200", "readEmptySentdateEquals", "none"),
    ("200", "readEmptySentdateGreater", "none"),
    ("200", "readEmptySentdateGreaterFormat1", "none"),
    ("200", "readEmptySentdateGreaterFormat2", "none"),
    ("200", "readEmptySentdateGreaterFormat3", "none"),
    ("404", "e20404", "account"),
];

/// What every operation may answer.
const ALL: &[Row] = &[("401", "e20003", "account"), ("429", "e20429", "busy"), ("500", "e20500", "unknown")];

const OPERATIONS: &[(&str, &[Row])] = &[(SEND, SEND_ROWS), (FETCH, FETCH_ROWS), (LIST, LIST_ROWS)];

/// Every sample of an operation in the description.
fn described(spec: &Value, operation: &str) -> BTreeSet<(String, String)> {
    let (method, path) = operation.split_once(' ').unwrap();
    let answers = spec["paths"][path][method.to_lowercase()]["responses"].as_object().unwrap();
    let mut found = BTreeSet::new();
    for (status, answer) in answers {
        for content in answer["content"].as_object().into_iter().flat_map(|content| content.values()) {
            for name in content["examples"].as_object().into_iter().flat_map(|examples| examples.keys()) {
                found.insert((status.clone(), name.clone()));
            }
        }
    }
    found
}

#[test]
fn the_tables_name_every_sample_of_the_description() {
    let spec: Value = serde_json::from_slice(&std::fs::read(description(SPEC)).unwrap()).unwrap();
    for (operation, rows) in OPERATIONS {
        let mut in_description = described(&spec, operation);
        // This one is the mock server's own: it says that a request was wrong.
        in_description.retain(|(_, sample)| sample != "contract_violation");
        let in_table: BTreeSet<_> =
            rows.iter().chain(ALL).map(|row| (row.0.to_owned(), row.1.to_owned())).collect();
        assert_eq!(in_table, in_description, "{operation}");
    }
}

#[tokio::test]
async fn every_sample_answer_means_what_its_table_says() {
    let mock = watched().await;
    let (mut wrong, mut asserted) = (String::new(), 0);
    for (operation, rows) in OPERATIONS {
        for (status, sample, expected) in rows.iter().chain(ALL) {
            mock.prefer(operation, status, sample);
            let came = outcome(operation, &twilio(&mock.endpoint)).await;
            let seen = mock.take();
            assert!(
                seen.iter().all(
                    |exchange| exchange.operation == *operation && exchange.status.to_string() == *status
                ),
                "{operation} {sample}: {seen:#?}"
            );
            if came != *expected {
                writeln!(wrong, "{operation} {status} {sample}: {came}, not {expected}").unwrap();
            }
            asserted += 1;
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
    println!("{asserted} samples of {} operations", OPERATIONS.len());
}
