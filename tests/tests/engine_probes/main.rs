//! The engines that stand in for DynamoDB, asked what AWS documents: dynoxide must answer as AWS does, and moto as
//! `docs/engines.md` says of it. `KHAYA_TEST_DYNAMODB` and `KHAYA_TEST_IS_MOTO` turn the question to moto; `.ci/moto` sets both.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod probe;

use std::fmt::Write;

use khaya_tests::documents;
use khaya_tests::dynamodb::a_place;

use probe::{Probe, Raw};

#[tokio::test]
async fn the_engine_answers_as_the_documents_say() {
    let is_moto = std::env::var_os("KHAYA_TEST_IS_MOTO").is_some();
    assert_eq!(is_moto, std::env::var_os("KHAYA_TEST_DYNAMODB").is_some(), "both variables, or none");
    let mut wrong = Vec::new();
    for probe in Probe::ALL {
        let place = a_place().await;
        let answer = Raw(&place).answer(*probe).await;
        let wanted = if is_moto { probe.moto() } else { probe.aws() };
        println!("{}: {answer}", probe.subject());
        if answer != wanted {
            wrong.push(format!("{}: {answer}, and not {wanted}", probe.subject()));
        }
    }
    assert_eq!(wrong, Vec::<String>::new());
}

#[test]
fn the_differences_are_listed() {
    let mut table =
        "| what | AWS, and dynoxide | said by AWS in | moto | here |\n|---|---|---|---|---|\n".to_owned();
    for probe in Probe::ALL {
        let moto = if probe.moto() == probe.aws() { "the same" } else { probe.moto() };
        let (subject, aws, source, here) = (probe.subject(), probe.aws(), probe.source(), probe.here());
        writeln!(table, "| {subject} | {aws} | {source} | {moto} | {here} |").unwrap();
    }
    documents::check_part("docs/engines.md", "probes", &table);
}
