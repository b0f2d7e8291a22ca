//! How one text reaches a phone: WhatsApp first, SMS once where that does not arrive.
//!
//! A text goes out at most once by each channel, whatever is repeated, lost, late or interrupted. So an attempt is
//! stored before the provider is called ([`Delivery::begin`]), and a call whose outcome nobody knows is looked up at the
//! provider before anything else is done about it. [`Delivery::next`] says what that is; whoever carries it out stores what
//! came of it and asks again.

mod attempt;
mod report;

use attempt::{Attempt, Course};
pub use attempt::{CALL_SECONDS, Called};
pub use report::{Channel, Failure, InvalidMessageId, MessageId, Standing, Status};

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

/// Why a text does not try WhatsApp first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Skip {
    /// The number was not on WhatsApp a short while ago.
    NotOnWhatsapp,
    /// The owner of the number has blocked us there: it is not tried at all.
    Blocked,
    /// Too much was sent there a moment ago.
    Paused,
}

/// What is to be done now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Next {
    /// Store [`Delivery::begin`], then hand the text to the provider.
    Send(Channel),
    /// Look the message up at the provider: nobody knows whether the call did anything. [`Delivery::looked_up`] follows.
    Find(Channel),
    /// Ask for the status once: no report came in time. [`Delivery::fetched`] follows.
    Fetch(Channel, MessageId),
    /// Nothing before then.
    Wait(DateTime<Utc>),
    /// Nothing more: it has arrived, or nothing can be done that was not done, or its time is over.
    Nothing,
    /// Nothing more, and it will not arrive.
    Undeliverable,
}

/// This is not what is to be done now: somebody else has begun it, or it is over.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the text is not to be sent by this channel now")]
pub struct NotDue;

/// One text on its way to one phone.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Delivery {
    expires_at: DateTime<Utc>,
    skip: Option<Skip>,
    whatsapp: Option<Attempt>,
    sms: Option<Attempt>,
}

impl Delivery {
    /// A text that is worth sending until a time.
    #[must_use]
    pub const fn new(expires_at: DateTime<Utc>, skip: Option<Skip>) -> Self {
        Self { expires_at, skip, whatsapp: None, sms: None }
    }

    /// What is to be done now, if WhatsApp has so long to deliver before the SMS follows.
    #[must_use]
    pub fn next(&self, now: DateTime<Utc>, fall_back_after: TimeDelta) -> Next {
        if self.is_delivered() || now >= self.expires_at {
            return Next::Nothing;
        }
        let first = if self.skip.is_some() { Channel::Sms } else { Channel::Whatsapp };
        match self.step(first, now, fall_back_after) {
            Ok(next) => next,
            Err(Over { other_may_do: false }) => Next::Undeliverable,
            Err(Over { other_may_do: true }) if self.skip == Some(Skip::Blocked) => Next::Undeliverable,
            Err(Over { other_may_do: true }) => {
                self.step(first.other(), now, fall_back_after).unwrap_or(Next::Undeliverable)
            }
        }
    }

    fn step(&self, channel: Channel, now: DateTime<Utc>, fall_back_after: TimeDelta) -> Result<Next, Over> {
        let Some(attempt) = self.attempt(channel) else { return Ok(Next::Send(channel)) };
        match attempt.course(channel, now, fall_back_after) {
            Course::Send => Ok(Next::Send(channel)),
            Course::Find => Ok(Next::Find(channel)),
            Course::Fetch(id) => Ok(Next::Fetch(channel, id)),
            Course::Wait(until) => Ok(Next::Wait(until)),
            Course::Quiet => Ok(Next::Nothing),
            Course::Over { other_may_do } => Err(Over { other_may_do }),
        }
    }

    const fn attempt(&self, channel: Channel) -> Option<&Attempt> {
        match channel {
            Channel::Whatsapp => self.whatsapp.as_ref(),
            Channel::Sms => self.sms.as_ref(),
        }
    }

    /// Whether the phone has it.
    #[must_use]
    pub fn is_delivered(&self) -> bool {
        [&self.whatsapp, &self.sms].into_iter().flatten().any(Attempt::is_delivered)
    }

    /// Whether the last call by any channel was not taken because the provider was busy, and is to be made again.
    #[must_use]
    pub fn is_held_up(&self) -> bool {
        [&self.whatsapp, &self.sms].into_iter().flatten().any(Attempt::is_busy) && !self.is_delivered()
    }

    /// From when on nothing is sent any more.
    #[must_use]
    pub const fn expires_at(&self) -> DateTime<Utc> {
        self.expires_at
    }

    /// The provider's name for the message by a channel, once it is known.
    #[must_use]
    pub fn message(&self, channel: Channel) -> Option<&MessageId> {
        self.attempt(channel).and_then(Attempt::message)
    }

    /// Whether it was this channel that reached the phone.
    #[must_use]
    pub fn is_delivered_by(&self, channel: Channel) -> bool {
        self.attempt(channel).is_some_and(Attempt::is_delivered)
    }

    /// Why a channel has failed, where the provider said so.
    #[must_use]
    pub fn failure(&self, channel: Channel) -> Option<Failure> {
        self.attempt(channel).and_then(Attempt::failure)
    }

    /// When the newest call by a channel began: what is looked up is not older.
    #[must_use]
    pub fn begun_at(&self, channel: Channel) -> Option<DateTime<Utc>> {
        self.attempt(channel).map(|attempt| attempt.begun_at)
    }

    /// A call by a channel begins. To be stored before it is made.
    ///
    /// # Errors
    /// [`NotDue`] unless that is what [`Delivery::next`] says.
    pub fn begin(
        mut self,
        channel: Channel,
        now: DateTime<Utc>,
        fall_back_after: TimeDelta,
    ) -> Result<Self, NotDue> {
        if self.next(now, fall_back_after) != Next::Send(channel) {
            return Err(NotDue);
        }
        let begun = match self.attempt(channel) {
            None => Attempt::first(now),
            Some(earlier) => earlier.once_more(now),
        };
        *self.slot(channel) = Some(begun);
        Ok(self)
    }

    /// What came of a call.
    #[must_use]
    pub fn called(self, channel: Channel, outcome: Called, now: DateTime<Utc>) -> Self {
        self.changed(channel, |attempt| attempt.called(outcome, now))
    }

    /// What a look-up found: the message with its standing, `Ok(None)` where the provider has none, `Err` where it did not
    /// answer.
    #[must_use]
    pub fn looked_up(
        self,
        channel: Channel,
        found: Result<Option<(MessageId, Standing)>, Unanswered>,
        now: DateTime<Utc>,
    ) -> Self {
        self.changed(channel, |attempt| attempt.looked_up(found, now))
    }

    /// The status was asked for, and was this, if there was an answer.
    #[must_use]
    pub fn fetched(self, channel: Channel, standing: Option<Standing>) -> Self {
        self.changed(channel, |attempt| attempt.fetched(standing))
    }

    /// The provider reports on a message. One that is not ours changes nothing, and no report takes back a later one.
    #[must_use]
    pub fn reported(self, id: &MessageId, standing: Standing) -> Self {
        let ours = [Channel::Whatsapp, Channel::Sms].into_iter().find(|at| self.message(*at) == Some(id));
        match ours {
            Some(channel) => self.changed(channel, |attempt| attempt.reported(standing)),
            None => self,
        }
    }

    fn changed(mut self, channel: Channel, change: impl FnOnce(Attempt) -> Attempt) -> Self {
        let slot = self.slot(channel);
        *slot = slot.take().map(change);
        self
    }

    const fn slot(&mut self, channel: Channel) -> &mut Option<Attempt> {
        match channel {
            Channel::Whatsapp => &mut self.whatsapp,
            Channel::Sms => &mut self.sms,
        }
    }
}

/// The provider did not answer a question.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Unanswered;

/// Nothing more comes of a channel.
struct Over {
    other_may_do: bool,
}
