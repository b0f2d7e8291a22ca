//! What a release pays to whom: the worker, the platform, and who has invited either.

use std::collections::BTreeMap;

use khaya_domain::ids::{JobId, UserId};
use khaya_domain::ledger::AccountName;
use serde_json::Value;

use super::{Audited, Commit, cents, five_percent, id};

/// On how many jobs a worker pays no fee.
const WAIVERS: i64 = 2;

impl Audited {
    /// The fee is 5% from the third released job on, and the rest is the worker's, to the cent.
    pub(super) fn check_releases(&mut self, commit: &Commit) {
        for change in commit.of_kind("release") {
            let record = &change.after;
            let (Some(worker), Some(job)) = (id::<UserId>(&record["worker"]), id::<JobId>(&record["job"]))
            else {
                continue;
            };
            let count = self.waivers.entry(worker).or_default();
            if change.before.is_some() {
                if record["refundedBy"].is_string() && record["quote"]["waived"] == true {
                    *count -= 1;
                }
                continue;
            }
            let before = *count;
            *count = (before + 1).min(WAIVERS);
            let agreed = self.jobs.get(&job).and_then(|job| Some(job.agreement()?.amount.cents()));
            let memo = if commit.entries.iter().any(|entry| entry.memo().as_str() == "release") {
                "release"
            } else {
                "dispute decided"
            };
            let out_of_escrow = -commit.growth(memo, AccountName::Escrow(job));
            let back: i64 = commit.of_kind("outgoing").map(|change| cents(&change.after["amount"])).sum();
            let released = out_of_escrow - back;
            let fee = if before < WAIVERS { 0 } else { five_percent(released) };
            let got = commit.growth(memo, AccountName::Payable(worker));
            let taken = commit.growth(memo, AccountName::RevenueFees);
            if agreed != Some(out_of_escrow) || got != released - fee || taken != fee {
                self.fault(format!(
                    "{memo} of {job}: {out_of_escrow} of {agreed:?} left the held money, {back} went back, the worker got {got} \
                     and the platform {taken}; the fee of a worker who has used {before} waivers is {fee}"
                ));
            }
        }
        let counted: Vec<_> = commit
            .of_kind("user")
            .filter_map(|change| {
                let user = id::<UserId>(&change.after["user"]["id"])?;
                Some((user, change.after["user"]["jobsReleased"].as_i64().unwrap_or_default()))
            })
            .collect();
        for (user, counted) in counted {
            let real = self.waivers.get(&user).copied().unwrap_or_default();
            if counted.min(WAIVERS) != real {
                self.fault(format!(
                    "{user} has {counted} released jobs on record, and has used {real} waivers"
                ));
            }
        }
    }

    /// A referral earns once, 5% and R500 at most, and what is taken back is what is still owed.
    pub(super) fn check_referrals(&mut self, commit: &Commit) {
        let mut earned = 0;
        let released: i64 =
            commit.of_kind("release").map(|change| cents(&change.after["quote"]["amount"])).sum();
        let mut back: BTreeMap<UserId, i64> = BTreeMap::new();
        for change in commit.of_kind("referral") {
            let (record, state) = (&change.after, &change.after["state"]);
            let (Some(referrer), Some(referred)) =
                (id::<UserId>(&record["referrer"]), id::<UserId>(&record["referred"]))
            else {
                continue;
            };
            let was = change.before.as_ref().map(|before| before["state"]["status"].clone());
            match state["status"].as_str() {
                Some("earned") => {
                    let commission = cents(&state["commission"]);
                    earned += commission;
                    let due = five_percent(released).min(50_000);
                    if commission != due || !self.earned.insert(referred.to_string()) || referrer == referred
                    {
                        self.fault(format!("{referrer} earns {commission} instead of {due} for {referred}"));
                    }
                }
                Some("reversed") if was == Some(Value::from("earned")) => {
                    *back.entry(referrer).or_default() += cents(&state["commission"]);
                }
                _ => {}
            }
        }
        let booked = commit.growth("commission", AccountName::ExpenseReferrals);
        if booked != earned {
            self.fault(format!("{booked} of commissions are booked, and {earned} are earned"));
        }
        for (referrer, all) in back {
            let payable = AccountName::Payable(referrer);
            let others = commit.growth("refund after release", payable);
            let before = commit.before.get(&payable).copied();
            let owed = before.unwrap_or_else(|| self.balance(payable)) + others;
            let taken = -commit.growth("commission taken back", payable);
            if taken != all.min(owed) {
                self.fault(format!("{taken} of {all} are taken back from {referrer}, who is owed {owed}"));
            }
        }
    }
}
