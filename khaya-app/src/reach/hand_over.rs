//! A notification goes out.

use chrono::TimeDelta;
use khaya_domain::delivery::Failure;
use khaya_domain::phone::PhoneNumber;
use khaya_domain::reach::Channel;
use khaya_domain::user::User;
use khaya_ports::reach::{Mail, Push, ReachError};
use khaya_ports::text::{self, TextContent, TextError, TextMessage};
use uuid::Uuid;

use super::devices::drop_devices;
use super::plan::Plan;
use crate::app::App;
use crate::commit::{Commit, Uncommitted, decide};
use crate::due::Task;
use crate::load::{Kept, load};
use crate::mutants::{Mutant, is_on};
use crate::records::credential::NumberName;
use crate::records::notification::NotificationRecord;
use crate::texts;

/// So often a provider may take nothing before a channel is given up, with the waits below in between.
const WAITS: [TimeDelta; 4] =
    [TimeDelta::minutes(1), TimeDelta::minutes(5), TimeDelta::minutes(25), TimeDelta::hours(2)];

/// What became of a channel.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Outcome {
    /// The provider has it, or may have it, or will never take it.
    Over,
    /// The provider certainly has not got it, and may take it later.
    Busy,
}

/// Uses channels for a notification, all of which stand in its record by now. What a provider did not take is stored to be
/// tried again; nothing here is an error to whoever raised the notification.
pub(crate) async fn hand_over(app: &App, plan: &Plan, record: &NotificationRecord, channels: &[Channel]) {
    let mut busy = Vec::new();
    for channel in channels {
        let outcome = match channel {
            Channel::Push => push(app, plan, record).await,
            Channel::Email => mail(app, plan, record).await,
            Channel::Whatsapp => whatsapp(app, plan, record).await,
        };
        if outcome == Outcome::Busy {
            busy.push(*channel);
        }
    }
    if busy.is_empty() {
        return;
    }
    if let Err(error) = decide(|| postpone(app, record, &busy)).await {
        log(&error, "a notification that was not taken could not be put off");
    }
}

/// The reference of one notification to one person: its id, which is nobody else's and sorts by time.
fn reference(record: &NotificationRecord) -> Uuid {
    *record.id().as_uuid()
}

async fn push(app: &App, plan: &Plan, record: &NotificationRecord) -> Outcome {
    let Some(sender) = &app.outside.push else { return Outcome::Over };
    let text = record.subject.text(plan.language()).to_owned();
    let (mut gone, mut busy, mut taken) = (Vec::new(), 0, 0);
    for to in &plan.devices {
        let push = Push { reference: reference(record), to: to.clone(), text: text.clone() };
        match sender.send(&push).await {
            Ok(()) => taken += 1,
            Err(ReachError::Gone(_)) => gone.push(to.clone()),
            Err(ReachError::Busy(_)) => busy += 1,
            Err(ReachError::Unknown(_)) if is_on(Mutant::LostNoticeRepeated) => busy += 1,
            Err(error @ (ReachError::Refused(_) | ReachError::Unknown(_))) => {
                log(&error, "a push was not taken");
                taken += 1;
            }
        }
    }
    if !gone.is_empty()
        && let Err(error) = drop_devices(app, record.user, &gone).await
    {
        log(&error, "a device that takes nothing any more could not be dropped");
    }
    // Where one of several devices has it, the person has it.
    if taken == 0 && busy > 0 { Outcome::Busy } else { Outcome::Over }
}

async fn mail(app: &App, plan: &Plan, record: &NotificationRecord) -> Outcome {
    let address = plan.user.as_ref().and_then(|user| user.email.clone());
    let (Some(sender), Some(to)) = (&app.outside.mail, address) else { return Outcome::Over };
    let subject = record.subject.text(plan.language()).to_owned();
    let text = format!("{subject}\n\n{}\n", super::preferences::how_to_change(plan.language()));
    match sender.send(&Mail { reference: reference(record), to, subject, text }).await {
        Ok(()) => Outcome::Over,
        Err(ReachError::Busy(_)) => Outcome::Busy,
        Err(error @ (ReachError::Gone(_) | ReachError::Refused(_) | ReachError::Unknown(_))) => {
            log(&error, "a mail was not taken");
            Outcome::Over
        }
    }
}

async fn whatsapp(app: &App, plan: &Plan, record: &NotificationRecord) -> Outcome {
    let Some(User { phone, .. }) = &plan.user else { return Outcome::Over };
    match texts::may_try_whatsapp(app, phone).await {
        Ok(true) => {}
        Ok(false) => return Outcome::Over,
        Err(error) => {
            log(&error, "it is not known whether a number is on WhatsApp");
            return Outcome::Busy;
        }
    }
    let text = record.subject.text(plan.language()).to_owned();
    let message = TextMessage {
        reference: reference(record),
        to: phone.clone(),
        channel: text::Channel::Whatsapp,
        content: TextContent::Notice { text },
    };
    match app.texts.send(&message).await {
        Ok(_) => Outcome::Over,
        Err(TextError::Busy(_)) => Outcome::Busy,
        Err(TextError::Unknown(_)) if is_on(Mutant::LostNoticeRepeated) => Outcome::Busy,
        Err(TextError::Refused { failure, .. }) => {
            remember(app, phone, failure).await;
            Outcome::Over
        }
        Err(error @ TextError::Unknown(_)) => {
            log(&error, "it is not known whether a notification went out by WhatsApp");
            Outcome::Over
        }
    }
}

/// A number that is not on WhatsApp is not tried again for a while, as with codes.
async fn remember(app: &App, phone: &PhoneNumber, failure: Failure) {
    let number = NumberName::of(phone);
    let learnt = decide(|| async {
        let mut commit = Commit::new(app.now());
        texts::mark(app, &mut commit, &number, failure).await?;
        if commit.is_empty() { Ok(()) } else { commit.apply(app).await }
    });
    if let Err(error) = learnt.await {
        log(&error, "what WhatsApp says of a number could not be kept");
    }
}

/// Stores that channels are to be tried again.
async fn postpone(app: &App, record: &NotificationRecord, busy: &[Channel]) -> Result<(), Uncommitted> {
    let (user, notification) = (record.user, record.id());
    let found = load(app.table.as_ref(), NotificationRecord::at(user, notification)).await?;
    let found = found.filter(|kept| kept.record.id() == notification);
    let Some(Kept { mut record, version }) = found else { return Ok(()) };
    let Some(wait) = usize::try_from(record.tries).ok().and_then(|tries| WAITS.get(tries)) else {
        tracing::warn!(%notification, channels = ?busy, "a notification was taken by no provider, and is given up there");
        return Ok(());
    };
    // The answer to an earlier try of this was lost: it is stored.
    if busy.iter().all(|channel| record.waiting.contains(channel)) {
        return Ok(());
    }
    record.begun.retain(|channel| !busy.contains(channel));
    record.waiting.extend_from_slice(busy);
    record.tries += 1;
    let now = app.now();
    let at =
        super::not_before(record.subject.category(), notification, now + *wait, &app.policies_at(now)?.quiet);
    let mut commit = Commit::new(now);
    commit.schedule(Task::Reach { user, notification, tries: record.tries }, at)?;
    commit.replace(&record, version)?;
    commit.apply(app).await
}

fn log(error: &(dyn std::error::Error + 'static), what: &str) {
    tracing::warn!(error, "{what}");
}
