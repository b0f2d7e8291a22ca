//! The devices that somebody is signed in on.

use khaya_domain::ids::{SessionId, UserId};
use khaya_ports::reach::{Device, PushAddress, ReachError};

use crate::app::App;
use crate::caller::{Actor, Caller};
use crate::commit::{Commit, Uncommitted, decide};
use crate::error::{AppError, Code};
use crate::feed;
use crate::load::{Kept, load};
use crate::records::reach::{DeviceEntry, DeviceRecord, ReachRecord};
use crate::records::user::UserRecord;
use crate::users::{ANYONE, acting};

/// The device of the caller's session.
pub type NewDevice = Device;

/// Pushes go to this device from now on, until the session ends. A session has one device: another takes its place. A device
/// on which somebody else was signed in is theirs no longer.
///
/// [`Code::SessionInvalid`] when the session is over; [`Code::Unavailable`] where there are no pushes, or the service does not
/// answer; [`Code::InvalidInput`] when it does not know the token.
pub async fn register_device(app: &App, caller: &Caller, device: NewDevice) -> Result<(), AppError> {
    let Some(push) = &app.outside.push else {
        return Err(AppError::new(Code::Unavailable, "Pushes are not set up here."));
    };
    feed::listen(app, &caller.actor).await?;
    let address = push.register(&device).await.map_err(|error| match error {
        ReachError::Gone(_) | ReachError::Refused(_) => {
            AppError::field("token", "is not one that the push service knows")
        }
        ReachError::Busy(_) | ReachError::Unknown(_) => AppError::caused(Code::Unavailable, error),
    })?;
    let entry = DeviceEntry { session: caller.actor.session, platform: device.platform, address };
    decide(|| register(app, caller, &entry)).await
}

async fn register(app: &App, caller: &Caller, entry: &DeviceEntry) -> Result<(), Uncommitted> {
    let user = caller.actor.user;
    let places = (UserRecord::at(user), ReachRecord::at(user), DeviceRecord::at(&entry.address));
    let (record, reach, claim) = load(app.table.as_ref(), places).await?;
    acting(record, ANYONE)?;
    let mut commit = Commit::new(app.now());
    let other = claim.as_ref().map(|kept| kept.record.user).filter(|owner| *owner != user);
    if let Some(other) = other
        && let Some(Kept { mut record, version }) = load(app.table.as_ref(), ReachRecord::at(other)).await?
        && record.devices.iter().any(|device| device.address == entry.address)
    {
        record.devices.retain(|device| device.address != entry.address);
        commit.replace(&record, version)?;
    }
    let (mut record, version) = match reach {
        Some(kept) => (kept.record, Some(kept.version)),
        None => (ReachRecord::none(user), None),
    };
    if record.devices.contains(entry) && other.is_none() && claim.is_some() {
        return Ok(());
    }
    let (kept, mut gone): (Vec<_>, Vec<_>) = record
        .devices
        .into_iter()
        .partition(|device| device.session != entry.session && device.address != entry.address);
    let too_many = (kept.len() + 1).saturating_sub(ReachRecord::MOST_DEVICES);
    let mut kept = kept.into_iter();
    gone.extend(kept.by_ref().take(too_many));
    for device in gone.iter().filter(|device| device.address != entry.address) {
        commit.discard(DeviceRecord::at(&device.address).key);
    }
    record.devices = kept.chain([entry.clone()]).collect();
    commit.put(&record, version)?;
    commit.put(&DeviceRecord { address: entry.address.clone(), user }, claim.map(|kept| kept.version))?;
    commit.apply(app).await
}

/// No more pushes to the device of the caller's session. None there is no error.
pub async fn forget_device(app: &App, actor: &Actor) -> Result<(), AppError> {
    forget(app, actor.user, |device| device.session == actor.session).await
}

/// Removes the device of a session, if it has one.
pub(crate) fn without_device(
    commit: &mut Commit,
    reach: Option<Kept<ReachRecord>>,
    session: SessionId,
) -> Result<(), AppError> {
    remove(commit, reach, |device| device.session == session)
}

/// Removes devices that take nothing any more.
pub(super) async fn drop_devices(app: &App, user: UserId, gone: &[PushAddress]) -> Result<(), AppError> {
    forget(app, user, |device| gone.contains(&device.address)).await
}

/// Removes all devices of somebody whose sessions are over.
pub(crate) async fn forget_all(app: &App, user: UserId) -> Result<(), AppError> {
    forget(app, user, |_| true).await
}

async fn forget(app: &App, user: UserId, which: impl Fn(&DeviceEntry) -> bool) -> Result<(), AppError> {
    decide(|| async {
        let reach = load(app.table.as_ref(), ReachRecord::at(user)).await?;
        let mut commit = Commit::new(app.now());
        remove(&mut commit, reach, &which)?;
        if commit.is_empty() { Ok(()) } else { commit.apply(app).await }
    })
    .await
}

fn remove(
    commit: &mut Commit,
    reach: Option<Kept<ReachRecord>>,
    which: impl Fn(&DeviceEntry) -> bool,
) -> Result<(), AppError> {
    let Some(Kept { mut record, version }) = reach else { return Ok(()) };
    let (gone, kept): (Vec<_>, Vec<_>) = record.devices.into_iter().partition(which);
    if gone.is_empty() {
        return Ok(());
    }
    for device in gone {
        commit.discard(DeviceRecord::at(&device.address).key);
    }
    record.devices = kept;
    commit.replace(&record, version)
}
