//! One step of the provider: what it has read, and what it writes, all or nothing.

use chrono::{DateTime, Utc};
use khaya_ports::table::{Consistency, Document, Json, Key, Table, TableError, Transaction, Version, Write};

use super::account::{self, Account};
use super::events::Event;
use super::store::Record;
use super::webhooks;

/// A document that was read, and the version that may be replaced.
pub(super) struct Found<T> {
    key: Key,
    version: Version,
    /// What it says.
    pub(super) value: T,
}

/// One step. Nothing is written before [`Step::commit`].
pub(super) struct Step<'a> {
    table: &'a dyn Table,
    now: DateTime<Utc>,
    writes: Vec<Write>,
    account: Option<(Account, Option<Version>)>,
    events: Vec<Event>,
}

impl<'a> Step<'a> {
    pub(super) fn new(table: &'a dyn Table, now: DateTime<Utc>) -> Self {
        Self { table, now, writes: Vec::new(), account: None, events: Vec::new() }
    }

    /// When the step is taken.
    pub(super) fn now(&self) -> DateTime<Utc> {
        self.now
    }

    pub(super) async fn find<T: Record>(&self, key: &Key) -> Result<Option<Found<T>>, TableError> {
        let Some(stored) = self.table.get(key, Consistency::Strong).await? else { return Ok(None) };
        Ok(Some(Found {
            key: stored.document.key,
            version: stored.version,
            value: stored.document.body.read()?,
        }))
    }

    /// Stores a document where none may be.
    pub(super) fn create<T: Record>(&mut self, key: Key, value: &T) -> Result<(), TableError> {
        self.writes.push(Write::Create(Document::new(key, T::KIND, Json::of(value)?)));
        Ok(())
    }

    /// Stores what a document says now, if nobody else has written it meanwhile.
    pub(super) fn replace<T: Record>(&mut self, found: Found<T>) -> Result<(), TableError> {
        let document = Document::new(found.key, T::KIND, Json::of(&found.value)?);
        self.writes.push(Write::Replace(document, found.version));
        Ok(())
    }

    /// Stores a document, whether or not there is one.
    pub(super) async fn put<T: Record>(&mut self, key: &Key, value: &T) -> Result<(), TableError> {
        let version = self.table.get(key, Consistency::Strong).await?.map(|stored| stored.version);
        self.store(key.clone(), value, version)
    }

    /// Removes a document, if nobody else has written it meanwhile.
    pub(super) fn delete<T>(&mut self, found: Found<T>) {
        self.writes.push(Write::Delete(found.key, found.version));
    }

    /// Removes a document if it is there.
    pub(super) fn discard(&mut self, key: Key) {
        self.writes.push(Write::Discard(key));
    }

    /// Our account; what is changed in it is written with the step.
    pub(super) async fn account(&mut self) -> Result<&mut Account, TableError> {
        let held = match self.account.take() {
            Some(held) => held,
            None => match self.find::<Account>(&account::key()).await? {
                Some(found) => (found.value, Some(found.version)),
                None => (Account::default(), None),
            },
        };
        Ok(&mut self.account.insert(held).0)
    }

    /// Announces something when the step is written.
    pub(super) fn announce(&mut self, event: Event) {
        self.events.push(event);
    }

    /// Writes the step. A conflict means that nothing was written, and that it is to be taken anew.
    pub(super) async fn commit(mut self) -> Result<(), TableError> {
        for event in std::mem::take(&mut self.events) {
            let account = self.account().await?;
            account.announcements += 1;
            let id = webhooks::id(account.announcements);
            webhooks::schedule(&mut self, &id, &event)?;
        }
        if let Some((account, version)) = self.account {
            self.store(account::key(), &account, version)?;
        }
        if self.writes.is_empty() {
            return Ok(());
        }
        self.table.write(&Transaction::new(self.writes)?).await
    }

    fn store<T: Record>(&mut self, key: Key, value: &T, version: Option<Version>) -> Result<(), TableError> {
        let document = Document::new(key, T::KIND, Json::of(value)?);
        self.writes.push(match version {
            Some(version) => Write::Replace(document, version),
            None => Write::Create(document),
        });
        Ok(())
    }
}
