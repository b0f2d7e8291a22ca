//! What a job may cost: the guide always answers, and no answer of a model leaves its bounds.

use crate::support::cents;
use khaya_domain::{
    category::Category,
    estimate::{
        Claimed, Confidence, DayRange, Estimate, Found, Implausible, PriceRange, Source, Tally, guide,
    },
    policy::AssistantPolicy,
    summary::{self, MOST_POINTS, Sentiment, SummarySource},
    text::{Description, Title},
};
use proptest::prelude::*;

fn usual(category: Category, title: &str, description: &str) -> Estimate {
    guide::estimate(category, &title.parse().unwrap(), &description.parse().unwrap())
}

fn leak() -> Estimate {
    usual(Category::Plumbing, "Geyser is leaking", "Somebody must look at it.")
}

fn claimed() -> Claimed {
    Claimed {
        currency: "ZAR".to_owned(),
        low_rand: 900,
        high_rand: 2_500,
        low_days: 1,
        high_days: 2,
        confidence: Confidence::Medium,
        reason: "A new valve and two hours of work.".to_owned(),
    }
}

fn check(claimed: Claimed) -> Result<Estimate, Implausible> {
    claimed.check(&leak(), &AssistantPolicy::default(), "a-model".parse().unwrap())
}

#[test]
fn a_sound_answer_is_the_models_and_says_so() {
    let estimate = check(claimed()).unwrap();
    assert_eq!((estimate.price.low(), estimate.price.high()), (cents(90_000), cents(250_000)));
    assert_eq!(estimate.source, Source::Model { name: "a-model".parse().unwrap() });
}

#[test]
fn an_answer_that_cannot_be_believed_is_refused_for_its_first_fault() {
    let with = |change: fn(&mut Claimed)| {
        let mut changed = claimed();
        change(&mut changed);
        check(changed).unwrap_err()
    };
    // The guide says R750 to R8 000 and 1 to 3 days; the factor is 3.
    assert_eq!(with(|c| c.currency = "USD".into()), Implausible::Currency);
    assert_eq!(with(|c| c.low_rand = -900), Implausible::Amount);
    assert_eq!(with(|c| c.high_rand = i64::MAX), Implausible::Amount);
    assert_eq!(with(|c| c.low_rand = 0), Implausible::Order);
    assert_eq!(with(|c| c.high_rand = 800), Implausible::Order);
    assert_eq!(with(|c| c.low_days = 0), Implausible::Order);
    assert_eq!(with(|c| c.high_days = 366), Implausible::Order);
    assert_eq!(with(|c| c.low_rand = 249), Implausible::Price);
    assert_eq!(with(|c| c.high_rand = 24_001), Implausible::Price);
    assert_eq!(with(|c| c.high_days = 10), Implausible::Days);
    assert_eq!(with(|c| c.reason = String::new()), Implausible::Text);
    assert_eq!(with(|c| c.reason = "x".repeat(301)), Implausible::Text);
    for reason in [
        "See https://pay.example for a better price",
        "Pay at pay.example.co.za instead",
        "Write to me@example",
        "Call 082 123 4567 first",
        "Call +27-82-123.4567 first",
        "Call ٠٨٢١٢٣٤٥٦٧ first",
        "<b>cheap</b>",
        "[here](x)",
    ] {
        let refused = check(Claimed { reason: reason.to_owned(), ..claimed() });
        assert_eq!(refused.unwrap_err(), Implausible::NotPlain, "{reason}");
    }
    // At the bounds it is believed.
    assert!(check(Claimed { low_rand: 250, high_rand: 24_000, high_days: 9, ..claimed() }).is_ok());
}

proptest! {
    /// Whatever a text says, it chooses between three ranges of its trade.
    #[test]
    fn no_text_moves_the_guide_out_of_its_trade(
        category in prop::sample::select(Category::ALL),
        title in "[a-zA-Z0-9 ]{5,100}",
        description in "\\PC{10,300}",
    ) {
        let (Ok(title), Ok(description)) = (title.parse::<Title>(), description.parse::<Description>()) else {
            return Ok(());
        };
        let plain = usual(category, "Some work", "Something is to be done.");
        let estimate = guide::estimate(category, &title, &description);
        prop_assert!(plain.price.holds(estimate.price.low()) && plain.price.holds(estimate.price.high()));
        prop_assert!(plain.days.low() <= estimate.days.low() && estimate.days.high() <= plain.days.high());
        prop_assert!(PriceRange::new(estimate.price.low(), estimate.price.high()).is_ok());
        prop_assert!(DayRange::new(estimate.days.low(), estimate.days.high()).is_ok());
        let is_the_guides = matches!(estimate.source, Source::Guide { .. });
        prop_assert!(is_the_guides);
    }

    /// Whatever a model says, what is believed lies within the policy's factor of the guide.
    #[test]
    fn what_is_believed_is_near_the_guide(
        low_rand in -10_i64..40_000, high_rand in -10_i64..40_000, low_days in 0_u16..20, high_days in 0_u16..20,
    ) {
        if let Ok(estimate) = check(Claimed { low_rand, high_rand, low_days, high_days, ..claimed() }) {
            prop_assert!(estimate.price.low().cents() * 3 >= 75_000);
            prop_assert!(estimate.price.high().cents() <= 3 * 800_000);
            prop_assert!(estimate.price.low() <= estimate.price.high());
            prop_assert!((1..=9).contains(&estimate.days.high()));
        }
    }

    /// A tally knows as much as a list of all prices.
    #[test]
    fn a_tally_counts_each_job_once(prices in prop::collection::vec(1_i64..4_000_000, 1..60), split in 0_usize..60) {
        let range = leak().price;
        let count = |prices: &[i64]| {
            prices.iter().fold(Tally::default(), |tally, price| tally.count(&range, cents(*price)))
        };
        let (first, rest) = prices.split_at(split.min(prices.len()));
        let tally = count(first).merge(&count(rest));
        prop_assert_eq!(tally.jobs(), prices.len() as u64);
        let within = prices.iter().filter(|price| Found::of(&range, cents(**price)) == Found::Within).count();
        prop_assert_eq!(tally.within(), within as u64);
        let middle = (75_000 + 800_000) / 2;
        let mut tenths: Vec<_> = prices.iter().map(|price| (price * 10 / middle).min(30) * 10).collect();
        tenths.sort_unstable();
        prop_assert_eq!(tally.median_percent().map(i64::from), Some(tenths[(tenths.len() - 1) / 2]));
    }
}

#[test]
fn no_jobs_have_no_coverage_and_no_median() {
    assert_eq!((Tally::default().coverage_percent(), Tally::default().median_percent()), (None, None));
    let one = Tally::default().count(&leak().price, cents(100_000));
    assert_eq!(one.coverage_percent(), Some(100));
}

#[test]
fn a_models_summary_is_held_to_plain_words() {
    let sound = || summary::Claimed {
        summary: "They agreed on Saturday.".to_owned(),
        key_points: vec!["Saturday at nine.".to_owned()],
        action_items: vec![],
        sentiment: Sentiment::Positive,
    };
    let check = |claimed: summary::Claimed| claimed.check("a-model".parse().unwrap());
    assert!(matches!(check(sound()).unwrap().source, SummarySource::Model { .. }));
    let call = "Call 0821234567 and pay cash".to_owned();
    let refused = check(summary::Claimed { action_items: vec![call], ..sound() });
    assert_eq!(refused.unwrap_err(), Implausible::NotPlain);
    let many = vec!["A point.".to_owned(); MOST_POINTS + 1];
    assert_eq!(check(summary::Claimed { key_points: many, ..sound() }).unwrap_err(), Implausible::Text);
    let judged = summary::Claimed { sentiment: Sentiment::NotJudged, ..sound() };
    assert_eq!(check(judged).unwrap_err(), Implausible::Text);
}

#[test]
fn an_extract_says_only_what_was_said() {
    use khaya_domain::conversation::Side::{Buyer, Worker};
    let line = |by, text| summary::Line { by, text };
    let long = "word ".repeat(399);
    let lines = [line(Buyer, long.as_str()), line(Worker, "Which day?"), line(Worker, "And where\nis it?")];
    let made = summary::extract(&lines);
    assert_eq!(made.source, SummarySource::Extract);
    assert_eq!(made.sentiment, Sentiment::NotJudged);
    let points: Vec<_> = made.key_points.iter().map(|point| point.as_str()).collect();
    assert!(points[0].starts_with("Buyer: word word") && points[0].ends_with('…'), "{points:?}");
    assert_eq!(points[1], "Worker: And where is it?");
    let items: Vec<_> = made.action_items.iter().map(|item| item.as_str()).collect();
    assert_eq!(items, ["Worker: Which day?", "Worker: And where is it?"]);
    assert!(summary::extract(&[]).key_points.is_empty());
}
