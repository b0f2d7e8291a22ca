//! The promises of [`Table`], each a function that takes a fresh, empty table.
//!
//! Wire an engine in one line: `khaya_tests::table_conformance!(memory, Engine::Memory.open().await);` makes a module
//! with one test for each promise. The expression is evaluated once in each test, inside an async function, and yields
//! an [`Opened`](crate::engines::Opened) (or anything with a field `table: Arc<dyn Table>`), which lives as long as the
//! test. Index reads may lag: the suite waits for them, within bounds ([`make::eventually`]).

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use khaya_ports::table::Table;

use super::{Broken, Promise};

pub mod broken;
pub mod index_pages;
pub mod indexes;
pub mod life;
pub mod limits;
pub mod make;
pub mod pages;
pub mod queries;
pub mod races;
pub mod reads;
pub mod values;
pub mod writes;

/// The list of promises, once. `$then` is a macro of this crate that takes `{ given } room: promise, …; …`.
#[doc(hidden)]
#[macro_export]
macro_rules! __with_table_promises {
    ($then:ident, $($given:tt)*) => {
        $crate::$then! { { $($given)* }
            writes: a_created_document_is_read_as_written;
            writes: a_create_where_a_document_stands_conflicts;
            writes: a_replace_counts_the_version_up;
            writes: a_replace_at_a_stale_version_conflicts;
            writes: a_replace_of_nothing_conflicts;
            writes: a_delete_removes;
            writes: a_delete_at_another_version_conflicts;
            writes: a_document_created_again_starts_at_the_first_version;
            writes: a_discard_removes_and_may_be_repeated;
            writes: a_check_of_absence_fails_when_there_is_a_document;
            writes: a_check_of_a_version_fails_at_any_other;
            writes: a_check_changes_nothing;
            writes: a_transaction_with_one_failing_condition_applies_nothing;
            writes: a_conflict_names_only_positions_that_failed;
            values: json_survives_exactly;
            values: keys_survive_exactly;
            values: partition_and_sort_key_do_not_run_together;
            values: whole_seconds_of_an_expiry_are_kept;
            reads: what_is_not_there_is_none;
            reads: a_strong_read_sees_every_write_before_it;
            reads: get_many_answers_in_the_order_of_its_keys;
            reads: get_many_of_no_keys_is_nothing;
            reads: get_many_reads_what_was_written_last;
            reads: an_expired_document_is_read_like_any_other;
            limits: get_many_takes_a_hundred_keys_and_refuses_more;
            limits: get_many_refuses_a_repeated_key;
            limits: a_query_refuses_a_limit_out_of_range;
            limits: a_transaction_of_a_hundred_writes_is_applied_wholly;
            limits: the_largest_document_and_the_longest_keys_fit;
            limits: the_largest_transaction_fits;
            limits: get_many_reads_more_than_sixteen_megabytes;
            limits: a_query_reads_more_than_one_megabyte;
            limits: an_index_query_reads_more_than_one_megabyte;
            queries: a_query_shows_one_partition_only;
            queries: sort_keys_are_ordered_by_their_bytes;
            queries: a_descending_query_mirrors_an_ascending_one;
            queries: a_range_includes_both_its_ends;
            queries: a_prefix_is_the_beginning_and_nothing_else;
            queries: a_prefix_may_end_at_the_last_characters_of_unicode;
            queries: a_strong_query_sees_every_write_before_it;
            pages: a_query_stops_at_its_limit;
            pages: fewer_than_the_limit_means_the_end;
            pages: pages_in_both_directions_join_without_gap_or_repeat;
            pages: pages_of_a_range_stay_inside_it;
            pages: a_page_goes_on_after_a_document_that_is_gone;
            pages: what_is_written_behind_the_position_is_not_shown;
            indexes: an_index_holds_only_documents_that_carry_its_key;
            indexes: the_indexes_do_not_mix;
            indexes: an_entry_moves_when_its_key_changes;
            indexes: an_entry_leaves_when_its_key_is_removed;
            indexes: an_entry_leaves_with_its_document;
            indexes: an_entry_shows_the_summary_of_the_last_write;
            indexes: a_conflict_leaves_the_indexes_alone;
            index_pages: an_index_is_ordered_by_sort_key_then_document_key;
            index_pages: an_index_takes_ranges_in_both_directions;
            index_pages: equal_sort_keys_are_paged_without_loss;
            index_pages: pages_of_an_index_range_stay_inside_it;
            index_pages: an_index_page_goes_on_after_an_entry_that_is_gone;
            races: of_64_replaces_of_one_version_exactly_one_wins;
            races: of_64_creates_of_one_key_exactly_one_wins;
            races: writes_of_different_documents_all_succeed;
            races: transfers_between_accounts_keep_the_sum;
            races: crossed_checks_never_both_succeed;
            life: an_open_table_is_ready;
            life: consumption_counts_reads_and_writes;
            life: a_closed_table_is_unavailable;
            life: closing_twice_is_harmless;
        }
    };
}

#[doc(hidden)]
#[macro_export]
macro_rules! __table_promise_tests {
    ({ $open:expr } $($room:ident: $promise:ident;)*) => {
        $(
            #[tokio::test(flavor = "multi_thread")]
            async fn $promise() -> $crate::conformance::Promise {
                let opened = $open;
                $crate::conformance::table::$room::$promise(::std::sync::Arc::clone(&opened.table)).await
            }
        )*
    };
}

#[doc(hidden)]
#[macro_export]
macro_rules! __table_promise_list {
    ({} $($room:ident: $promise:ident;)*) => {
        vec![$((stringify!($promise), (|table| Box::pin($room::$promise(table))) as Check)),*]
    };
}

/// Makes a module of tests, one for each promise of [`Table`](khaya_ports::table::Table), for the engine that an async
/// expression opens. See [`conformance::table`](crate::conformance::table).
#[macro_export]
macro_rules! table_conformance {
    ($module:ident, $open:expr) => {
        mod $module {
            use super::*;

            $crate::__with_table_promises! { __table_promise_tests, $open }
        }
    };
}

/// A promise, ready to be asked of a table.
pub type Check = fn(Arc<dyn Table>) -> Pin<Box<dyn Future<Output = Promise> + Send>>;

/// All promises by name.
pub fn promises() -> Vec<(&'static str, Check)> {
    crate::__with_table_promises! { __table_promise_list, }
}

/// Asks every promise of a fresh table and tells how each went. A panic counts as a broken promise.
pub async fn run_all<Open, Opening>(open: Open) -> Vec<(&'static str, Promise)>
where
    Open: Fn() -> Opening,
    Opening: Future<Output = Arc<dyn Table>>,
{
    let mut answers = Vec::new();
    for (name, check) in promises() {
        let asked = tokio::spawn(check(open().await)).await;
        answers.push((name, asked.unwrap_or_else(|panic| Err(Broken::new(panic.to_string())))));
    }
    answers
}
