//! The faults, and which promise is there to catch each.

/// One way to be broken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// Not broken at all.
    None,
    /// Writes whatever the conditions say.
    IgnoresConditions,
    /// Forgets those writes that only look.
    IgnoresChecks,
    /// Applies the writes whose condition held, beside one whose did not.
    AppliesInPart,
    /// Counts versions from 2.
    VersionsStartAtTwo,
    /// Looks first, and writes a moment later without looking.
    LastWriterWins,
    /// Refuses to discard what is not there.
    DiscardNeedsADocument,
    /// Is off by one when it names what failed.
    NamesTheNextPosition,
    /// Has a wrong name for a conflict.
    CallsAConflictUnavailable,
    /// Answers a list of keys from a cache that nobody clears.
    RemembersReads,
    /// Answers a list of keys in the order of the keys.
    SortsManyKeys,
    /// Has no limit for a list of keys.
    TakesAnyNumberOfKeys,
    /// Finds a prefix anywhere in the text.
    PrefixMeansContains,
    /// Compares text as some languages do.
    OrdersByUtf16,
    /// Shows one more.
    OneMoreThanTheLimit,
    /// Shows one less, though more are there.
    StopsEarly,
    /// Shows again where it stopped.
    RepeatsThePosition,
    /// Begins at the start when the document at its position is gone.
    StartsAnewAfterARemoval,
    /// Goes on after all entries with the sort key where it stopped.
    SkipsEqualSortKeys,
    /// Never changes what an entry shows.
    LosesSummaries,
    /// Keeps entries of documents that were removed.
    ForgetsRemovedEntries,
    /// Keeps entries at places that a document has left.
    ForgetsMovedEntries,
    /// Shows the entries of one index in all.
    MixesIndexes,
    /// Does not show what has expired.
    HidesExpired,
    /// Parses JSON and prints it anew.
    PrintsJsonAnew,
    /// Counts nothing.
    CountsNothing,
    /// Goes on after it was closed.
    ServesWhenClosed,
}

impl Fault {
    /// Each fault, and a promise that it breaks.
    pub const CAUGHT_BY: [(Self, &'static str); 26] = [
        (Self::IgnoresConditions, "a_create_where_a_document_stands_conflicts"),
        (Self::IgnoresChecks, "a_check_of_a_version_fails_at_any_other"),
        (Self::AppliesInPart, "a_transaction_with_one_failing_condition_applies_nothing"),
        (Self::VersionsStartAtTwo, "a_created_document_is_read_as_written"),
        (Self::LastWriterWins, "of_64_replaces_of_one_version_exactly_one_wins"),
        (Self::DiscardNeedsADocument, "a_discard_removes_and_may_be_repeated"),
        (Self::NamesTheNextPosition, "a_conflict_names_only_positions_that_failed"),
        (Self::CallsAConflictUnavailable, "a_replace_at_a_stale_version_conflicts"),
        (Self::RemembersReads, "get_many_reads_what_was_written_last"),
        (Self::SortsManyKeys, "get_many_answers_in_the_order_of_its_keys"),
        (Self::TakesAnyNumberOfKeys, "get_many_takes_a_hundred_keys_and_refuses_more"),
        (Self::PrefixMeansContains, "a_prefix_is_the_beginning_and_nothing_else"),
        (Self::OrdersByUtf16, "sort_keys_are_ordered_by_their_bytes"),
        (Self::OneMoreThanTheLimit, "a_query_stops_at_its_limit"),
        (Self::StopsEarly, "fewer_than_the_limit_means_the_end"),
        (Self::RepeatsThePosition, "pages_in_both_directions_join_without_gap_or_repeat"),
        (Self::StartsAnewAfterARemoval, "a_page_goes_on_after_a_document_that_is_gone"),
        (Self::SkipsEqualSortKeys, "equal_sort_keys_are_paged_without_loss"),
        (Self::LosesSummaries, "an_entry_shows_the_summary_of_the_last_write"),
        (Self::ForgetsRemovedEntries, "an_entry_leaves_with_its_document"),
        (Self::ForgetsMovedEntries, "an_entry_moves_when_its_key_changes"),
        (Self::MixesIndexes, "the_indexes_do_not_mix"),
        (Self::HidesExpired, "an_expired_document_is_read_like_any_other"),
        (Self::PrintsJsonAnew, "json_survives_exactly"),
        (Self::CountsNothing, "consumption_counts_reads_and_writes"),
        (Self::ServesWhenClosed, "a_closed_table_is_unavailable"),
    ];
}
