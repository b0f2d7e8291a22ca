//! Every sample answer of every operation that the adapter uses, and what the port says of it.

use std::collections::BTreeSet;
use std::fmt::Write;

use crate::SPEC;
use crate::calls::outcome;
use crate::contract::prism::description;
use crate::description::samples;
use crate::{paystack, watched};

/// What the port says of a status and a sample.
type Row = (&'static str, &'static str, &'static str);

const CHECKOUT: &[Row] = &[
    ("200", "created", "page"),
    ("400", "duplicate_reference", "reference used"),
    ("400", "missing_params", "refused"),
    ("400", "currency_not_supported", "misconfigured"),
    ("404", "not_found", "refused"),
];

const VERIFY: &[Row] = &[
    ("200", "success", "Paid 42000 ZAR less 1578"),
    ("200", "underpaid", "Paid 100 ZAR less 1578"),
    ("200", "wrong_currency", "Paid 42000 NGN less 1578"),
    ("200", "failed", "Declined 42000 ZAR less 0"),
    ("200", "abandoned", "Pending 42000 ZAR less 0"),
    ("200", "ongoing", "Pending 42000 ZAR less 0"),
    ("200", "pending", "Pending 42000 ZAR less 0"),
    ("200", "processing", "Pending 42000 ZAR less 0"),
    ("200", "queued", "Pending 42000 ZAR less 0"),
    ("200", "reversed", "Reversed 42000 ZAR less 1578"),
    ("400", "transaction_not_found", "none"),
    ("400", "invalid_key", "misconfigured"),
    ("404", "transaction_not_found", "none"),
];

const REFUND: &[Row] = &[
    ("200", "pending", "Pending 10000 3018284"),
    ("200", "processing", "Pending 10000 3018284"),
    ("200", "processed", "Arrived 10000 3018284"),
    ("400", "transaction_reversed", "refused"),
    ("400", "insufficient_balance", "low balance"),
    ("400", "missing_params", "refused"),
    ("404", "not_found", "refused"),
];

/// The list is made up, and holds nothing with our note.
const FIND_REFUND: &[Row] =
    &[("200", "", "none"), ("400", "missing_params", "refused"), ("404", "not_found", "refused")];

const BANKS: &[Row] = &[
    ("200", "south_africa", "Absa Bank Limited, South Africa"),
    ("400", "missing_params", "refused"),
    ("404", "not_found", "refused"),
];

const VALIDATE: &[Row] = &[
    ("200", "verified", "RCP_m7ljkv8leesep7p"),
    ("400", "rejected", "refused"),
    ("404", "not_found", "refused"),
];

const RECIPIENT: &[Row] = &[
    ("201", "created", "RCP_m7ljkv8leesep7p"),
    ("400", "missing_params", "refused"),
    ("400", "invalid_bank_code", "refused"),
    ("404", "not_found", "refused"),
];

const TRANSFER: &[Row] = &[
    ("200", "pending", "Pending 37800"),
    ("200", "success", "Arrived 37800"),
    ("200", "otp", "Pending 20000"),
    ("200", "received", "Pending 37800"),
    ("400", "duplicate_transfer_reference", "reference used"),
    ("400", "insufficient_balance", "low balance"),
    ("400", "invalid_transfer_recipient", "refused"),
    ("404", "not_found", "refused"),
];

const FIND_TRANSFER: &[Row] = &[
    ("200", "success", "Arrived 37800 less 1000"),
    ("200", "pending", "Pending 37800 less 1000"),
    ("200", "otp", "Pending 37800 less 1000"),
    ("200", "received", "Pending 37800 less 1000"),
    ("200", "failed", "Failed 37800 less 1000"),
    ("200", "reversed", "Returned 37800 less 1000"),
    ("200", "abandoned", "NotSent 37800 less 1000"),
    ("200", "blocked", "NotSent 37800 less 1000"),
    ("200", "rejected", "NotSent 37800 less 1000"),
    ("400", "missing_params", "refused"),
    ("404", "transfer_not_found", "none"),
];

const BALANCE: &[Row] =
    &[("200", "zar", "2910971757"), ("400", "missing_params", "refused"), ("404", "not_found", "refused")];

/// The list is made up, and holds no plan that fits: one is made.
const FIND_PLAN: &[Row] = &[
    ("200", "", "PLN_u4cqud8vabi89hx"),
    ("400", "missing_params", "refused"),
    ("404", "not_found", "refused"),
];

const PLAN: &[Row] = &[
    ("200", "created", "PLN_u4cqud8vabi89hx"),
    ("400", "missing_params", "refused"),
    ("404", "not_found", "refused"),
];

const SUBSCRIPTION: &[Row] = &[
    ("200", "active", "Active PLN_gx2wn530m0i3w3m CUS_xnxdt6s1zg1f4nx"),
    ("200", "attention", "Attention PLN_gx2wn530m0i3w3m CUS_xnxdt6s1zg1f4nx"),
    ("200", "non-renewing", "Ended PLN_gx2wn530m0i3w3m CUS_xnxdt6s1zg1f4nx"),
    ("200", "completed", "Ended PLN_gx2wn530m0i3w3m CUS_xnxdt6s1zg1f4nx"),
    ("200", "cancelled", "Ended PLN_gx2wn530m0i3w3m CUS_xnxdt6s1zg1f4nx"),
    ("400", "missing_params", "refused"),
    ("404", "not_found", "none"),
];

const DISABLE: &[Row] =
    &[("200", "disabled", "ended"), ("400", "missing_params", "refused"), ("404", "not_found", "refused")];

const LINK: &[Row] =
    &[("200", "link", "page"), ("400", "missing_params", "refused"), ("404", "not_found", "refused")];

/// What every operation may answer.
const ALL: &[Row] = &[
    ("401", "invalid_key", "misconfigured"),
    ("429", "rate_limited", "busy"),
    ("500", "server_error", "unavailable"),
];

pub(crate) const OPERATIONS: &[(&str, &[Row])] = &[
    ("POST /transaction/initialize", CHECKOUT),
    ("GET /transaction/verify/{reference}", VERIFY),
    ("POST /refund", REFUND),
    ("GET /refund", FIND_REFUND),
    ("GET /bank", BANKS),
    ("POST /bank/validate", VALIDATE),
    ("POST /transferrecipient", RECIPIENT),
    ("POST /transfer", TRANSFER),
    ("GET /transfer/verify/{reference}", FIND_TRANSFER),
    ("GET /balance", BALANCE),
    ("GET /plan", FIND_PLAN),
    ("POST /plan", PLAN),
    ("GET /subscription/{code}", SUBSCRIPTION),
    ("POST /subscription/disable", DISABLE),
    ("GET /subscription/{code}/manage/link", LINK),
];

#[test]
fn the_tables_name_every_sample_of_the_description() {
    let used = |operation: &str| OPERATIONS.iter().any(|(used, _)| *used == operation);
    let in_description: BTreeSet<_> = samples(&std::fs::read_to_string(description(SPEC)).unwrap())
        .into_iter()
        // This one is the mock server's own: it says that a request was wrong.
        .filter(|(operation, _, sample)| used(operation) && sample != "contract_violation")
        .collect();
    let in_tables: BTreeSet<_> = OPERATIONS
        .iter()
        .flat_map(|(operation, rows)| rows.iter().chain(ALL).map(move |row| (*operation, row.0, row.1)))
        .map(|(operation, status, sample)| (operation.to_owned(), status.to_owned(), sample.to_owned()))
        .collect();
    let missing: Vec<_> = in_description.difference(&in_tables).collect();
    let unknown: Vec<_> = in_tables.difference(&in_description).collect();
    assert!(missing.is_empty() && unknown.is_empty(), "missing: {missing:#?}\nunknown: {unknown:#?}");
}

#[tokio::test]
async fn every_sample_answer_means_what_its_table_says() {
    let mock = watched().await;
    let (mut wrong, mut asserted) = (String::new(), 0);
    for (operation, rows) in OPERATIONS {
        for (status, sample, expected) in rows.iter().chain(ALL) {
            mock.prefer(operation, status, sample);
            let came = outcome(operation, &paystack(&mock.endpoint)).await;
            let seen = mock.take();
            let answered = seen.iter().find(|exchange| exchange.operation == *operation);
            assert_eq!(
                answered.map(|exchange| exchange.status.to_string()).as_deref(),
                Some(*status),
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
