//! Loading: typed records in one round of reads.

use std::marker::PhantomData;

use khaya_ports::table::{Consistency, Key, Stored, Table, TableError, Version};

use crate::records::Record;

/// Where a record of a type stands.
pub(crate) struct At<R> {
    pub(crate) key: Key,
    record: PhantomData<fn() -> R>,
}

impl<R> At<R> {
    pub(crate) fn new(partition: impl Into<String>, sort: impl Into<String>) -> Self {
        Self { key: Key::new(partition, sort), record: PhantomData }
    }
}

/// A record as it was read, and the version that a write depends on.
#[derive(Debug, Clone)]
pub(crate) struct Kept<R> {
    pub(crate) record: R,
    pub(crate) version: Version,
}

impl<R: Record> Kept<R> {
    pub(crate) fn read(stored: &Stored) -> Result<Self, TableError> {
        Ok(Self { record: stored.document.body.read()?, version: stored.version })
    }
}

/// What can be loaded in one round: tuples of places, some of them optional.
pub(crate) trait Load {
    /// The same tuple, of records.
    type Loaded;

    /// The keys that are read, in order.
    fn keys(&self) -> Vec<Key>;

    /// Reads the records from what stands at the keys, in the same order.
    fn collect(&self, stored: &mut std::vec::IntoIter<Option<Stored>>) -> Result<Self::Loaded, TableError>;
}

impl<R: Record> Load for At<R> {
    type Loaded = Option<Kept<R>>;

    fn keys(&self) -> Vec<Key> {
        vec![self.key.clone()]
    }

    fn collect(&self, stored: &mut std::vec::IntoIter<Option<Stored>>) -> Result<Self::Loaded, TableError> {
        stored.next().flatten().as_ref().map(Kept::read).transpose()
    }
}

impl<R: Record> Load for Option<At<R>> {
    type Loaded = Option<Kept<R>>;

    fn keys(&self) -> Vec<Key> {
        self.iter().flat_map(Load::keys).collect()
    }

    fn collect(&self, stored: &mut std::vec::IntoIter<Option<Stored>>) -> Result<Self::Loaded, TableError> {
        match self {
            Some(at) => at.collect(stored),
            None => Ok(None),
        }
    }
}

impl<R: Record> Load for Vec<At<R>> {
    type Loaded = Vec<Option<Kept<R>>>;

    fn keys(&self) -> Vec<Key> {
        self.iter().flat_map(Load::keys).collect()
    }

    fn collect(&self, stored: &mut std::vec::IntoIter<Option<Stored>>) -> Result<Self::Loaded, TableError> {
        self.iter().map(|at| at.collect(stored)).collect()
    }
}

macro_rules! load_tuples {
    ($(($($name:ident $index:tt),+);)+) => {$(
        impl<$($name: Load),+> Load for ($($name,)+) {
            type Loaded = ($($name::Loaded,)+);

            fn keys(&self) -> Vec<Key> {
                let mut keys = Vec::new();
                $(keys.extend(self.$index.keys());)+
                keys
            }

            fn collect(&self, stored: &mut std::vec::IntoIter<Option<Stored>>) -> Result<Self::Loaded, TableError> {
                Ok(($(self.$index.collect(stored)?,)+))
            }
        }
    )+};
}

load_tuples! {
    (A 0, B 1);
    (A 0, B 1, C 2);
    (A 0, B 1, C 2, D 3);
    (A 0, B 1, C 2, D 3, E 4);
}

/// Loads everything in one strongly consistent round: what a decision depends on.
pub(crate) async fn load<L: Load>(table: &dyn Table, wanted: L) -> Result<L::Loaded, TableError> {
    load_with(table, wanted, Consistency::Strong).await
}

/// Loads everything in one round that may lag by a second: for showing.
pub(crate) async fn glance<L: Load>(table: &dyn Table, wanted: L) -> Result<L::Loaded, TableError> {
    load_with(table, wanted, Consistency::Eventual).await
}

async fn load_with<L: Load>(
    table: &dyn Table,
    wanted: L,
    consistency: Consistency,
) -> Result<L::Loaded, TableError> {
    let keys = wanted.keys();
    let stored = match keys.as_slice() {
        [] => Vec::new(),
        [only] => vec![table.get(only, consistency).await?],
        _ => table.get_many(&keys, consistency).await?,
    };
    wanted.collect(&mut stored.into_iter())
}
