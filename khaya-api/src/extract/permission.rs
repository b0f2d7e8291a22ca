//! Who may call: the permission is a type in the handler's signature.

use std::marker::PhantomData;

use axum::extract::FromRequestParts;
use axum::http::header::AUTHORIZATION;
use axum::http::request::Parts;
use khaya_app::{Actor, AppError, Code, auth};
use khaya_domain::user::Role;

use crate::problem::Problem;
use crate::state::ApiState;

/// A set of roles.
pub trait Permission: Send + Sync + 'static {
    /// The roles that may call.
    const ROLES: &'static [Role];
    /// Who may call, in words.
    const WHO: &'static str;
}

macro_rules! permissions {
    ($($(#[doc = $doc:literal])+ $name:ident: $who:literal, [$($role:ident),+];)+) => {$(
        $(#[doc = $doc])+
        #[derive(Debug, Clone, Copy)]
        pub struct $name;

        impl Permission for $name {
            const ROLES: &'static [Role] = &[$(Role::$role),+];
            const WHO: &'static str = $who;
        }
    )+};
}

permissions! {
    /// Anybody who is signed in.
    Anyone: "anybody who is signed in", [Buyer, Worker, Seller, Admin];
    /// Buyers.
    BuyerOnly: "a buyer", [Buyer];
    /// Workers.
    WorkerOnly: "a worker", [Worker];
    /// The parties of a job: buyers and workers.
    PartyOnly: "a buyer or a worker", [Buyer, Worker];
    /// Who lists: workers and sellers.
    ListerOnly: "a worker or a seller", [Worker, Seller];
    /// Admins.
    AdminOnly: "an admin", [Admin];
}

/// A signed-in caller who has permission `P`. Without a valid token 401, in another role 403.
pub struct Permitted<P> {
    /// Who calls.
    pub actor: Actor,
    permission: PhantomData<P>,
}

impl<P: Permission> FromRequestParts<ApiState> for Permitted<P> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &ApiState) -> Result<Self, Problem> {
        let actor = signed_in(parts, state).await?.ok_or_else(|| {
            AppError::new(
                Code::Unauthenticated,
                "Sign in first: send the access token as Authorization: Bearer.",
            )
        })?;
        if !P::ROLES.contains(&actor.role) {
            let detail =
                format!("Only {} can do this; you are signed in as a {}.", P::WHO, actor.role.as_str());
            return Err(AppError::new(Code::Forbidden, detail).into());
        }
        Ok(Self { actor, permission: PhantomData })
    }
}

/// The caller, if one is signed in. A token that is not valid is refused, not ignored.
pub struct MaybeSignedIn(pub Option<Actor>);

impl FromRequestParts<ApiState> for MaybeSignedIn {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &ApiState) -> Result<Self, Problem> {
        signed_in(parts, state).await.map(Self)
    }
}

async fn signed_in(parts: &Parts, state: &ApiState) -> Result<Option<Actor>, Problem> {
    let Some(header) = parts.headers.get(AUTHORIZATION) else { return Ok(None) };
    let token = header.to_str().ok().and_then(|header| {
        let (scheme, token) = header.split_once(' ')?;
        scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
    });
    let token = token.ok_or_else(|| {
        AppError::new(
            Code::Unauthenticated,
            "The Authorization header must read: Bearer, a space, the access token.",
        )
    })?;
    Ok(Some(auth::authenticate(&state.app, token).await?))
}
