//! What a release costs, and how long it takes to prove the books: `KHAYA_ENTRIES` says of how many entries (100,000).
//!
//! The books are made from one job that really ran, from the payment to the payout: its documents are copied under other ids.

#![expect(
    clippy::expect_used,
    clippy::print_stdout,
    reason = "a benchmark reports to who runs it, and stops when it cannot"
)]

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use async_trait::async_trait;
use chrono::TimeDelta;
use khaya_adapters_local::payments::Choice;
use khaya_app::payouts::{self, NewBankAccount};
use khaya_app::{bids, books, payments, work};
use khaya_domain::ids::{BidId, JobId};
use khaya_domain::job::Job;
use khaya_domain::text::PersonName;
use khaya_domain::user::SignUpRole;
use khaya_ports::payment::{AccountKind, BankAccount, DocumentKind};
use khaya_ports::table::{
    Consistency, Consumption, Document, Index, IndexEntry, Json, Key, Query, Stored, Table, TableError,
    Transaction, Write,
};
use khaya_tests::engines::Engine;
use khaya_tests::world::{World, password};
use uuid::Uuid;

/// The one that the program uses.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// How many documents are written at a time.
const BATCH: usize = 96;

/// Keeps every document that is written.
struct Recorder {
    inner: Arc<dyn Table>,
    documents: Mutex<Vec<Document>>,
}

#[async_trait]
impl Table for Recorder {
    async fn get(&self, key: &Key, consistency: Consistency) -> Result<Option<Stored>, TableError> {
        self.inner.get(key, consistency).await
    }

    async fn get_many(
        &self,
        keys: &[Key],
        consistency: Consistency,
    ) -> Result<Vec<Option<Stored>>, TableError> {
        self.inner.get_many(keys, consistency).await
    }

    async fn query(&self, query: &Query) -> Result<Vec<Stored>, TableError> {
        self.inner.query(query).await
    }

    async fn query_index(&self, index: Index, query: &Query) -> Result<Vec<IndexEntry>, TableError> {
        self.inner.query_index(index, query).await
    }

    async fn write(&self, transaction: &Transaction) -> Result<(), TableError> {
        self.inner.write(transaction).await?;
        let mut documents = self.documents.lock().unwrap_or_else(PoisonError::into_inner);
        documents.extend(transaction.writes().iter().filter_map(Write::document).cloned());
        Ok(())
    }

    async fn ready(&self) -> Result<(), TableError> {
        self.inner.ready().await
    }

    fn consumption(&self) -> Consumption {
        self.inner.consumption()
    }

    async fn close(&self) {
        self.inner.close().await;
    }
}

/// One job from the payment to the payout, on an engine; the time of its release.
async fn one_job(world: &World) -> Duration {
    let buyer = world.someone(1, SignUpRole::Buyer).await;
    let worker = world.someone(2, SignUpRole::Worker).await;
    let account = BankAccount {
        holder: PersonName::parse("Test User").expect("a name"),
        bank_code: "470010".to_owned(),
        number: "1234567890".to_owned().into(),
        kind: AccountKind::Personal,
        document_kind: DocumentKind::IdentityNumber,
        document_number: "8001015009087".to_owned().into(),
    };
    let given = NewBankAccount { account, password: password() };
    payouts::set_bank_account(&world.app, &worker.caller, given).await.expect("a bank account");
    let mut times = Vec::new();
    for _ in 0..30 {
        let job = world.job(&buyer).await;
        let bid = world.bid(&worker, job, 1_000).await;
        bids::accept(&world.app, &buyer.caller, job, bid).await.expect("accepted");
        let payment = payments::begin(&world.app, &buyer.caller, job).await.expect("a page");
        world.payments.choose(&payment.reference, Choice::Pay).await.expect("paid");
        payments::settle(&world.app, &payment.reference).await.expect("held");
        work::submit(&world.app, &worker.caller, job).await.expect("submitted");
        let begun = Instant::now();
        work::confirm(&world.app, &buyer.caller, job).await.expect("released");
        times.push(begun.elapsed());
        // Each job is paid out on its own: its copies then add up by themselves.
        world.settle_down().await;
        world.clock.advance(TimeDelta::seconds(1));
    }
    times.sort_unstable();
    times[times.len() / 2]
}

/// Writes copies of one job's documents, until there are so many entries.
async fn fill(
    table: &Arc<dyn Table>,
    template: &[Document],
    ids: &BTreeSet<String>,
    job: &Job,
    copies: usize,
) {
    let agreement = job.agreement().expect("an agreement");
    let mut writes = Vec::with_capacity(BATCH);
    for copy in 0..copies {
        // The last byte decides on the shard, and stays.
        let new = |old: &Uuid| Uuid::from_u128(old.as_u128() ^ ((copy as u128 + 1) << 8));
        let by_itself =
            ids.iter().map(|id| (id.clone(), new(&Uuid::parse_str(id).expect("an id")).to_string()));
        // A bid's id follows from the job's.
        let bid = BidId::of(JobId::from_uuid(new(job.id().as_uuid())), agreement.worker);
        let renamed: Vec<_> = by_itself.chain([(agreement.bid.to_string(), bid.to_string())]).collect();
        let rename =
            |text: &str| renamed.iter().fold(text.to_owned(), |text, (old, new)| text.replace(old, new));
        let rename_key = |key: &Key| Key::new(rename(&key.partition), rename(&key.sort));
        for document in template {
            let mut made = Document::new(
                rename_key(&document.key),
                document.kind.clone(),
                Json::stored(rename(document.body.as_str())),
            );
            made.summary = document.summary.as_ref().map(|summary| Json::stored(rename(summary.as_str())));
            made.index_keys = document.index_keys.clone().map(|key| key.as_ref().map(rename_key));
            writes.push(Write::Create(made));
            if writes.len() == BATCH {
                let batch = std::mem::replace(&mut writes, Vec::with_capacity(BATCH));
                table.write(&Transaction::new(batch).expect("a transaction")).await.expect("written");
            }
        }
    }
    if !writes.is_empty() {
        table.write(&Transaction::new(writes).expect("a transaction")).await.expect("written");
    }
}

async fn prove(engine: Engine, entries: usize) {
    let opened = engine.open().await;
    let table = Arc::clone(&opened.table);
    let recorder = Arc::new(Recorder { inner: Arc::clone(&table), documents: Mutex::default() });
    let world = World::over(Arc::clone(&recorder) as _, opened);
    world.payments.top_up(khaya_tests::world::FLOAT).await.expect("money at the provider");
    let release = one_job(&world).await;
    println!("{engine:?}: a release takes {release:?}");

    let written = recorder.documents.lock().unwrap_or_else(PoisonError::into_inner).clone();
    let last = |kind: &str| written.iter().rev().find(|document| document.kind == kind).cloned().expect(kind);
    // The last job's own documents, as they are at the end.
    let job = last("job");
    let job_id = job.key.partition.trim_start_matches("J#").to_owned();
    let payout = last("outgoing");
    let payout_id = payout.key.partition.trim_start_matches("OUT#").to_owned();
    let is_own = |document: &&Document| {
        let text = document.body.as_str();
        let is_entry = document.kind == "entry" && (text.contains(&job_id) || text.contains(&payout_id));
        is_entry || (document.kind == "balance" && (text.contains(&job_id) || text.contains(&payout_id)))
    };
    let mut template: Vec<Document> = Vec::new();
    for document in written.iter().filter(is_own).chain([&job, &payout]) {
        template.retain(|known| known.key != document.key);
        template.push(document.clone());
    }
    let own_entries = template.iter().filter(|document| document.kind == "entry").count();
    let mut ids: BTreeSet<String> = BTreeSet::from([job_id, payout_id]);
    for document in template.iter().filter(|document| document.kind == "entry") {
        ids.insert(document.key.sort.rsplit('#').next().unwrap_or_default().to_owned());
    }
    let value: serde_json::Value = job.body.read().expect("a job");
    let the_job: Job = serde_json::from_value(value["job"].clone()).expect("a job");
    let begun = Instant::now();
    fill(&table, &template, &ids, &the_job, entries / own_entries).await;
    println!(
        "{engine:?}: {} documents made in {:?}",
        entries / own_entries * template.len(),
        begun.elapsed()
    );
    let begun = Instant::now();
    let proof = books::prove(&world.app, world.app.books_since).await.expect("a proof");
    let took = begun.elapsed();
    println!(
        "{engine:?}: {} entries of {} accounts proved in {took:?}, {} faults{}",
        proof.entries,
        proof.balances.len(),
        proof.faults.len(),
        proof.faults.first().map(|fault| format!(": {fault}")).unwrap_or_default()
    );
}

fn main() {
    let entries =
        std::env::var("KHAYA_ENTRIES").ok().and_then(|entries| entries.parse().ok()).unwrap_or(100_000);
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().expect("a runtime");
    for engine in [Engine::Memory, Engine::Sqlite] {
        runtime.block_on(prove(engine, entries));
    }
}
