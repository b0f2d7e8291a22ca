//! Limits on requests from one network address, by class of route.
//!
//! They live in this process: they keep one client from taking the machine. What costs money or guards an account is
//! limited by the rules, in the store.

use std::net::IpAddr;
use std::num::NonZeroU32;
use std::time::Duration;

use axum::http::{HeaderMap, HeaderName, HeaderValue, Method};
use governor::clock::{Clock, DefaultClock};
use governor::middleware::StateInformationMiddleware;
use governor::state::keyed::DefaultKeyedStateStore;
use governor::{Quota, RateLimiter};

use crate::problem::{EdgeCode, Problem};

/// A class of routes that share a limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RouteClass {
    /// Everything under `/auth`: each request may cost a hash or a text.
    Auth,
    /// What changes something.
    Write,
    /// What reads.
    Read,
    /// Health, metrics, and what the payment provider announces, which its signature guards: never limited.
    Operations,
}

impl RouteClass {
    /// The class of a route.
    pub fn of(method: &Method, route: &str) -> Self {
        if route.starts_with("/health") || route.starts_with("/webhooks/") || route == "/metrics" {
            Self::Operations
        } else if route.starts_with("/auth/") {
            Self::Auth
        } else if *method == Method::GET || *method == Method::HEAD || *method == Method::OPTIONS {
            Self::Read
        } else {
            Self::Write
        }
    }
}

/// Requests a minute, all of which may come at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RateLimitSettings {
    /// Under `/auth`.
    pub auth: NonZeroU32,
    /// Of what changes something.
    pub write: NonZeroU32,
    /// Of what reads.
    pub read: NonZeroU32,
}

impl Default for RateLimitSettings {
    fn default() -> Self {
        let per_minute = |count| NonZeroU32::new(count).unwrap_or(NonZeroU32::MIN);
        Self { auth: per_minute(30), write: per_minute(120), read: per_minute(600) }
    }
}

type Limiter = RateLimiter<IpAddr, DefaultKeyedStateStore<IpAddr>, DefaultClock, StateInformationMiddleware>;

struct Class {
    limiter: Limiter,
    per_minute: NonZeroU32,
}

impl Class {
    fn new(per_minute: NonZeroU32) -> Self {
        let limiter = RateLimiter::keyed(Quota::per_minute(per_minute)).with_middleware();
        Self { limiter, per_minute }
    }
}

/// The limits of all classes.
pub struct RateLimits {
    auth: Class,
    write: Class,
    read: Class,
    clock: DefaultClock,
}

/// A request that may go on.
#[derive(Debug, Clone, Copy)]
pub struct Admitted {
    limit: u32,
    remaining: u32,
}

/// A request that may not.
#[derive(Debug, Clone, Copy)]
pub struct Refused {
    limit: u32,
    wait: Duration,
}

impl Refused {
    /// The answer.
    pub fn problem(&self) -> Problem {
        let wait = Duration::from_secs(self.wait.as_secs() + 1);
        Problem { retry_after: Some(wait), ..Problem::edge(EdgeCode::RateLimited) }
    }
}

impl RateLimits {
    /// Limits from settings.
    pub fn new(settings: RateLimitSettings) -> Self {
        Self {
            auth: Class::new(settings.auth),
            write: Class::new(settings.write),
            read: Class::new(settings.read),
            clock: DefaultClock::default(),
        }
    }

    /// Counts a request. An IPv6 client is its /64 network: one subscriber has all of that.
    pub fn check(&self, class: RouteClass, address: IpAddr) -> Result<Admitted, Refused> {
        let class = match class {
            RouteClass::Auth => &self.auth,
            RouteClass::Write => &self.write,
            RouteClass::Read => &self.read,
            RouteClass::Operations => return Ok(Admitted { limit: u32::MAX, remaining: u32::MAX }),
        };
        let limit = class.per_minute.get();
        match class.limiter.check_key(&network(address)) {
            Ok(state) => Ok(Admitted { limit, remaining: state.remaining_burst_capacity() }),
            Err(not_until) => Err(Refused { limit, wait: not_until.wait_time_from(self.clock.now()) }),
        }
    }

    /// Forgets addresses that have not called for a while.
    pub fn forget_idle(&self) {
        for class in [&self.auth, &self.write, &self.read] {
            class.limiter.retain_recent();
            class.limiter.shrink_to_fit();
        }
    }
}

fn network(address: IpAddr) -> IpAddr {
    match address {
        IpAddr::V4(address) => IpAddr::V4(address),
        IpAddr::V6(address) => match address.to_ipv4_mapped() {
            Some(mapped) => IpAddr::V4(mapped),
            None => IpAddr::V6((u128::from(address) & !u128::from(u64::MAX)).into()),
        },
    }
}

/// Tells the client where it stands: `RateLimit-Limit`, `-Remaining` and `-Reset`
/// (draft-ietf-httpapi-ratelimit-headers-06).
pub fn show(standing: &Result<Admitted, Refused>, headers: &mut HeaderMap) {
    let (limit, remaining, reset) = match standing {
        Ok(Admitted { limit: u32::MAX, .. }) => return,
        Ok(Admitted { limit, remaining }) => {
            let used = u64::from(limit.saturating_sub(*remaining));
            (*limit, *remaining, (used * 60).div_ceil(u64::from(*limit)))
        }
        Err(Refused { limit, wait }) => (*limit, 0, wait.as_secs() + 1),
    };
    headers.insert(HeaderName::from_static("ratelimit-limit"), HeaderValue::from(limit));
    headers.insert(HeaderName::from_static("ratelimit-remaining"), HeaderValue::from(remaining));
    headers.insert(HeaderName::from_static("ratelimit-reset"), HeaderValue::from(reset));
}

#[cfg(test)]
mod tests {
    use super::*;

    fn limits(auth: u32) -> RateLimits {
        RateLimits::new(RateLimitSettings {
            auth: NonZeroU32::new(auth).unwrap(),
            ..RateLimitSettings::default()
        })
    }

    #[test]
    fn the_request_over_the_limit_is_refused_and_told_when_to_come_back() {
        let limits = limits(3);
        let address = "10.0.0.1".parse().unwrap();
        for left in [2, 1, 0] {
            assert_eq!(limits.check(RouteClass::Auth, address).unwrap().remaining, left);
        }
        let refused = limits.check(RouteClass::Auth, address).unwrap_err();
        assert!(refused.problem().retry_after.unwrap() <= Duration::from_secs(21));
        assert!(limits.check(RouteClass::Read, address).is_ok(), "classes are counted apart");
        assert!(
            limits.check(RouteClass::Auth, "10.0.0.2".parse().unwrap()).is_ok(),
            "addresses are counted apart"
        );
    }

    #[test]
    fn addresses_of_one_ipv6_network_are_one_client() {
        let limits = limits(1);
        assert!(limits.check(RouteClass::Auth, "2001:db8::1".parse().unwrap()).is_ok());
        assert!(limits.check(RouteClass::Auth, "2001:db8::ffff:2".parse().unwrap()).is_err());
        assert!(limits.check(RouteClass::Auth, "2001:db8:0:1::1".parse().unwrap()).is_ok());
    }
}
