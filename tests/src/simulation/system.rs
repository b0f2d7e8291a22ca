//! What goes on by itself: the outbox, due work, the payment provider and what it announces, in any order, more than once.

use khaya_adapters_local::payments::{RefundFate, RenewalFate, TransferFate};
use khaya_app::outbox::{list_parked, replay_parked};
use khaya_app::{due, payments};
use khaya_ports::payment::WebhookReader;

use super::Simulation;

impl Simulation {
    /// Delivers the outbox.
    pub(super) async fn deliver(&mut self) {
        let delivered = self.dispatcher.run_once().await;
        self.note("deliver the outbox", delivered);
    }

    /// Something goes on.
    pub(super) async fn work(&mut self) {
        match self.dice.below(8) {
            0..=2 => self.deliver().await,
            3 => self.tick().await,
            4 => self.move_the_provider().await,
            5 | 6 => self.announce().await,
            _ => self.decide_fates().await,
        }
    }

    pub(super) async fn tick(&mut self) {
        let ticked = due::tick(&self.app).await;
        if let Some(tick) = self.note("do due work", ticked)
            && tick.failed > 0
            && !self.faults.are_on()
        {
            self.violation(format!("{} pieces of due work failed without a fault", tick.failed));
        }
    }

    async fn move_the_provider(&mut self) {
        if let Err(error) = self.provider.advance().await {
            self.violation(format!("the provider: {error}"));
        }
    }

    /// Announcements arrive: some twice, some late, some with a wrong signature.
    async fn announce(&mut self) {
        let Ok(mut due) = self.provider.due_deliveries(20).await else { return };
        if self.dice.once_in(2) {
            due.reverse();
        }
        for delivery in due {
            // Late. (What the provider has tried for three days it drops, and for a renewal there is then nothing left to
            // ask for: its reference is the provider's own. The ladder has tests of its own.)
            if self.dice.once_in(5) {
                continue;
            }
            if self.dice.once_in(10) {
                let forged = "0".repeat(128);
                if self.webhooks.read(Some(&forged), &delivery.body).is_ok() {
                    self.violation("a forged signature was believed".to_owned());
                }
            }
            let times = 1 + self.dice.below(3);
            let mut stored = false;
            for _ in 0..times {
                match self.webhooks.read(Some(&delivery.signature), &delivery.body) {
                    Ok(announcement) => {
                        let taken = payments::take_in(&self.app, &announcement).await;
                        stored |= self.note("take in an announcement", taken).is_some();
                    }
                    Err(error) => self.violation(error.to_string()),
                }
            }
            // Delivered again now and then, although it was answered.
            if stored && !self.dice.once_in(6) {
                let _ = self.provider.delivered(&delivery.id).await;
            }
        }
    }

    /// The provider will fail some of what it does next.
    async fn decide_fates(&mut self) {
        if let Some((_, reference)) = self.dice.pick(&self.crowd.payments) {
            let fate = match self.dice.below(4) {
                0 => RefundFate::Fail,
                1 => RefundFate::NeedsDetails,
                _ => RefundFate::Arrive,
            };
            let _ = self.provider.plan_refund(&reference, fate).await;
        }
        let everybody = self.crowd.everybody();
        if let Some(member) = self.dice.pick(&everybody)
            && let Ok(all) = self.provider.subscriptions_of(member.caller.actor.user).await
        {
            let fate = if self.dice.once_in(3) { RenewalFate::Fail } else { RenewalFate::Pay };
            for subscription in all {
                let _ = self.provider.plan_renewal(&subscription.code, fate).await;
            }
        }
    }

    /// Nothing at the provider hangs or fails any more.
    pub(super) async fn finish_at_the_provider(&mut self) {
        for (_, reference) in self.crowd.payments.clone() {
            let _ = self.provider.plan_refund(&reference, RefundFate::Arrive).await;
        }
        for transfer in self.auditor.payouts() {
            let Ok(reference) = format!("kh-out-{}", transfer.simple()).parse() else { continue };
            let _ = self.provider.plan_transfer(&reference, TransferFate::Arrive).await;
        }
    }

    /// Everything that can be done now is done.
    pub(super) async fn let_everything_work(&mut self) {
        self.retry_refunds().await;
        for _ in 0..30 {
            let moved = self.provider.advance().await.unwrap_or_default();
            let due = self.provider.due_deliveries(100).await.unwrap_or_default();
            for delivery in &due {
                if let Ok(announcement) = self.webhooks.read(Some(&delivery.signature), &delivery.body) {
                    let taken = payments::take_in(&self.app, &announcement).await;
                    self.note("take in an announcement", taken);
                }
                let _ = self.provider.delivered(&delivery.id).await;
            }
            let delivered = self.dispatcher.run_once().await;
            let delivered =
                self.note("deliver the outbox", delivered).map_or(0, |delivery| delivery.delivered);
            if moved == 0 && due.is_empty() && delivered == 0 {
                break;
            }
        }
        self.tick().await;
    }

    /// What was given up during the faults is delivered now.
    pub(super) async fn replay_parked(&mut self) {
        let parked = list_parked(&self.app, 1000).await;
        for event in self.note("list parked events", parked).unwrap_or_default() {
            let replayed = replay_parked(&self.app, &event).await;
            self.note("replay a parked event", replayed);
        }
        self.let_everything_work().await;
        let parked = list_parked(&self.app, 1000).await;
        for event in self.note("list parked events", parked).unwrap_or_default() {
            self.violation(format!("{} stays parked", event.event.name()));
        }
    }
}
