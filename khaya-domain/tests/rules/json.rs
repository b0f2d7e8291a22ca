//! What is stored can be read again, and reading never goes around a check.

use crate::support::{bid_in, job_in, noon, user_id, worker};
use khaya_domain::{
    bid::{Bid, BidStatus},
    ids::{ChallengeId, SessionId},
    job::{Job, JobStatus},
    otp::{AddressLog, Challenge, CodeDigest, Purpose, SendLog},
    policy::{OtpPolicy, Policies, SessionPolicy},
    session::{RefreshFamily, SignInGuard},
    user::{Role, User},
};
use serde::{Serialize, de::DeserializeOwned};
use std::fmt::Debug;

fn survives<T: Serialize + DeserializeOwned + PartialEq + Debug>(value: &T) {
    let json = serde_json::to_string(value).unwrap();
    assert_eq!(&serde_json::from_str::<T>(&json).unwrap(), value, "{json}");
}

#[test]
fn every_state_of_a_job_survives() {
    JobStatus::ALL.iter().for_each(|status| survives::<Job>(&job_in(*status)));
    survives(&job_in(JobStatus::InProgress).cancel_by_admin(noon()).unwrap());
}

#[test]
fn every_state_of_a_bid_survives() {
    BidStatus::ALL.iter().for_each(|status| survives::<Bid>(&bid_in(*status)));
}

#[test]
fn users_sessions_and_codes_survive() {
    let (otp, sessions) = (OtpPolicy::default(), SessionPolicy::default());
    survives::<User>(&worker());
    survives(&worker().suspend("Spam".parse().unwrap(), noon()).unwrap());
    survives(&RefreshFamily::start(
        SessionId::new(noon(), [1; 10]),
        user_id(1),
        Role::Buyer,
        noon(),
        &sessions,
    ));
    survives(&SignInGuard::default().failed(noon(), &sessions));
    let id = ChallengeId::new(noon(), [1; 10]);
    survives(&Challenge::issue(id, Purpose::ResetPassword, CodeDigest([9; 32]), noon()));
    survives(&SendLog::default().record(noon(), &otp).unwrap());
    survives(&AddressLog::default().record(noon(), &otp).unwrap());
    survives(&Policies::default());
}

#[test]
fn statuses_have_one_spelling() {
    for status in JobStatus::ALL {
        assert_eq!(serde_json::to_value(status).unwrap(), status.as_str());
        assert_eq!(serde_json::to_value(job_in(*status).state()).unwrap()["status"], status.as_str());
        assert_eq!(status.as_str().parse(), Ok(*status));
    }
    for status in BidStatus::ALL {
        assert_eq!(serde_json::to_value(status).unwrap(), status.as_str());
        assert_eq!(serde_json::to_value(bid_in(*status).state()).unwrap()["status"], status.as_str());
        assert_eq!(status.as_str().parse(), Ok(*status));
    }
}

#[test]
fn a_stored_job_with_a_bad_value_is_not_read() {
    let job = serde_json::to_value(job_in(JobStatus::InProgress)).unwrap();
    for (pointer, bad) in [
        ("/state/agreement/amount/amount", serde_json::json!(-5)),
        ("/state/agreement/feePolicy/workerRate", serde_json::json!("7")),
        ("/state/agreement/amount/amount", serde_json::json!(0)),
        ("/state/agreement/worker", serde_json::json!(user_id(8))),
        ("/buyer", serde_json::json!(user_id(2))),
        ("/state/status", serde_json::json!("done")),
        ("/details/title", serde_json::json!("Tap")),
        ("/details/address/point/latitude", serde_json::json!(51.5)),
        ("/id", serde_json::json!("seven")),
    ] {
        let mut changed = job.clone();
        *changed.pointer_mut(pointer).unwrap() = bad;
        assert!(serde_json::from_value::<Job>(changed).is_err(), "{pointer}");
    }
}

#[test]
fn a_stored_bid_of_someone_else_is_not_read() {
    let mut bid = serde_json::to_value(bid_in(BidStatus::Pending)).unwrap();
    bid["worker"] = serde_json::json!(user_id(8));
    let refused = serde_json::from_value::<Bid>(bid).unwrap_err();
    assert!(refused.to_string().contains("is not the bid of its worker"), "{refused}");
}
