//! One call to Twilio, and what its answer means.

use std::time::{Duration, Instant};

use khaya_domain::delivery::{Channel, Failure};
use khaya_ports::Cause;
use khaya_ports::text::TextError;
use reqwest::header::RETRY_AFTER;
use reqwest::{RequestBuilder, Response, StatusCode};
use serde::de::DeserializeOwned;

use super::answer::ErrorBody;
use super::circuit::Circuit;
use super::failure;

/// How often the same call is made while Twilio says that it is too busy: it has done nothing then.
const MOST_CALLS: u32 = 3;
/// How long all the waiting between such calls may take: with one call's own limit, below what the port promises.
const MOST_WAITING: Duration = Duration::from_secs(4);
/// The wait after the first call, if Twilio names none; the next is twice as long.
const FIRST_WAIT: Duration = Duration::from_millis(400);

/// A refusal by status and Twilio's code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("Twilio answered {status} with code {code:?}")]
struct Refusal {
    status: u16,
    code: Option<u32>,
}

/// What a call is about.
#[derive(Clone, Copy)]
pub(super) struct About {
    pub(super) channel: Option<Channel>,
    /// Tells callers apart, so that those who were refused together do not come back together.
    pub(super) spread: u8,
    /// Whether what is asked for may not be there, and that is no alarm.
    pub(super) may_be_absent: bool,
}

/// Whether a refusal says that what was asked for is not there.
pub(super) fn is_absent(cause: &Cause) -> bool {
    cause.downcast_ref::<Refusal>().is_some_and(|refusal| refusal.status == StatusCode::NOT_FOUND.as_u16())
}

/// Makes a call.
pub(super) async fn call<T: DeserializeOwned>(
    circuit: &Circuit,
    request: RequestBuilder,
    about: About,
) -> Result<T, TextError> {
    let (began, mut calls) = (Instant::now(), 1);
    loop {
        let answer = request_once(circuit, request.try_clone()).await?;
        let wait = wait_of(&answer, calls, about.spread);
        let busy = match read(answer, about).await {
            Err(busy @ TextError::Busy(_)) => busy,
            other => return other,
        };
        if calls == MOST_CALLS || began.elapsed() + wait > MOST_WAITING {
            return Err(busy);
        }
        tokio::time::sleep(wait).await;
        calls += 1;
    }
}

async fn request_once(circuit: &Circuit, request: Option<RequestBuilder>) -> Result<Response, TextError> {
    let Some(request) = request else {
        return Err(TextError::Busy("a request that cannot be repeated".into()));
    };
    if !circuit.lets_through(Instant::now()) {
        return Err(TextError::Busy(
            "Twilio has not answered several calls, and is left alone for a moment".into(),
        ));
    }
    let answer = request.send().await;
    let is_answered = answer.as_ref().is_ok_and(|answer| !answer.status().is_server_error());
    circuit.note(is_answered, Instant::now());
    // The error's own text may quote the URL, which may hold a number.
    answer.map_err(|error| match error.is_connect() {
        true => TextError::Busy(error.without_url().into()),
        false => TextError::Unknown(error.without_url().into()),
    })
}

fn wait_of(answer: &Response, calls: u32, spread: u8) -> Duration {
    let told = answer.headers().get(RETRY_AFTER).and_then(|value| value.to_str().ok()?.parse().ok());
    let usual = FIRST_WAIT * 2_u32.saturating_pow(calls - 1);
    told.map_or(usual, Duration::from_secs) + usual * u32::from(spread) / 512
}

async fn read<T: DeserializeOwned>(answer: Response, about: About) -> Result<T, TextError> {
    let status = answer.status();
    let bytes = answer.bytes().await.map_err(|error| TextError::Unknown(error.without_url().into()))?;
    if status.is_success() {
        // The error's own text may quote a value, so it is not kept.
        return serde_json::from_slice(&bytes)
            .map_err(|_| TextError::Unknown("the answer is not what Twilio's description says".into()));
    }
    let code = serde_json::from_slice::<ErrorBody>(&bytes).ok().and_then(|body| body.code);
    let refusal = Refusal { status: status.as_u16(), code };
    let failure = match (status, code) {
        (StatusCode::UNAUTHORIZED | StatusCode::NOT_FOUND, None) => Failure::Account,
        // Too many calls at once, which passes at once; or too much on this channel, which does not.
        (StatusCode::TOO_MANY_REQUESTS, code) if code.map(failure::of_code) != Some(Failure::Throttled) => {
            return Err(TextError::Busy(refusal.into()));
        }
        (status, Some(code)) if status.is_client_error() => failure::of_code(code),
        // Whoever stands before Twilio may say this without a code; and a 5xx may have done everything.
        _ => return Err(TextError::Unknown(refusal.into())),
    };
    if !(about.may_be_absent && status == StatusCode::NOT_FOUND) {
        failure::alarm(failure, code.unwrap_or_default(), about.channel);
    }
    Err(TextError::Refused { failure, source: refusal.into() })
}
