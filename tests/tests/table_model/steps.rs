//! Random steps over a small alphabet of keys, so that they meet often.

use khaya_ports::table::{Index, Order};
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::{Just, Strategy, any, prop_oneof};

/// A key, as two small numbers.
pub(crate) type Place = (u8, u8);

/// Which version a condition names.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Named {
    /// The one that is there, or the first.
    Current,
    /// A certain one.
    Number(u64),
}

/// A write before its version is known.
#[derive(Debug, Clone)]
pub(crate) enum Change {
    Create(Place, Content),
    Replace(Place, Content, Named),
    Delete(Place, Named),
    Discard(Place),
    CheckAbsent(Place),
    CheckAt(Place, Named),
}

/// What a document says, where it stands in the indexes, and when it expires.
#[derive(Debug, Clone)]
pub(crate) struct Content {
    pub(crate) says: u16,
    pub(crate) places: [Option<Place>; 3],
    pub(crate) expires: Option<u32>,
}

/// A range, by the numbers of sort keys.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Wanted {
    All,
    Prefix(u8),
    Between(u8, u8),
    AtLeast(u8),
    AtMost(u8),
}

/// A walk, page by page, through a partition.
#[derive(Debug, Clone)]
pub(crate) struct Walk {
    pub(crate) index: Option<Index>,
    pub(crate) partition: u8,
    pub(crate) wanted: Wanted,
    pub(crate) order: Order,
    pub(crate) limit: u16,
}

/// One call, or a walk.
#[derive(Debug, Clone)]
pub(crate) enum Step {
    Write(Vec<Change>),
    Get(Place),
    GetMany(Vec<Place>),
    Walk(Walk),
}

/// Up to so many steps, half of them writes.
pub(crate) fn steps(most: usize) -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        5 => vec(change(), 1..5).prop_map(Step::Write),
        1 => place().prop_map(Step::Get),
        1 => vec(place(), 0..6).prop_map(Step::GetMany),
        3 => walk().prop_map(Step::Walk),
    ];
    vec(step, 1..most)
}

fn place() -> impl Strategy<Value = Place> {
    (0..2_u8, 0..9_u8)
}

fn named() -> impl Strategy<Value = Named> {
    prop_oneof![6 => Just(Named::Current), 1 => (1..4_u64).prop_map(Named::Number)]
}

fn content() -> impl Strategy<Value = Content> {
    // Few places, so that entries with equal sort keys are common: they are where paging goes wrong.
    let index_place = || option::weighted(0.6, (0..2_u8, 0..3_u8));
    (any::<u16>(), [index_place(), index_place(), index_place()], option::weighted(0.2, any::<u32>()))
        .prop_map(|(says, places, expires)| Content { says, places, expires })
}

fn change() -> impl Strategy<Value = Change> {
    prop_oneof![
        4 => (place(), content()).prop_map(|(place, content)| Change::Create(place, content)),
        4 => (place(), content(), named()).prop_map(|(place, content, at)| Change::Replace(place, content, at)),
        1 => (place(), named()).prop_map(|(place, at)| Change::Delete(place, at)),
        1 => place().prop_map(Change::Discard),
        1 => place().prop_map(Change::CheckAbsent),
        1 => (place(), named()).prop_map(|(place, at)| Change::CheckAt(place, at)),
    ]
}

fn walk() -> impl Strategy<Value = Walk> {
    let sort = || 0..9_u8;
    let wanted = prop_oneof![
        3 => Just(Wanted::All),
        1 => sort().prop_map(Wanted::Prefix),
        1 => (sort(), sort()).prop_map(|(one, other)| Wanted::Between(one, other)),
        1 => sort().prop_map(Wanted::AtLeast),
        1 => sort().prop_map(Wanted::AtMost),
    ];
    let index = option::weighted(0.7, (0..3_usize).prop_map(|index| Index::ALL[index]));
    let order = prop_oneof![Just(Order::Ascending), Just(Order::Descending)];
    (index, 0..2_u8, wanted, order, 1..6_u16).prop_map(|(index, partition, wanted, order, limit)| Walk {
        index,
        partition,
        wanted,
        order,
        limit,
    })
}
