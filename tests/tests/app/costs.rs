//! `docs/costs.md`: what each use case costs on DynamoDB, as the engine itself reports it, and the budget that it keeps.

use std::fmt::Write;
use std::sync::Arc;

use chrono::TimeDelta;
use khaya_adapters_local::payments::Choice;
use khaya_app::assistant::{self, DraftJob};
use khaya_app::feed::EventsRequest;
use khaya_app::jobs::{JobChange, JobFilter, Near};
use khaya_app::messages::{self, MessagesRequest, NewMessage};
use khaya_app::reach::NewDevice;
use khaya_app::{
    Caller, PageRequest, auth, bids, books, feed, files, jobs, notifications, payments, reach, texts, users,
    work,
};
use khaya_domain::category::Category;
use khaya_domain::delivery::{Standing, Status};
use khaya_domain::file::{Announced, FileKind, FilePurpose};
use khaya_domain::geo::GeoPoint;
use khaya_domain::job::JobDetails;
use khaya_domain::password::Password;
use khaya_domain::reach::Preferences;
use khaya_domain::text::{Description, MessageText, SearchText};
use khaya_domain::user::SignUpRole;
use khaya_ports::reach::Platform;
use khaya_ports::table::{Consumption, Table};
use khaya_ports::text::{InboundText, TextReport};
use khaya_tests::documents;
use khaya_tests::engines::{Engine, Opened};
use khaya_tests::files::{checksum, png};
use khaya_tests::house::House;
use khaya_tests::observed::{Asked, Observed};
use khaya_tests::world::{World, job_details, offer, origin, password, phone};
use uuid::Uuid;

/// What a use case may cost: write units and read units; lists also how many queries a page takes.
struct Budget {
    write: u64,
    read: f64,
    queries: u32,
    /// How many rounds of reads a write may need.
    rounds: u32,
}

/// A use case that writes.
const fn writes(write: u64, read: f64) -> Budget {
    Budget { write, read, queries: 0, rounds: 1 }
}

/// One that shows.
const fn shows(read: f64, queries: u32) -> Budget {
    Budget { write: 0, read, queries, rounds: 2 }
}

struct Ledger {
    world: World,
    house: Arc<House>,
    observed: Arc<Observed>,
    before: Consumption,
    table: String,
    beyond: Vec<String>,
}

impl Ledger {
    async fn open() -> Self {
        let opened = Engine::Dynamodb.open().await;
        let observed = Arc::new(Observed::new(Arc::clone(&opened.table)));
        let table = Arc::clone(&observed) as Arc<dyn Table>;
        let (world, house) = World::beside(table, Opened::new(Arc::clone(&opened.table), opened));
        let table = "| use case | read rounds | queries | items written | write units | budget | read units | budget |\n\
                     |---|---|---|---|---|---|---|---|\n";
        let before = observed.consumption();
        Self { world, house, observed, before, table: table.to_owned(), beyond: Vec::new() }
    }

    /// Forgets what was asked until now.
    fn begin(&mut self) {
        self.observed.look();
        self.before = self.observed.consumption();
    }

    /// Notes what a use case has cost since the beginning.
    fn note(&mut self, name: &str, budget: &Budget) {
        let Asked { queries, rounds, rounds_before_write, writes, .. } = self.observed.look();
        let Consumption { read_half_units, write_units, .. } = self.observed.consumption() - self.before;
        let read_units = f64::from(u32::try_from(read_half_units).unwrap()) / 2.0;
        let items = writes.iter().map(ToString::to_string).collect::<Vec<_>>().join(" + ");
        let (is_write, items) = (!writes.is_empty(), if items.is_empty() { "-".to_owned() } else { items });
        writeln!(
            self.table,
            "| {name} | {rounds} | {queries} | {items} | {write_units} | {} | {read_units} | {} |",
            budget.write, budget.read
        )
        .unwrap();
        let mut beyond = |is_so: bool, what: String| {
            if is_so {
                self.beyond.push(format!("{name}: {what}"));
            }
        };
        beyond(write_units > budget.write, format!("{write_units} write units of {}", budget.write));
        beyond(read_units > budget.read, format!("{read_units} read units of {}", budget.read));
        beyond(is_write && writes.len() != 1, format!("{} writes", writes.len()));
        let is_slow = rounds_before_write.max(rounds) > budget.rounds;
        beyond(is_write && is_slow, format!("{rounds} rounds of reads"));
        beyond(!is_write && queries > budget.queries, format!("{queries} queries of {}", budget.queries));
        beyond(!is_write && rounds > 2, format!("{rounds} rounds of reads"));
        self.begin();
    }
}

/// A job whose document has about 1.5 KB.
fn a_message() -> MessageText {
    MessageText::parse("Can you come on Saturday morning, before ten? The gate is open.").unwrap()
}

fn a_text(id: u128) -> NewMessage {
    NewMessage { client_id: Uuid::from_u128(id), text: Some(a_message()), files: Vec::new() }
}

fn a_long_job() -> JobDetails {
    let description = Description::parse(&"The geyser in the roof drips. ".repeat(22)).unwrap();
    JobDetails { description, ..job_details() }
}

#[tokio::test]
#[expect(clippy::too_many_lines, reason = "a list, one use case after the other")]
async fn every_use_case_keeps_its_budget() {
    let mut ledger = Ledger::open().await;
    let app = Arc::clone(&ledger.world.app);
    let app = app.as_ref();

    ledger.begin();
    let sent = ledger.world.sign_up(1, SignUpRole::Buyer).await.unwrap();
    ledger.note("sign up", &writes(8, 4.0));
    ledger.world.clock.advance(TimeDelta::minutes(1));
    auth::resend(app, &origin(1), auth::Resend { phone: phone(1), id: sent.id }).await.unwrap();
    ledger.note("resend a code", &writes(8, 3.0));
    ledger.world.deliver().await;
    let code = ledger.world.code(&phone(1)).await;
    ledger.begin();
    let verify = auth::Verify { phone: phone(1), sign_up: sent.id, code };
    auth::verify(app, &origin(1), verify).await.unwrap();
    ledger.note("verify (buyer)", &writes(19, 1.0));
    let begin = crate::by_message::sign_up(3);
    let awaited = auth::sign_up_by_message(app, &origin(3), begin).await.unwrap();
    ledger.note("sign up by a message to us", &writes(2, 0.0));
    let text = awaited.text.expose().into();
    auth::prove_by_message(app, &InboundText { from: phone(3), text }).await.unwrap();
    ledger.note("a message that proves a number", &writes(2, 2.0));
    auth::verify_by_message(app, &origin(3), phone(3), awaited.id).await.unwrap();
    ledger.note("verify by a message", &writes(19, 1.0));
    let report = TextReport { id: "SM1".parse().unwrap(), standing: Standing::of(Status::Delivered) };
    texts::take_in(app, &report).await.unwrap();
    ledger.note("take in a report on a text", &writes(2, 0.0));
    let signed_in = auth::sign_in(app, auth::SignIn { phone: phone(1), password: password() }).await.unwrap();
    ledger.note("sign in", &writes(1, 2.0));
    auth::refresh(app, &signed_in.tokens.refresh_token).await.unwrap();
    ledger.note("refresh", &writes(1, 2.0));
    let claims = app
        .tokens
        .verify(&signed_in.tokens.access_token, signed_in.tokens.access_expires_at - TimeDelta::minutes(1));
    auth::sign_out(app, &claims.unwrap().into()).await.unwrap();
    ledger.note("sign out", &writes(1, 2.0));
    ledger.house.prove("subject", phone(1));
    let token = ledger.house.sign_in("subject");
    auth::authenticate(app, &token).await.unwrap();
    let in_rounds = |write, read, rounds| Budget { rounds, ..writes(write, read) };
    ledger.note("foreign token, a subject's first", &in_rounds(6, 6.0, 5));
    auth::authenticate(app, &token).await.unwrap();
    ledger.note("foreign token", &shows(1.0, 0));
    ledger.world.clock.advance(TimeDelta::minutes(15));
    auth::authenticate(app, &token).await.unwrap();
    ledger.note("foreign token, every 15 minutes", &in_rounds(1, 4.0, 3));
    let wrong = Password::parse("not mine").unwrap();
    auth::sign_in(app, auth::SignIn { phone: phone(1), password: wrong }).await.unwrap_err();
    ledger.note("sign in, wrong password", &writes(1, 2.0));
    ledger.world.clock.advance(TimeDelta::minutes(1));
    ledger.begin();
    let sent = auth::forgotten_password(app, &origin(1), phone(1)).await.unwrap();
    ledger.note("forgotten password", &writes(10, 4.0));
    ledger.world.deliver().await;
    let code = ledger.world.code(&phone(1)).await;
    ledger.begin();
    let reset = auth::ResetPassword { phone: phone(1), reset: sent.id, code, password: password() };
    auth::reset_password(app, reset).await.unwrap();
    ledger.note("set a new password", &writes(10, 3.0));

    let buyer = ledger.world.someone(11, SignUpRole::Buyer).await;
    let worker = ledger.world.someone(12, SignUpRole::Worker).await;
    ledger.begin();
    users::me(app, buyer.actor()).await.unwrap();
    ledger.note("me", &shows(1.0, 0));
    users::public_profile(app, worker.actor().user).await.unwrap();
    ledger.note("public profile, with its rating", &shows(1.0, 0));
    let bio = users::ProfileChange {
        bio: Some(Some("Plumber since 2009.".parse().unwrap())),
        ..Default::default()
    };
    users::update_profile(app, &worker.caller, bio).await.unwrap();
    ledger.note("change the profile", &writes(1, 1.0));
    let entry = users::NewPortfolioEntry {
        title: "New bathroom".parse().unwrap(),
        description: "Tiles, shower and basin.".parse().unwrap(),
        category: Category::Plumbing,
        completed_on: None,
        photos: Vec::new(),
    };
    users::add_portfolio_entry(app, &worker.caller, entry).await.unwrap();
    ledger.note("add to the portfolio", &writes(4, 1.0));
    users::list_portfolio(app, worker.actor().user, PageRequest::default()).await.unwrap();
    ledger.note("portfolio", &shows(0.5, 1));

    let job = jobs::create(app, &buyer.caller, a_long_job()).await.unwrap().id;
    // With the count that holds the tier's limit. The job's end is scheduled when its event is delivered.
    ledger.note("post a job", &writes(14, 3.0));
    jobs::create(app, &buyer.with_key("k", "f"), a_long_job()).await.unwrap();
    ledger.note("post a job, under an idempotency key", &writes(17, 4.0));
    let change = JobChange { title: Some("Geyser is dripping".parse().unwrap()), ..JobChange::default() };
    jobs::edit(app, &buyer.caller, job, change).await.unwrap();
    ledger.note("edit a job", &writes(9, 2.0));
    let bid = bids::place(app, &worker.caller, job, offer(1_500)).await.unwrap().id;
    ledger.note("bid", &writes(10, 3.0));
    bids::revise(app, &worker.caller, job, bid, offer(1_400)).await.unwrap();
    ledger.note("revise a bid", &writes(11, 3.0));
    bids::withdraw(app, &worker.caller, job, bid).await.unwrap();
    ledger.note("withdraw a bid", &writes(6, 2.0));
    bids::place(app, &worker.caller, job, offer(1_300)).await.unwrap();
    ledger.begin();
    jobs::details(app, Some(worker.actor()), job).await.unwrap();
    ledger.note("job", &shows(3.0, 1));
    bids::details(app, worker.actor(), job, bid).await.unwrap();
    ledger.note("bid, with its rank", &shows(3.0, 1));
    bids::list_for_job(app, buyer.actor(), job, PageRequest::default()).await.unwrap();
    ledger.note("bids of a job", &shows(1.5, 1));
    bids::list_mine(app, worker.actor(), PageRequest::default()).await.unwrap();
    ledger.note("my bids", &shows(0.5, 1));
    for (id, budget) in [(1, 8), (2, 6)] {
        // A first message puts the conversation into both lists.
        ledger.world.clock.advance(TimeDelta::seconds(1));
        let message =
            NewMessage { client_id: Uuid::from_u128(id), text: Some(a_message()), files: Vec::new() };
        messages::send(app, &buyer.caller, job, bid, message).await.unwrap();
        ledger.note(if id == 1 { "first message" } else { "another message" }, &writes(budget, 5.0));
    }
    let picture = png("a leak");
    let size = u32::try_from(picture.len()).unwrap();
    let (purpose, kind, checksum) = (FilePurpose::Message, FileKind::Png, checksum(&picture));
    let file = Announced { purpose, kind, size, checksum };
    let upload = files::announce(app, &buyer.caller, file).await.unwrap();
    ledger.note("announce a file", &writes(6, 2.0));
    assert!(ledger.world.files.send(&upload.request, &picture));
    files::complete(app, &buyer.caller, upload.id).await.unwrap();
    ledger.note("complete an upload", &writes(1, 2.0));
    let message =
        NewMessage { client_id: Uuid::from_u128(3), text: Some(a_message()), files: vec![upload.id] };
    messages::send(app, &buyer.caller, job, bid, message).await.unwrap();
    ledger.note("a message with a file", &writes(8, 6.0));
    files::details(app, Some(worker.actor()), upload.id).await.unwrap();
    ledger.note("a link to a file", &shows(4.0, 0));
    ledger.world.deliver().await;
    ledger.begin();
    let request = EventsRequest { limit: None, after: Some(0) };
    feed::list(app, worker.actor(), request).await.unwrap();
    ledger.note("events since a number", &shows(1.0, 1));
    feed::listen(app, worker.actor()).await.unwrap();
    ledger.note("whether a stream may go on", &shows(3.0, 0));
    let last = MessagesRequest::default();
    messages::messages(app, worker.actor(), job, bid, last).await.unwrap();
    ledger.note("messages of a conversation", &shows(4.0, 1));
    messages::conversations(app, worker.actor(), PageRequest::default()).await.unwrap();
    ledger.note("my conversations", &shows(1.5, 1));
    messages::mark_read(app, &worker.caller, job, bid, 2).await.unwrap();
    ledger.note("mark messages as read", &writes(2, 3.0));
    ledger.world.deliver().await;
    ledger.begin();
    let of = a_long_job();
    let draft = DraftJob { category: of.category, title: of.title, description: of.description };
    assistant::suggest(app, buyer.actor(), &draft).await.unwrap();
    ledger.note("suggestion of the price guide", &shows(1.0, 0));
    assistant::job_estimate(app, buyer.actor(), job).await.unwrap();
    ledger.note("suggestion of a job", &shows(3.0, 0));
    assistant::summarise(app, buyer.actor(), job, bid).await.unwrap();
    ledger.note("summary in the conversation's own words", &shows(10.0, 1));
    jobs::list(app, &JobFilter::default(), PageRequest::default()).await.unwrap();
    ledger.note("open jobs (4 shards)", &shows(2.0, 4));
    let plumbing = JobFilter { category: Some(Category::Plumbing), ..JobFilter::default() };
    jobs::list(app, &plumbing, PageRequest::default()).await.unwrap();
    ledger.note("open jobs of a category", &shows(0.5, 1));
    let near = Near { point: GeoPoint::new(-26.25, 27.9).unwrap(), within_metres: 20_000 };
    jobs::list(app, &JobFilter { near: Some(near), ..JobFilter::default() }, PageRequest::default())
        .await
        .unwrap();
    ledger.note("open jobs within 20 km (up to 9 cells)", &shows(4.5, 9));
    let text = SearchText::parse("geyser").unwrap();
    jobs::search(app, &text, &JobFilter::default(), PageRequest::default()).await.unwrap();
    ledger.note("search open jobs (those found)", &shows(3.0, 0));
    jobs::list_mine(app, buyer.actor(), None, PageRequest::default()).await.unwrap();
    ledger.note("my jobs (2 of them)", &shows(3.0, 1));
    for id in 4..=11 {
        messages::send(app, &buyer.caller, job, bid, a_text(id)).await.unwrap();
    }
    // The id of the first one gets a record of its own.
    ledger.begin();
    ledger.observed.look();
    messages::send(app, &buyer.caller, job, bid, a_text(12)).await.unwrap();
    ledger.note("an eleventh message, and each after it", &writes(8, 5.0));
    ledger.world.clock.advance(TimeDelta::minutes(15));
    messages::send(app, &buyer.caller, job, bid, a_text(13)).await.unwrap();
    ledger.note("the first after a quarter of an hour", &writes(12, 5.0));
    bids::accept(app, &buyer.caller, job, bid).await.unwrap();
    ledger.note("accept a bid", &writes(21, 4.0));

    // A payment is stored before the provider is called, and its page afterwards: nothing is held open over the call.
    let payment = payments::begin(app, &buyer.caller, job).await.unwrap();
    ledger.world.payments.choose(&payment.reference, Choice::Pay).await.unwrap();
    ledger.begin();
    payments::settle(app, &payment.reference).await.unwrap();
    // The payment, the simulated provider's own read, the payment again, then what it pays for.
    ledger.note("settle a payment", &Budget { rounds: 4, ..writes(24, 7.0) });
    work::submit(app, &worker.caller, job).await.unwrap();
    ledger.note("submit the work", &writes(9, 2.0));
    work::request_rework(app, &buyer.caller, job).await.unwrap();
    ledger.note("ask for rework", &writes(7, 2.0));
    ledger.world.clock.advance(TimeDelta::seconds(1));
    work::submit(app, &worker.caller, job).await.unwrap();
    ledger.begin();
    // Whose money it is stands in the job: its worker and balances are a third round.
    work::confirm(app, &buyer.caller, job).await.unwrap();
    ledger.note("confirm the work: release", &Budget { rounds: 3, ..writes(25, 6.0) });
    books::of_job(app, buyer.actor(), job).await.unwrap();
    ledger.note("statement of a job", &shows(3.0, 3));

    let other = ledger.world.job(&buyer).await;
    let rejected = ledger.world.bid(&worker, other, 900).await;
    ledger.begin();
    bids::reject(app, &buyer.caller, other, rejected).await.unwrap();
    ledger.note("reject a bid", &writes(6, 3.0));
    jobs::cancel(app, &buyer.caller, other).await.unwrap();
    ledger.note("cancel a job", &writes(11, 3.0));

    ledger.world.deliver().await;
    ledger.begin();
    notifications::list(app, worker.actor(), PageRequest::default()).await.unwrap();
    ledger.note("notifications", &shows(1.0, 1));
    notifications::unread_count(app, worker.actor()).await.unwrap();
    ledger.note("unread notifications", &shows(1.0, 1));
    let page = notifications::list(app, worker.actor(), PageRequest::default()).await.unwrap();
    ledger.begin();
    notifications::mark_read(app, &worker.caller, page.items[0].id).await.unwrap();
    ledger.note("mark a notification", &writes(4, 3.0));
    let caller: &Caller = &worker.caller;
    reach::set_preferences(app, caller, Preferences::default()).await.unwrap();
    ledger.note("choose how I am notified", &writes(1, 2.0));
    let device = NewDevice { platform: Platform::Android, token: "token".to_owned().into() };
    reach::register_device(app, caller, device).await.unwrap();
    ledger.note("get pushes on a device", &Budget { rounds: 3, ..writes(4, 6.0) });
    notifications::mark_all_read(app, caller).await.unwrap();
    ledger.note("mark all notifications", &writes(1, 2.0));

    documents::check_part("docs/costs.md", "table", &ledger.table);
    assert!(ledger.beyond.is_empty(), "beyond the budget: {:#?}\n{}", ledger.beyond, ledger.table);
}
