//! A provider of texts whose every answer a test decides, and which knows what it has really taken.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use khaya_domain::delivery::{Channel, Failure, MessageId, Standing, Status};
use khaya_ports::text::{Accepted, TextContent, TextError, TextMessage, TextSender};
use secrecy::ExposeSecret;
use tokio::sync::Notify;

/// What the provider does with the next text of a channel.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fate {
    /// Takes it.
    Take,
    /// Refuses it.
    Refuse(Failure),
    /// Is too busy.
    Busy,
    /// Takes it, and its answer gets lost.
    TakeAndLose,
    /// Does not take it, and does not say so.
    Lose,
    /// The process dies before the call.
    CrashBefore,
    /// The process dies after it.
    CrashAfter,
}

/// A text that the provider has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Taken {
    /// Its name.
    pub id: MessageId,
    /// To which number.
    pub to: String,
    /// By which channel.
    pub channel: Channel,
    /// The code in it.
    pub code: Option<String>,
    /// How far it has come.
    pub standing: Standing,
}

#[derive(Default)]
struct State {
    whatsapp: VecDeque<Fate>,
    sms: VecDeque<Fate>,
    taken: Vec<Taken>,
    fetches: u32,
    looks: u32,
    is_silent: bool,
}

/// The provider.
#[derive(Default)]
pub struct ScriptedTexts {
    state: Mutex<State>,
    crash: Notify,
}

impl ScriptedTexts {
    /// One that takes everything, and delivers nothing by itself.
    pub fn new() -> Arc<Self> {
        Arc::default()
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What happens to the next texts of a channel; those after them are taken.
    pub fn plan(&self, channel: Channel, fates: &[Fate]) {
        let mut state = self.state();
        let queue = match channel {
            Channel::Whatsapp => &mut state.whatsapp,
            Channel::Sms => &mut state.sms,
        };
        queue.extend(fates);
    }

    /// Sets how far the messages of a channel have come, as a question for them is answered.
    pub fn stand(&self, channel: Channel, standing: Standing) {
        for taken in self.state().taken.iter_mut().filter(|taken| taken.channel == channel) {
            taken.standing = standing;
        }
    }

    /// From now on no question is answered.
    pub fn fall_silent(&self) {
        self.state().is_silent = true;
    }

    /// What it has taken, in order.
    pub fn taken(&self) -> Vec<Taken> {
        self.state().taken.clone()
    }

    /// What it has taken, as channels.
    pub fn channels(&self) -> Vec<Channel> {
        self.state().taken.iter().map(|taken| taken.channel).collect()
    }

    /// How often it was asked for a status.
    pub fn fetches(&self) -> u32 {
        self.state().fetches
    }

    /// How often it was asked for what got lost.
    pub fn looks(&self) -> u32 {
        self.state().looks
    }

    /// Completes when the process has died: what it was doing is to be dropped.
    pub async fn crashed(&self) {
        self.crash.notified().await;
    }

    fn take(&self, message: &TextMessage) -> Result<Accepted, TextError> {
        let mut state = self.state();
        let id = format!("SM{:032x}", state.taken.len() + 1);
        let id: MessageId = id.parse().map_err(|_| TextError::Busy("no name".into()))?;
        let code = match &message.content {
            TextContent::Code { code, .. } => Some(code.expose_secret().to_owned()),
            TextContent::AlreadyRegistered | TextContent::Notice { .. } => None,
        };
        let standing = Standing::of(Status::Queued);
        let to = message.to.as_e164().to_owned();
        state.taken.push(Taken { id: id.clone(), to, channel: message.channel, code, standing });
        Ok(Accepted { id, standing })
    }

    async fn die<T>(&self) -> T {
        self.crash.notify_one();
        std::future::pending().await
    }
}

#[async_trait]
impl TextSender for ScriptedTexts {
    async fn send(&self, message: &TextMessage) -> Result<Accepted, TextError> {
        let fate = {
            let mut state = self.state();
            let queue = match message.channel {
                Channel::Whatsapp => &mut state.whatsapp,
                Channel::Sms => &mut state.sms,
            };
            queue.pop_front().unwrap_or(Fate::Take)
        };
        match fate {
            Fate::Take => self.take(message),
            Fate::Refuse(failure) => Err(TextError::Refused { failure, source: "as planned".into() }),
            Fate::Busy => Err(TextError::Busy("as planned".into())),
            Fate::Lose => Err(TextError::Unknown("as planned".into())),
            Fate::TakeAndLose => {
                self.take(message)?;
                Err(TextError::Unknown("as planned".into()))
            }
            Fate::CrashBefore => self.die().await,
            Fate::CrashAfter => {
                self.take(message)?;
                self.die().await
            }
        }
    }

    async fn status(&self, id: &MessageId) -> Result<Option<Standing>, TextError> {
        let mut state = self.state();
        state.fetches += 1;
        if state.is_silent {
            return Err(TextError::Unknown("silent".into()));
        }
        Ok(state.taken.iter().find(|taken| taken.id == *id).map(|taken| taken.standing))
    }

    async fn find(&self, message: &TextMessage, _: DateTime<Utc>) -> Result<Option<Accepted>, TextError> {
        let mut state = self.state();
        state.looks += 1;
        if state.is_silent {
            return Err(TextError::Unknown("silent".into()));
        }
        let code = match &message.content {
            TextContent::Code { code, .. } => Some(code.expose_secret()),
            TextContent::AlreadyRegistered | TextContent::Notice { .. } => None,
        };
        let is_it = |taken: &&Taken| {
            taken.to == message.to.as_e164()
                && taken.channel == message.channel
                && taken.code.as_deref() == code
        };
        let found = state.taken.iter().find(is_it);
        Ok(found.map(|taken| Accepted { id: taken.id.clone(), standing: taken.standing }))
    }
}
