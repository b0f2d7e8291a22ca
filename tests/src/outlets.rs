//! Providers of pushes, mail and WhatsApp for notifications, whose every answer a test decides, and which know what they have
//! really taken.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use khaya_adapters_local::inbox::Via;
use khaya_app::reach::Outside;
use khaya_domain::delivery::{Failure, MessageId, Standing, Status};
use khaya_ports::clock::Clock;
use khaya_ports::reach::{Device, Mail, Mailer, Push, PushAddress, PushSender, ReachError};
use khaya_ports::text::{Accepted, TextContent, TextError, TextMessage, TextSender};
use secrecy::ExposeSecret;
use uuid::Uuid;

/// What happens to something that is handed over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fate {
    /// It is taken.
    Take,
    /// The provider is too busy.
    Busy,
    /// The provider will never take it.
    Refuse,
    /// The recipient takes nothing any more.
    Gone,
    /// It is taken, and the answer gets lost.
    TakeAndLose,
    /// It is not taken, and nobody says so.
    Lose,
}

/// Something that was taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Handed {
    /// The sender's reference.
    pub reference: Uuid,
    /// How.
    pub via: Via,
    /// To which number, address or device.
    pub to: String,
    /// What it says.
    pub text: String,
    /// When.
    pub at: DateTime<Utc>,
}

type Decide = Box<dyn Fn(Via) -> Fate + Send + Sync>;

/// The providers.
pub struct Outlets {
    clock: Arc<dyn Clock>,
    codes: Arc<dyn TextSender>,
    decide: Decide,
    taken: Mutex<Vec<Handed>>,
    tries: Mutex<Vec<Via>>,
}

impl Outlets {
    /// With somebody who decides; codes and the like go elsewhere.
    pub fn new(
        clock: Arc<dyn Clock>,
        codes: Arc<dyn TextSender>,
        decide: impl Fn(Via) -> Fate + Send + Sync + 'static,
    ) -> Arc<Self> {
        let decide = Box::new(decide);
        Arc::new(Self { clock, codes, decide, taken: Mutex::default(), tries: Mutex::default() })
    }

    /// All of them, as the application takes them.
    pub fn outside(self: &Arc<Self>) -> Outside {
        let (push, mail) = (Some(Arc::clone(self) as _), Some(Arc::clone(self) as _));
        Outside { push, mail, whatsapp: true, bus: None }
    }

    fn list<T>(list: &Mutex<T>) -> MutexGuard<'_, T> {
        list.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What they have taken, in order.
    pub fn taken(&self) -> Vec<Handed> {
        Self::list(&self.taken).clone()
    }

    /// How often a channel was tried.
    pub fn tries(&self, via: Via) -> usize {
        Self::list(&self.tries).iter().filter(|tried| **tried == via).count()
    }

    fn hand_over(&self, handed: Handed) -> Fate {
        Self::list(&self.tries).push(handed.via);
        let fate = (self.decide)(handed.via);
        if matches!(fate, Fate::Take | Fate::TakeAndLose) {
            Self::list(&self.taken).push(handed);
        }
        fate
    }

    fn answer(&self, handed: Handed) -> Result<(), ReachError> {
        let why = || "as planned".into();
        match self.hand_over(handed) {
            Fate::Take => Ok(()),
            Fate::Busy => Err(ReachError::Busy(why())),
            Fate::Refuse => Err(ReachError::Refused(why())),
            Fate::Gone => Err(ReachError::Gone(why())),
            Fate::TakeAndLose | Fate::Lose => Err(ReachError::Unknown(why())),
        }
    }
}

#[async_trait]
impl PushSender for Outlets {
    async fn register(&self, device: &Device) -> Result<PushAddress, ReachError> {
        match device.token.expose_secret() {
            "nobody" => Err(ReachError::Refused("as planned".into())),
            token => Ok(PushAddress(format!("endpoint/{token}"))),
        }
    }

    async fn send(&self, push: &Push) -> Result<(), ReachError> {
        let Push { reference, to: PushAddress(to), text } = push.clone();
        self.answer(Handed { reference, via: Via::Push, to, text, at: self.clock.now() })
    }
}

#[async_trait]
impl Mailer for Outlets {
    async fn send(&self, mail: &Mail) -> Result<(), ReachError> {
        let (reference, to) = (mail.reference, mail.to.as_str().to_owned());
        self.answer(Handed {
            reference,
            via: Via::Email,
            to,
            text: mail.subject.clone(),
            at: self.clock.now(),
        })
    }
}

#[async_trait]
impl TextSender for Outlets {
    async fn send(&self, message: &TextMessage) -> Result<Accepted, TextError> {
        let TextContent::Notice { text } = &message.content else { return self.codes.send(message).await };
        let (to, text) = (message.to.as_e164().to_owned(), text.clone());
        let handed = Handed {
            reference: message.reference,
            via: message.channel.into(),
            to,
            text,
            at: self.clock.now(),
        };
        let source = || "as planned".into();
        match self.hand_over(handed) {
            Fate::Take => {
                let id = format!("SM{}", message.reference.simple());
                let id = id.parse().map_err(|_| TextError::Unknown(source()))?;
                Ok(Accepted { id, standing: Standing::of(Status::Queued) })
            }
            Fate::Busy => Err(TextError::Busy(source())),
            Fate::Refuse => Err(TextError::Refused { failure: Failure::Other, source: source() }),
            Fate::Gone => Err(TextError::Refused { failure: Failure::NotOnWhatsapp, source: source() }),
            Fate::TakeAndLose | Fate::Lose => Err(TextError::Unknown(source())),
        }
    }

    async fn status(&self, id: &MessageId) -> Result<Option<Standing>, TextError> {
        self.codes.status(id).await
    }

    async fn find(&self, message: &TextMessage, since: DateTime<Utc>) -> Result<Option<Accepted>, TextError> {
        self.codes.find(message, since).await
    }
}
