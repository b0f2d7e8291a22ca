//! `demo seed`: a few people, jobs and bids, made through the front door.

use std::io::{self, Write};

use khaya_app::{Actor, App, Caller, Origin, auth, bids, jobs};
use khaya_domain::bid::Offer;
use khaya_domain::category::Category;
use khaya_domain::geo::{Address, GeoPoint};
use khaya_domain::ids::SessionId;
use khaya_domain::job::JobDetails;
use khaya_domain::money::Money;
use khaya_domain::otp::Code;
use khaya_domain::password::Password;
use khaya_domain::phone::PhoneNumber;
use khaya_domain::text::{City, Description, Letter, PersonName, Street, Suburb, Title};
use khaya_domain::user::SignUpRole;

use super::run::CommandError;
use crate::config::{Environment, Settings};
use crate::wiring::{self, Parts};

const PASSWORD: &str = "demo1234";
const PEOPLE: [(&str, &str, SignUpRole); 4] = [
    ("0821110001", "Thandi Nkosi", SignUpRole::Buyer),
    ("0821110002", "Pieter van Wyk", SignUpRole::Buyer),
    ("0731110003", "Sipho Dlamini", SignUpRole::Worker),
    ("0731110004", "Ayesha Patel", SignUpRole::Worker),
];
/// Whose, title, description, trade, rand, suburb, city, latitude, longitude.
type DemoJob = (usize, &'static str, &'static str, Category, i64, &'static str, &'static str, f64, f64);
const JOBS: [DemoJob; 3] = [
    (
        0,
        "Geyser is leaking",
        "The geyser in the roof drips. It is a 150 litre Kwikot.",
        Category::Plumbing,
        1800,
        "Orlando West",
        "Soweto",
        -26.2485,
        27.9080,
    ),
    (
        0,
        "Paint two bedrooms",
        "Two rooms of 12 square metres, white. I have the paint.",
        Category::Painting,
        2500,
        "Orlando West",
        "Soweto",
        -26.2485,
        27.9080,
    ),
    (
        1,
        "Trips when it rains",
        "The earth leakage trips when it rains. Outside lights?",
        Category::Electrical,
        1200,
        "Observatory",
        "Cape Town",
        -33.9376,
        18.4680,
    ),
];
/// By whom, on which job, rand, days, letter.
const BIDS: [(usize, usize, i64, u16, &str); 4] = [
    (2, 0, 1650, 1, "I can come tomorrow morning and bring a new valve."),
    (3, 0, 1500, 2, "Twelve years with Kwikot geysers. Guarantee of a year."),
    (3, 1, 2400, 3, "Three days, two coats, everything covered."),
    (2, 2, 1100, 1, "Sounds like water in the garden light. I bring a tester."),
];

/// Seeds the store of local development.
pub(super) async fn seed(settings: &Settings) -> Result<(), CommandError> {
    if settings.environment == Environment::Production {
        return Err("Demonstration data is for development; ENVIRONMENT is production.".into());
    }
    let parts = wiring::assemble(settings, None, settings.bind).await?;
    let seeded = seed_with(&parts).await;
    parts.state.app.table.close().await;
    seeded
}

async fn seed_with(parts: &Parts) -> Result<(), CommandError> {
    let app = &parts.state.app;
    let mut people = Vec::new();
    for (phone, name, role) in PEOPLE {
        people.push(person(parts, phone, name, role).await?);
    }
    let mut posted = Vec::new();
    for job in JOBS {
        let details = job_details(job)?;
        posted.push(jobs::create(app, &people[job.0], details).await.map_err(|error| error.detail)?.id);
    }
    for (worker, job, rand, days, letter) in BIDS {
        let offer = Offer::new(Money::from_cents(rand * 100)?, days, Letter::parse(letter)?)?;
        bids::place(app, &people[worker], posted[job], offer).await.map_err(|error| error.detail)?;
    }
    parts.dispatcher.run_once().await.map_err(|error| error.detail)?;
    let mut out = io::stdout().lock();
    writeln!(
        out,
        "{} people, {} jobs and {} bids are there. The password of all is {PASSWORD}:",
        PEOPLE.len(),
        JOBS.len(),
        BIDS.len()
    )?;
    for (phone, name, role) in PEOPLE {
        writeln!(out, "  {phone}  {name} ({role:?})")?;
    }
    Ok(())
}

/// Signs somebody up with the code that the developer inbox shows.
async fn person(parts: &Parts, phone: &str, name: &str, role: SignUpRole) -> Result<Caller, CommandError> {
    let app: &App = &parts.state.app;
    let phone = PhoneNumber::parse(phone)?;
    let password = Password::parse(PASSWORD)?;
    if let Ok(known) =
        auth::sign_in(app, auth::SignIn { phone: phone.clone(), password: password.clone() }).await
    {
        return Ok(caller(&known));
    }
    let origin = Origin::default();
    let sign_up =
        auth::SignUp { phone: phone.clone(), password, role, name: PersonName::parse(name)?, email: None };
    let sent = auth::sign_up(app, &origin, sign_up).await.map_err(|error| error.detail)?;
    parts.dispatcher.run_once().await.map_err(|error| error.detail)?;
    let inbox = parts
        .state
        .inbox
        .as_ref()
        .ok_or("Demonstration data needs the developer inbox: KHAYA_TEXTS=inbox.")?;
    let newest = inbox.newest(100).await?;
    let code = newest
        .iter()
        .find(|message| message.to == phone.as_e164())
        .and_then(|message| message.code.as_deref());
    let code = Code::parse(code.ok_or("The developer inbox has no code for the new number.")?)?;
    let verified = auth::verify(app, &origin, auth::Verify { phone, sign_up: sent.id, code }).await;
    Ok(caller(&verified.map_err(|error| error.detail)?.signed_in))
}

fn caller(signed_in: &auth::SignedIn) -> Caller {
    let session = SessionId::from_uuid(*signed_in.user.as_uuid());
    Caller { actor: Actor { user: signed_in.user, role: signed_in.role, session }, request_key: None }
}

fn job_details(job: DemoJob) -> Result<JobDetails, CommandError> {
    let (_, title, description, category, rand, suburb, city, latitude, longitude) = job;
    Ok(JobDetails {
        title: Title::parse(title)?,
        description: Description::parse(description)?,
        category,
        budget: Money::from_cents(rand * 100)?,
        address: Address {
            street: Street::parse("12 Example Street")?,
            suburb: Suburb::parse(suburb)?,
            city: City::parse(city)?,
            point: GeoPoint::new(latitude, longitude)?,
        },
    })
}
