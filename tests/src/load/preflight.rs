//! What must be known of a server before anybody comes.

use std::time::{Duration, Instant};

use super::Plan;
use crate::http::Api;

/// What the server can do.
pub(super) struct Abilities {
    /// It shows the codes that it would have sent.
    pub(super) has_inbox: bool,
    /// It can search.
    pub(super) has_search: bool,
}

/// Asks until the status is this one, for a while; the last status, or why there was none.
async fn status_of(api: &Api, path: &str, wanted: u16, patience: Duration) -> Result<u16, String> {
    let begun = Instant::now();
    loop {
        let status = match api.get(path).try_send().await {
            Ok(answer) => Ok(answer.status),
            Err(error) => Err(format!("{error:?}")),
        };
        if status == Ok(wanted) || begun.elapsed() > patience {
            return status;
        }
        tokio::time::sleep(Duration::from_millis(250)).await;
    }
}

/// Looks whether the server is ready and whether people can come to it.
pub(super) async fn look(api: &Api, plan: &Plan) -> Result<Abilities, String> {
    match status_of(api, "/health/ready", 200, Duration::from_secs(30)).await {
        Ok(200) => {}
        Ok(status) => return Err(format!("{} is not ready: it answers {status}", api.base)),
        Err(error) => return Err(format!("nothing answers at {}: {error}", api.base)),
    }
    let has_search = status_of(api, "/jobs/search?q=geyser", 200, Duration::from_secs(10)).await == Ok(200);
    let has_inbox = status_of(api, "/dev/inbox?to=0820000000", 200, Duration::ZERO).await == Ok(200);
    if !has_inbox || !plan.accounts.is_empty() {
        let of = |role| plan.accounts.iter().filter(|account| account.role == role).count();
        let (buyers, workers) = (of(super::crew::Role::Buyer), of(super::crew::Role::Worker));
        let pairs = plan.pairs();
        if buyers < pairs || workers < pairs {
            return Err(format!(
                "{} sends its codes to real phones, so nobody can sign up. Name people who have accounts there \
                 with --accounts FILE, one a line: buyer,+27821234567,password or worker,+27731234567,password. \
                 {pairs} buyers and {pairs} workers are needed; {buyers} and {workers} are named.",
                api.base
            ));
        }
    }
    Ok(Abilities { has_inbox: has_inbox && plan.accounts.is_empty(), has_search })
}
