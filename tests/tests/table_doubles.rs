//! The suite catches every table that is broken on purpose, and says by which promise.

use std::sync::Arc;

use khaya_ports::table::Table;
use khaya_tests::conformance::table::broken::{BrokenTable, Fault};
use khaya_tests::conformance::table::run_all;

/// The names of the promises that a table with a fault breaks.
async fn broken_promises(fault: Fault) -> Vec<&'static str> {
    let open = async || Arc::new(BrokenTable::new(fault)) as Arc<dyn Table>;
    let answers = run_all(open).await;
    answers.into_iter().filter(|(_, answer)| answer.is_err()).map(|(name, _)| name).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_double_without_fault_keeps_every_promise() {
    assert_eq!(broken_promises(Fault::None).await, Vec::<&str>::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn every_fault_is_caught_by_the_promise_that_is_there_for_it() {
    let mut missed = Vec::new();
    for (fault, promise) in Fault::CAUGHT_BY {
        let caught = broken_promises(fault).await;
        println!("{fault:?} is caught by {caught:?}");
        if !caught.contains(&promise) {
            missed.push((fault, promise, caught));
        }
    }
    assert!(missed.is_empty(), "the suite does not notice: {missed:#?}");
}
