//! The people, and the dice that decide what they do.

use std::sync::Arc;

use khaya_app::{Actor, Caller, auth};
use khaya_domain::ids::{BidId, JobId, ListingId, UploadId};
use khaya_domain::otp::Code as OneTimeCode;
use khaya_domain::text::{Email, PersonName};
use khaya_domain::user::SignUpRole;
use khaya_ports::payment::PaymentReference;
use rand_chacha::ChaCha12Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};

use super::Simulation;
use super::talk::Sent;
use crate::world::{origin, password, phone};

/// Numbers from a seed.
pub(super) struct Dice(ChaCha12Rng);

impl Dice {
    pub(super) fn new(seed: u64) -> Self {
        Self(ChaCha12Rng::seed_from_u64(seed))
    }

    /// A number from 0 on, below this one.
    pub(super) fn below(&mut self, limit: u32) -> u32 {
        if limit == 0 { 0 } else { self.0.next_u32() % limit }
    }

    /// Once in so many.
    pub(super) fn once_in(&mut self, times: u32) -> bool {
        self.below(times) == 0
    }

    /// One of them, if there is any.
    pub(super) fn pick<T: Clone>(&mut self, all: &[T]) -> Option<T> {
        let place = self.below(u32::try_from(all.len()).unwrap_or(u32::MAX));
        all.get(usize::try_from(place).unwrap_or_default()).cloned()
    }
}

/// Somebody.
#[derive(Debug, Clone)]
pub(super) struct Member {
    pub(super) caller: Caller,
    pub(super) number: u32,
    pub(super) is_suspended: bool,
}

/// Everybody, and what they have begun.
#[derive(Default)]
pub(super) struct Crowd {
    pub(super) buyers: Vec<Member>,
    pub(super) workers: Vec<Member>,
    pub(super) sellers: Vec<Member>,
    pub(super) admins: Vec<Member>,
    pub(super) bids: Vec<(JobId, BidId, u32)>,
    pub(super) payments: Vec<(JobId, PaymentReference)>,
    pub(super) subscriptions: Vec<PaymentReference>,
    pub(super) listings: Vec<(ListingId, u32)>,
    pub(super) messages: Vec<Sent>,
    /// Who announced which file.
    pub(super) uploads: Vec<(u32, UploadId)>,
}

impl Crowd {
    /// Everybody but the admins.
    pub(super) fn everybody(&self) -> Vec<Member> {
        [&self.buyers, &self.workers, &self.sellers].into_iter().flatten().cloned().collect()
    }

    /// Whoever has this number.
    pub(super) fn by_user(&self, user: khaya_domain::ids::UserId) -> Option<Member> {
        self.everybody().into_iter().find(|member| member.caller.actor.user == user)
    }

    pub(super) fn suspended(&mut self, user: khaya_domain::ids::UserId, is_suspended: bool) {
        let all = [&mut self.buyers, &mut self.workers, &mut self.sellers];
        for member in all.into_iter().flatten().filter(|member| member.caller.actor.user == user) {
            member.is_suspended = is_suspended;
        }
    }
}

impl Simulation {
    /// People sign up.
    pub(super) async fn gather(&mut self) {
        if let Err(error) = self.provider.top_up(crate::world::FLOAT).await {
            self.violation(format!("the provider: {error}"));
        }
        for number in 1..=4 {
            if let Some(member) = self.join(number, SignUpRole::Buyer).await {
                self.crowd.buyers.push(member);
            }
        }
        for number in 5..=8 {
            if let Some(member) = self.join(number, SignUpRole::Worker).await {
                self.crowd.workers.push(member);
            }
        }
        for number in 9..=10 {
            if let Some(member) = self.join(number, SignUpRole::Seller).await {
                self.crowd.sellers.push(member);
            }
        }
        let Ok(name) = PersonName::parse("Admin") else { return };
        let made = auth::create_admin(&self.app, phone(99), password(), name, None).await;
        let made = self.note("make an admin", made);
        let sign_in = auth::SignIn { phone: phone(99), password: password() };
        let signed_in = auth::sign_in(&self.app, sign_in).await;
        let signed_in = self.note("sign in", signed_in);
        if let (Some(_), Some(signed_in)) = (made, signed_in)
            && let Some(member) = self.member(99, &signed_in)
        {
            self.crowd.admins.push(member);
        }
    }

    async fn join(&mut self, number: u32, role: SignUpRole) -> Option<Member> {
        let sign_up = auth::SignUp {
            phone: phone(number),
            password: password(),
            role,
            name: PersonName::parse("Test User").ok()?,
            email: Email::parse(&format!("user{number}@khaya.test")).ok(),
        };
        let sent = auth::sign_up(&self.app, &origin(number), sign_up).await;
        let sent = self.note("sign up", sent)?;
        self.deliver().await;
        let messages = self.inbox.newest(1000).await.ok()?;
        let to = phone(number);
        let mut own = messages.iter().filter(|message| message.to == to.as_e164());
        let code = OneTimeCode::parse(own.find_map(|message| message.code.as_deref())?).ok()?;
        let verify = auth::Verify { phone: to, sign_up: sent.id, code };
        let verified = auth::verify(&self.app, &origin(number), verify).await;
        let verified = self.note("verify", verified)?;
        self.member(number, &verified.signed_in)
    }

    fn member(&self, number: u32, signed_in: &auth::SignedIn) -> Option<Member> {
        let now = khaya_ports::clock::Clock::now(self.clock.as_ref());
        let claims = Arc::clone(&self.app.tokens).verify(&signed_in.tokens.access_token, now).ok()?;
        let caller = Caller { actor: Actor::from(claims), request_key: None };
        Some(Member { caller, number, is_suspended: false })
    }
}
