//! The application itself, without HTTP: on any engine, with a clock that the test moves, randomness from a seed and
//! passwords that cost nothing.

use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use chrono::{DateTime, TimeDelta, Utc};
use khaya_adapters_http::paystack::PaystackWebhooks;
use khaya_adapters_local::assistant::NoModel;
use khaya_adapters_local::inbox::{Inbox, Via};
use khaya_adapters_local::live::{Hub, HubLimits};
use khaya_adapters_local::payments::{Choice, SimulatedGateway};
use khaya_adapters_local::search::JobIndex;
use khaya_adapters_local::timer::TokioTimer;
use khaya_adapters_local::token::JwtSigner;
use khaya_app::assistant::Desk;
use khaya_app::outbox::{Delivery, Dispatcher};
use khaya_app::reach::Outside;
use khaya_app::{
    Actor, App, AppError, Caller, Keys, Origin, RequestKey, auth, bids, due, jobs, payments, subscriptions,
};
use khaya_domain::bid::Offer;
use khaya_domain::category::Category;
use khaya_domain::geo::{Address, GeoPoint};
use khaya_domain::ids::{BidId, JobId};
use khaya_domain::job::JobDetails;
use khaya_domain::money::Money;
use khaya_domain::otp::Code;
use khaya_domain::password::Password;
use khaya_domain::phone::PhoneNumber;
use khaya_domain::policy::{Dated, Policies, Schedule};
use khaya_domain::subscription::PaidTier;
use khaya_domain::text::{City, Description, Letter, PersonName, Street, Suburb, Title};
use khaya_domain::user::SignUpRole;
use khaya_ports::clock::Clock;
use khaya_ports::identity::IdentityProvider;
use khaya_ports::password::{PasswordHash, PasswordHashError, PasswordHasher};
use khaya_ports::payment::{PaymentGateway, WebhookReader};
use khaya_ports::random::Random;
use khaya_ports::search::JobSearch;
use khaya_ports::table::Table;
use khaya_ports::text::TextSender;
use rand_chacha::ChaCha12Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};
use secrecy::SecretString;

use crate::engines::{Engine, Opened};
use crate::files::MemoryFiles;
use crate::house::House;
use crate::outlets::{Fate, Outlets};

/// A clock that stands still until it is moved.
pub struct ManualClock(Mutex<DateTime<Utc>>);

impl ManualClock {
    /// It stands at the beginning of 2026.
    #[expect(clippy::unwrap_used, reason = "the time is a good one")]
    pub fn new() -> Self {
        Self(Mutex::new("2026-01-01T08:00:00Z".parse().unwrap()))
    }

    /// Moves it on.
    pub fn advance(&self, by: TimeDelta) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) += by;
    }
}

impl Default for ManualClock {
    fn default() -> Self {
        Self::new()
    }
}

impl Clock for ManualClock {
    fn now(&self) -> DateTime<Utc> {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Randomness from a seed.
pub struct SeededRandom(Mutex<ChaCha12Rng>);

impl SeededRandom {
    /// The sequence of a seed.
    pub fn new(seed: u64) -> Self {
        Self(Mutex::new(ChaCha12Rng::seed_from_u64(seed)))
    }
}

impl Random for SeededRandom {
    fn fill(&self, buffer: &mut [u8]) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).fill_bytes(buffer);
    }
}

/// Keeps passwords as they are: what is tested is what is done with them.
pub struct PlainHasher;

#[async_trait]
impl PasswordHasher for PlainHasher {
    async fn hash(&self, password: &Password) -> Result<PasswordHash, PasswordHashError> {
        Ok(PasswordHash::new(password.expose().to_owned()))
    }

    async fn verify(
        &self,
        password: &Password,
        hash: Option<PasswordHash>,
    ) -> Result<bool, PasswordHashError> {
        Ok(hash.is_some_and(|hash| hash.expose() == password.expose()))
    }
}

/// The platform's own money at the provider, in cents: what is paid out is more than what the provider leaves of a charge
/// as long as no fee is taken.
pub const FLOAT: i64 = 1_000_000_000;

/// The application, and all that a test turns.
pub struct World {
    /// The use cases.
    pub app: Arc<App>,
    /// The clock.
    pub clock: Arc<ManualClock>,
    /// Delivers the outbox when it is told to.
    pub dispatcher: Dispatcher,
    /// Where texts go.
    pub inbox: Arc<Inbox>,
    /// Where files go.
    pub files: Arc<MemoryFiles>,
    /// Devices that listen.
    pub hub: Arc<Hub>,
    /// The payment provider.
    pub payments: Arc<SimulatedGateway>,
    /// Reads what it announces.
    pub webhooks: PaystackWebhooks,
    opened: Opened,
}

/// Somebody with an account.
#[derive(Debug, Clone)]
pub struct Someone {
    /// As the use cases take them.
    pub caller: Caller,
    /// The number.
    pub phone: PhoneNumber,
    /// The first session.
    pub signed_in: auth::SignedIn,
}

impl Someone {
    /// Who asks, for what only shows.
    pub fn actor(&self) -> &Actor {
        &self.caller.actor
    }

    /// The same, with an idempotency key.
    #[must_use]
    pub fn with_key(&self, key: &str, fingerprint: &str) -> Caller {
        let request_key = RequestKey { key: key.to_owned(), fingerprint: fingerprint.to_owned() };
        Caller { request_key: Some(request_key), ..self.caller.clone() }
    }
}

/// What a test may choose of its world.
struct Chosen {
    texts: Arc<dyn TextSender>,
    policy: Policies,
    assistant: Desk,
    /// The channels of notifications; the inbox for all of them if nothing else is chosen.
    outside: Option<Outside>,
    identity: Option<Arc<dyn IdentityProvider>>,
    search: Arc<dyn JobSearch>,
}

impl Chosen {
    fn usual(texts: Arc<dyn TextSender>) -> Self {
        Self {
            texts,
            policy: Policies::default(),
            assistant: no_model(),
            outside: None,
            identity: None,
            search: Arc::new(JobIndex::opened()),
        }
    }
}

/// The desk where no model is asked.
pub fn no_model() -> Desk {
    Desk::new(Arc::new(NoModel), Arc::new(TokioTimer))
}

/// The password of everybody.
#[expect(clippy::unwrap_used, reason = "it is a good password")]
pub fn password() -> Password {
    Password::parse("test1234").unwrap()
}

#[expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test whose world cannot be built has failed"
)]
impl World {
    /// On a fresh and empty engine.
    pub async fn on(engine: Engine) -> Self {
        let opened = engine.open().await;
        let table = Arc::clone(&opened.table);
        let world = Self::over(table, opened);
        world.payments.top_up(FLOAT).await.expect("money at the provider");
        world
    }

    /// On a table that may stand before an engine's.
    pub fn over(table: Arc<dyn Table>, opened: Opened) -> Self {
        let clock = Arc::new(ManualClock::new());
        let inbox = Arc::new(Inbox::new(Arc::clone(&table), Arc::clone(&clock) as _));
        Self::with_texts(table, opened, clock, Arc::clone(&inbox), inbox)
    }

    /// With another sender of texts than the inbox.
    pub fn with_texts(
        table: Arc<dyn Table>,
        opened: Opened,
        clock: Arc<ManualClock>,
        inbox: Arc<Inbox>,
        texts: Arc<dyn TextSender>,
    ) -> Self {
        Self::assembled(table, opened, clock, inbox, Chosen::usual(texts), |payments| payments)
    }

    /// On a fresh table in memory, with a sender of texts and rules of the test's own.
    pub async fn with_policy(texts: Arc<dyn TextSender>, policy: Policies) -> Self {
        let opened = Engine::Memory.open().await;
        let (table, clock) = (Arc::clone(&opened.table), Arc::new(ManualClock::new()));
        let inbox = Arc::new(Inbox::new(Arc::clone(&table), Arc::clone(&clock) as _));
        let chosen = Chosen { policy, ..Chosen::usual(texts) };
        Self::assembled(table, opened, clock, inbox, chosen, |payments| payments)
    }

    /// With something that stands before the payment provider, as `table` stands before the engine's. The provider keeps
    /// its own documents in the engine itself.
    pub fn with_gateway(
        table: Arc<dyn Table>,
        opened: Opened,
        before: impl FnOnce(Arc<dyn PaymentGateway>) -> Arc<dyn PaymentGateway>,
    ) -> Self {
        let clock = Arc::new(ManualClock::new());
        let inbox = Arc::new(Inbox::new(Arc::clone(&opened.table), Arc::clone(&clock) as _));
        let chosen = Chosen::usual(Arc::clone(&inbox) as _);
        Self::assembled(table, opened, clock, inbox, chosen, before)
    }

    /// On an engine, with providers of pushes, mail and notifications by WhatsApp that a test decides on.
    pub async fn reaching(
        engine: Engine,
        decide: impl Fn(Via) -> Fate + Send + Sync + 'static,
    ) -> (Self, Arc<Outlets>) {
        let opened = engine.open().await;
        let (table, clock) = (Arc::clone(&opened.table), Arc::new(ManualClock::new()));
        let inbox = Arc::new(Inbox::new(Arc::clone(&table), Arc::clone(&clock) as _));
        let outlets = Outlets::new(Arc::clone(&clock) as _, Arc::clone(&inbox) as _, decide);
        let outside = Some(outlets.outside());
        let chosen = Chosen { outside, ..Chosen::usual(Arc::clone(&outlets) as _) };
        let world = Self::assembled(table, opened, clock, inbox, chosen, |payments| payments);
        world.payments.top_up(FLOAT).await.expect("money at the provider");
        (world, outlets)
    }

    /// On an engine, with ways out of the application that a test has made.
    pub async fn outside(engine: Engine, outside: Outside) -> Self {
        let opened = engine.open().await;
        let (table, clock) = (Arc::clone(&opened.table), Arc::new(ManualClock::new()));
        let inbox = Arc::new(Inbox::new(Arc::clone(&table), Arc::clone(&clock) as _));
        let chosen = Chosen { outside: Some(outside), ..Chosen::usual(Arc::clone(&inbox) as _) };
        let world = Self::assembled(table, opened, clock, inbox, chosen, |payments| payments);
        world.payments.top_up(FLOAT).await.expect("money at the provider");
        world
    }

    /// With another search than that of one process.
    pub async fn searching(search: Arc<dyn JobSearch>) -> Self {
        let opened = Engine::Memory.open().await;
        let (table, clock) = (Arc::clone(&opened.table), Arc::new(ManualClock::new()));
        let inbox = Arc::new(Inbox::new(Arc::clone(&table), Arc::clone(&clock) as _));
        let chosen = Chosen { search, ..Chosen::usual(Arc::clone(&inbox) as _) };
        Self::assembled(table, opened, clock, inbox, chosen, |payments| payments)
    }

    /// On a table that may stand before an engine's, beside another house that people sign in at.
    pub fn beside(table: Arc<dyn Table>, opened: Opened) -> (Self, Arc<House>) {
        let clock = Arc::new(ManualClock::new());
        let inbox = Arc::new(Inbox::new(Arc::clone(&table), Arc::clone(&clock) as _));
        let house = House::new(Arc::clone(&clock) as _);
        let identity = Some(Arc::clone(&house) as _);
        let chosen = Chosen { identity, ..Chosen::usual(Arc::clone(&inbox) as _) };
        (Self::assembled(table, opened, clock, inbox, chosen, |payments| payments), house)
    }

    /// With a desk that asks a model, on an engine.
    pub async fn asking(engine: Engine, assistant: Desk) -> Self {
        let opened = engine.open().await;
        let (table, clock) = (Arc::clone(&opened.table), Arc::new(ManualClock::new()));
        let inbox = Arc::new(Inbox::new(Arc::clone(&table), Arc::clone(&clock) as _));
        let chosen = Chosen { assistant, ..Chosen::usual(Arc::clone(&inbox) as _) };
        let world = Self::assembled(table, opened, clock, inbox, chosen, |payments| payments);
        world.payments.top_up(FLOAT).await.expect("money at the provider");
        world
    }

    fn assembled(
        table: Arc<dyn Table>,
        opened: Opened,
        clock: Arc<ManualClock>,
        inbox: Arc<Inbox>,
        chosen: Chosen,
        before: impl FnOnce(Arc<dyn PaymentGateway>) -> Arc<dyn PaymentGateway>,
    ) -> Self {
        let secret: SecretString = "a secret of the tests, thirty-two bytes and more".to_owned().into();
        let Chosen { texts, policy, assistant, outside, identity, search } = chosen;
        let outside = outside.unwrap_or_else(|| Outside {
            push: Some(Arc::clone(&inbox) as _),
            mail: Some(Arc::clone(&inbox) as _),
            whatsapp: true,
            bus: None,
        });
        let dated = Dated { version: policy.version, effective_from: DateTime::UNIX_EPOCH, policy };
        let (provider, key) = (Arc::clone(&opened.table), SecretString::from("a key of the tests"));
        let payments =
            SimulatedGateway::new(provider, Arc::clone(&clock) as _, "http://khaya.test", key.clone());
        let payments = Arc::new(payments);
        let files = Arc::new(MemoryFiles::new(Arc::clone(&clock) as _));
        let hub = Hub::new(HubLimits::default());
        let app = Arc::new(App {
            payments: before(Arc::clone(&payments) as _),
            books_since: clock.now(),
            table,
            clock: Arc::clone(&clock) as _,
            random: Arc::new(SeededRandom::new(1)),
            hasher: Arc::new(PlainHasher),
            search,
            files: Arc::clone(&files) as _,
            live: Arc::clone(&hub) as _,
            outside,
            texts,
            assistant,
            tokens: Arc::new(JwtSigner::new(&secret, None)),
            identity,
            policies: Schedule::starting(dated),
            keys: Keys::derive(secret),
            announce: Arc::new(|| {}),
        });
        let dispatcher = Dispatcher::new(Arc::clone(&app));
        let webhooks = PaystackWebhooks::new(key);
        Self { app, clock, dispatcher, inbox, files, hub, payments, webhooks, opened }
    }

    /// The engine's own table.
    pub fn table(&self) -> &Arc<dyn Table> {
        &self.opened.table
    }

    /// Delivers what is in the outbox.
    pub async fn deliver(&self) -> Delivery {
        self.dispatcher.run_once().await.expect("the outbox is read")
    }

    /// Does what is due.
    pub async fn tick(&self) -> due::Tick {
        due::tick(&self.app).await.expect("due work is read")
    }

    /// Lets the payment provider move on, takes in what it announces, and delivers what follows, until all is quiet.
    pub async fn settle_down(&self) {
        for _ in 0..50 {
            let moved = self.payments.advance().await.expect("the provider moves on");
            let announced = self.announced().await;
            let delivered = self.deliver().await.delivered;
            if moved == 0 && announced == 0 && delivered == 0 {
                return;
            }
        }
        panic!("it does not settle down");
    }

    /// Takes in what the payment provider announces now; says how much that was.
    pub async fn announced(&self) -> usize {
        let due = self.payments.due_deliveries(100).await.expect("the provider's announcements");
        for delivery in &due {
            let read = self.webhooks.read(Some(&delivery.signature), &delivery.body);
            let announcement = read.expect("the provider signs");
            payments::take_in(&self.app, &announcement).await.expect("it is stored");
            self.payments.delivered(&delivery.id).await.expect("it is struck off");
        }
        due.len()
    }

    /// Moves the clock, does what is due then, and delivers what follows.
    pub async fn pass(&self, time: TimeDelta) {
        self.clock.advance(time);
        self.tick().await;
        self.deliver().await;
    }

    /// The newest code that was sent to a number.
    pub async fn code(&self, phone: &PhoneNumber) -> Code {
        let messages = self.inbox.newest(1000).await.expect("the inbox is read");
        let mut to_phone = messages.iter().filter(|message| message.to == phone.as_e164());
        let code = to_phone.find_map(|message| message.code.as_deref()).expect("a code was sent");
        Code::parse(code).unwrap()
    }

    /// Asks for an account.
    pub async fn sign_up(&self, number: u32, role: SignUpRole) -> Result<auth::CodeSent, AppError> {
        let sign_up = auth::SignUp {
            phone: phone(number),
            password: password(),
            role,
            name: PersonName::parse("Test User").unwrap(),
            email: None,
        };
        auth::sign_up(&self.app, &origin(number), sign_up).await
    }

    /// Somebody new.
    pub async fn someone(&self, number: u32, role: SignUpRole) -> Someone {
        let sent = self.sign_up(number, role).await.expect("a code is sent");
        self.deliver().await;
        let phone = phone(number);
        let code = self.code(&phone).await;
        let verify = auth::Verify { phone: phone.clone(), sign_up: sent.id, code };
        let verified = auth::verify(&self.app, &origin(number), verify).await.expect("the code is right");
        self.deliver().await;
        let signed_in = verified.signed_in;
        let claims = self.app.tokens.verify(&signed_in.tokens.access_token, self.clock.now()).unwrap();
        Someone { caller: Caller { actor: Actor::from(claims), request_key: None }, phone, signed_in }
    }

    /// An admin.
    pub async fn admin(&self, number: u32) -> Someone {
        let (phone, name) = (phone(number), PersonName::parse("Admin").unwrap());
        auth::create_admin(&self.app, phone.clone(), password(), name, None).await.expect("an admin");
        let sign_in = auth::SignIn { phone: phone.clone(), password: password() };
        let signed_in = auth::sign_in(&self.app, sign_in).await.expect("the password is right");
        let claims = self.app.tokens.verify(&signed_in.tokens.access_token, self.clock.now()).unwrap();
        Someone { caller: Caller { actor: Actor::from(claims), request_key: None }, phone, signed_in }
    }

    /// Subscribes somebody to the largest tier, which has no limit on adverts.
    pub async fn subscribe(&self, someone: &Someone) {
        let begun = subscriptions::begin(&self.app, &someone.caller, PaidTier::Elite).await.expect("a page");
        assert!(self.payments.choose(&begun.reference, Choice::Pay).await.expect("the page is there"));
        subscriptions::settle(&self.app, &begun.reference).await.expect("it is paid");
    }

    /// A new job of a buyer.
    pub async fn job(&self, buyer: &Someone) -> JobId {
        jobs::create(&self.app, &buyer.caller, job_details()).await.expect("a job").id
    }

    /// A bid of a worker.
    pub async fn bid(&self, worker: &Someone, job: JobId, rand: i64) -> BidId {
        bids::place(&self.app, &worker.caller, job, offer(rand)).await.expect("a bid").id
    }
}

/// Where somebody of a number calls from.
pub fn origin(number: u32) -> Origin {
    Origin { address: format!("10.0.{}.{}", number >> 8 & 255, number & 255), request_key: None }
}

/// A number for a number.
#[expect(clippy::unwrap_used, reason = "it is a good number")]
pub fn phone(number: u32) -> PhoneNumber {
    PhoneNumber::parse(&format!("+2782{number:07}")).unwrap()
}

/// A job to post.
#[expect(clippy::unwrap_used, reason = "it is a good job")]
pub fn job_details() -> JobDetails {
    JobDetails {
        title: Title::parse("Geyser is leaking").unwrap(),
        description: Description::parse("The geyser in the roof drips. It is a 150 litre Kwikot.").unwrap(),
        category: Category::Plumbing,
        budget: Money::from_cents(180_000).unwrap(),
        address: Address {
            street: Street::parse("12 Vilakazi Street").unwrap(),
            suburb: Suburb::parse("Orlando West").unwrap(),
            city: City::parse("Soweto").unwrap(),
            point: GeoPoint::new(-26.2485, 27.9080).unwrap(),
        },
    }
}

/// An offer of whole rand.
#[expect(clippy::unwrap_used, reason = "it is a good offer")]
pub fn offer(rand: i64) -> Offer {
    let letter =
        Letter::parse("I can come tomorrow morning with a new valve. Twelve years with geysers like this.")
            .unwrap();
    Offer::new(Money::from_cents(rand * 100).unwrap(), 2, letter).unwrap()
}
