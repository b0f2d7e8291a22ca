//! Sign up by a message to us: the person sends a short text to our WhatsApp number, and the number it comes from is
//! proven. Nothing is sent to anybody, so it needs no ceiling, and costs nothing but documents that end by themselves.
//!
//! The text says which sign-up it is for; who sent it, WhatsApp says and the provider signs. So nobody gains by guessing:
//! a text from another number than the sign-up's proves nothing, and whoever finishes must know the id of the sign-up,
//! which is never in the message.

use chrono::{DateTime, Utc};
use khaya_domain::ids::{ChallengeId, UserId};
use khaya_domain::otp::ProofText;
use khaya_domain::phone::PhoneNumber;
use khaya_ports::password::PasswordHash;
use khaya_ports::text::InboundText;
use secrecy::ExposeSecret;

use super::new_account::NewAccount;
use super::sending::id_under_key;
use super::sign_up::SignUp;
use super::tokens::{SignedIn, start_session, tokens};
use super::verify::Verified;
use crate::app::App;
use crate::caller::Origin;
use crate::commit::{Commit, Uncommitted, decide};
use crate::error::{AppError, Code};
use crate::keys::{KeyPurpose, Keys};
use crate::load::{Kept, load};
use crate::records::credential::NumberName;
use crate::records::delivery::WhatsappRecord;
use crate::records::proof::ProofRecord;

/// A sign-up waits for a message from its number.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MessageAwaited {
    /// The name of this sign-up, to be given to [`verify_by_message`]. A secret of whoever began it.
    pub id: ChallengeId,
    /// What is to be sent.
    pub text: ProofText,
    /// Until when.
    pub expires_at: DateTime<Utc>,
}

/// The text of a sign-up: a keyed function of its id, so that it need not be stored.
fn text_of(keys: &Keys, id: ChallengeId) -> ProofText {
    let mac = keys.mac(KeyPurpose::ProofText, &[id.as_uuid().as_bytes()]);
    let mut random = [0; 5];
    random.iter_mut().zip(mac).for_each(|(to, from)| *to = from);
    ProofText::from_random(random)
}

/// The name under which a sign-up waits for its text.
fn name_of(keys: &Keys, text: &ProofText) -> String {
    let mac = keys.mac(KeyPurpose::ProofName, &[text.expose().as_bytes()]);
    mac.iter().take(16).map(|byte| format!("{byte:02x}")).collect()
}

/// Begins a sign-up whose number will be proven by a message to us. The answer is the same whether or not the number has
/// an account: nobody has looked.
pub async fn sign_up_by_message(
    app: &App,
    origin: &Origin,
    sign_up: SignUp,
) -> Result<MessageAwaited, AppError> {
    let password_hash = app.hasher.hash(&sign_up.password).await?;
    decide(|| begin(app, origin, &sign_up, &password_hash)).await
}

async fn begin(
    app: &App,
    origin: &Origin,
    sign_up: &SignUp,
    password_hash: &PasswordHash,
) -> Result<MessageAwaited, Uncommitted> {
    let now = app.now();
    let (id, repeatable) = id_under_key(app, origin, now);
    let text = text_of(&app.keys, id);
    let name = name_of(&app.keys, &text);
    if repeatable && let Some(earlier) = load(app.table.as_ref(), ProofRecord::at(&name)).await? {
        return Ok(MessageAwaited { id, text, expires_at: earlier.record.expires_at });
    }
    let expires_at = now + app.policies_at(now)?.otp.valid_seconds.seconds();
    let mut commit = Commit::new(now);
    // Two texts of the same letters are as good as impossible; the second one would be drawn anew.
    commit.create(&ProofRecord {
        name,
        id,
        phone: sign_up.phone.clone(),
        person: sign_up.name.clone(),
        role: sign_up.role.into(),
        email: sign_up.email.clone(),
        password_hash: password_hash.clone(),
        began_at: now,
        expires_at,
        proven_at: None,
        completed: None,
    })?;
    commit.apply(app).await?;
    Ok(MessageAwaited { id, text, expires_at })
}

/// Takes in a message to our WhatsApp number whose signature was right. It proves a number when it holds the text of a
/// sign-up and comes from the number of that sign-up, in time. Anything else changes nothing. Nothing is answered.
pub async fn prove_by_message(app: &App, inbound: &InboundText) -> Result<(), AppError> {
    let Some(text) = ProofText::find(inbound.text.expose_secret()) else { return Ok(()) };
    let name = name_of(&app.keys, &text);
    decide(|| prove(app, &name, &inbound.from)).await
}

async fn prove(app: &App, name: &str, from: &PhoneNumber) -> Result<(), Uncommitted> {
    let now = app.now();
    let number = NumberName::of(from);
    let places = (ProofRecord::at(name), WhatsappRecord::at(&number));
    let (proof, whatsapp) = load(app.table.as_ref(), places).await?;
    let waits =
        |proof: &ProofRecord| proof.phone == *from && proof.proven_at.is_none() && now < proof.expires_at;
    let Some(Kept { record, version }) = proof.filter(|kept| waits(&kept.record)) else { return Ok(()) };
    let mut commit = Commit::new(now);
    commit.replace(&ProofRecord { proven_at: Some(now), ..record }, version)?;
    // Whoever writes to us by WhatsApp is there, and has not blocked us.
    if let Some(mark) = whatsapp {
        commit.delete(WhatsappRecord::at(&number), mark.version);
    }
    commit.apply(app).await
}

/// Makes the account, when the message has come.
///
/// [`Code::MessageAwaited`] when it has not, or the sign-up is not known, or its time is over: which of them is not said.
/// [`Code::CodeInvalid`] when the number, which is proven by then, has an account. Once more under the same idempotency key
/// it signs in to the account that it made.
pub async fn verify_by_message(
    app: &App,
    origin: &Origin,
    phone: PhoneNumber,
    id: ChallengeId,
) -> Result<Verified, AppError> {
    // An email address that another account took meanwhile is dropped, not the account.
    match decide(|| finish(app, origin, &phone, id, true)).await {
        Err(error) if error.code == Code::EmailTaken => {
            decide(|| finish(app, origin, &phone, id, false)).await
        }
        other => other,
    }
}

async fn finish(
    app: &App,
    origin: &Origin,
    phone: &PhoneNumber,
    id: ChallengeId,
    with_email: bool,
) -> Result<Verified, Uncommitted> {
    let now = app.now();
    let name = name_of(&app.keys, &text_of(&app.keys, id));
    let found = load(app.table.as_ref(), ProofRecord::at(&name)).await?;
    let is_this = |proof: &ProofRecord| proof.id == id && proof.phone == *phone && now < proof.expires_at;
    let Some(Kept { record: proof, version }) = found.filter(|kept| is_this(&kept.record)) else {
        return Err(awaited().into());
    };
    let number = NumberName::of(phone);
    let request_key = origin.request_key.as_ref().map(|request| request.key.clone());
    if let Some((user, first_key)) = &proof.completed {
        if first_key.is_none() || *first_key != request_key {
            return Err(awaited().into());
        }
        return sign_in(app, Commit::new(now), &number, *user, &proof, false).await;
    }
    if proof.proven_at.is_none() {
        return Err(awaited().into());
    }
    let new = NewAccount {
        id: UserId::new(now, app.random_id()),
        role: proof.role,
        name: proof.person.clone(),
        phone: phone.clone(),
        email: proof.email.clone().filter(|_| with_email),
        password_hash: proof.password_hash.clone(),
        consented_at: proof.began_at,
        sign_up: Some(id),
    };
    let user = new.id;
    let email_taken = proof.email.is_some() && !with_email;
    let mut commit = Commit::new(now);
    commit.replace(&ProofRecord { completed: Some((user, request_key)), ..proof.clone() }, version)?;
    new.add_to(app, &mut commit)?;
    sign_in(app, commit, &number, user, &proof, email_taken).await
}

/// Starts a session in a commit, and applies it.
async fn sign_in(
    app: &App,
    mut commit: Commit,
    number: &NumberName,
    user: UserId,
    proof: &ProofRecord,
    email_taken: bool,
) -> Result<Verified, Uncommitted> {
    let now = commit.now();
    let session = start_session(app, number, user, proof.role, now)?;
    let signed_in = SignedIn { user, role: proof.role, tokens: tokens(app, &session, now)? };
    commit.create(&session)?;
    commit.apply(app).await?;
    Ok(Verified { signed_in, email_taken })
}

fn awaited() -> AppError {
    AppError::new(
        Code::MessageAwaited,
        "The message has not arrived yet. Send the text from the phone whose number you gave, or begin again.",
    )
}
