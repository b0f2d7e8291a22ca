//! Who calls: the access token of a request, ours or another house's.

use khaya_ports::token::TokenError;

use super::foreign;
use crate::app::App;
use crate::caller::Actor;
use crate::error::AppError;

/// Whom an access token speaks for. Our own are decided without reading anything; those of the identity provider, where
/// there is one, with one read of their session.
///
/// [`crate::Code::Unauthenticated`] and [`crate::Code::TokenExpired`] for what is no valid token. For a foreign token also
/// [`crate::Code::SignUpFirst`], [`crate::Code::PhoneNotProven`], [`crate::Code::Suspended`] and [`crate::Code::Forbidden`]
/// when it cannot be linked to an account, [`crate::Code::SessionInvalid`] when its session is over, and
/// [`crate::Code::Unavailable`] when the provider must be asked and does not answer.
pub async fn authenticate(app: &App, token: &str) -> Result<Actor, AppError> {
    match (app.tokens.verify(token, app.clock.now()), &app.identity) {
        (Ok(claims), _) => Ok(Actor::from(claims)),
        (Err(TokenError::Invalid), Some(provider)) => {
            foreign::authenticate(app, provider.as_ref(), token).await
        }
        (Err(error), _) => Err(error.into()),
    }
}
