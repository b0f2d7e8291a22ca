//! Help from a model: it is asked, not believed, and nobody waits for it.

mod hostile;
mod quotas;
mod summaries;

use std::sync::Arc;

use khaya_app::assistant::{self, DraftJob};
use khaya_domain::category::Category;
use khaya_domain::estimate::{Estimate, Source};
use khaya_domain::ids::JobId;
use khaya_domain::user::SignUpRole;
use khaya_tests::engines::Engine;
use khaya_tests::scripted::{Act, Scripted};
use khaya_tests::world::{Someone, World};
use serde_json::{Value, json};

use crate::support::{code, released};
use khaya_app::Code;

/// A world with a model, a buyer and a worker.
async fn asking() -> (World, Arc<Scripted>, Someone, Someone) {
    let (model, desk) = Scripted::at_a_desk();
    let world = World::asking(Engine::Memory, desk).await;
    let buyer = world.someone(1, SignUpRole::Buyer).await;
    let worker = world.someone(2, SignUpRole::Worker).await;
    (world, model, buyer, worker)
}

fn draft(description: &str) -> DraftJob {
    DraftJob {
        category: Category::Plumbing,
        title: "Geyser is leaking".parse().unwrap(),
        description: description.parse().unwrap(),
    }
}

/// A sound answer about a leak: the guide says R750 to R8 000.
fn sound() -> Value {
    json!({
        "currency": "ZAR", "lowRand": 900, "highRand": 2500, "lowDays": 1, "highDays": 2,
        "confidence": "medium", "reason": "A new valve and two hours of work."
    })
}

fn say(answer: &Value) -> Act {
    Act::Say(400, answer.to_string())
}

async fn suggest(world: &World, model: &Scripted, who: &Someone, draft: &DraftJob) -> Estimate {
    let suggested = assistant::suggest(&world.app, who.actor(), draft);
    model.time().run(suggested).await.unwrap()
}

async fn deliver(world: &World, model: &Scripted) {
    while model.time().run(world.deliver()).await.delivered > 0 {}
}

fn is_the_models(estimate: &Estimate) -> bool {
    matches!(estimate.source, Source::Model { .. })
}

#[tokio::test]
async fn a_sound_answer_is_given_with_its_source() {
    let (world, model, buyer, worker) = asking().await;
    model.will(&[say(&sound())]);
    let estimate = suggest(&world, &model, &buyer, &draft("It drips all night long.")).await;
    assert!(is_the_models(&estimate));
    assert_eq!(estimate.price.high().cents(), 250_000);
    let refused = assistant::suggest(&world.app, worker.actor(), &draft("It drips all night.")).await;
    assert_eq!(code(refused), Code::Forbidden, "only buyers post jobs");
}

#[tokio::test]
async fn a_wrong_answer_is_corrected_once() {
    let (world, model, buyer, _) = asking().await;
    let mut wrong = sound();
    wrong["currency"] = json!("USD");
    model.will(&[say(&wrong), say(&sound())]);
    assert!(is_the_models(&suggest(&world, &model, &buyer, &draft("It drips all night long.")).await));
    assert_eq!(model.faults(), ["The currency must be ZAR."]);
    assert_eq!(model.asked(), 2);
}

#[tokio::test]
async fn the_same_draft_and_its_job_are_asked_about_once() {
    let (world, model, buyer, _) = asking().await;
    model.will(&[say(&sound())]);
    let details = khaya_tests::world::job_details();
    let draft =
        DraftJob { category: details.category, title: details.title, description: details.description };
    let first = suggest(&world, &model, &buyer, &draft).await;
    assert_eq!(suggest(&world, &model, &buyer, &draft).await, first);
    let job = world.job(&buyer).await;
    deliver(&world, &model).await;
    let kept = assistant::job_estimate(&world.app, buyer.actor(), job).await.unwrap();
    assert_eq!(kept.estimate, first);
    assert_eq!(model.asked(), 1);
}

#[tokio::test]
async fn a_job_is_estimated_when_it_is_posted_and_only_its_buyer_and_admins_see_that() {
    let (world, model, buyer, worker) = asking().await;
    model.will(&[say(&sound())]);
    let job = world.job(&buyer).await;
    assert_eq!(model.asked(), 0, "posting a job waits for nobody");
    let early = assistant::job_estimate(&world.app, buyer.actor(), job).await;
    assert_eq!(code(early), Code::NotFound);
    deliver(&world, &model).await;
    assert_eq!(model.asked(), 1);
    let admin = world.admin(9).await;
    for who in [&buyer, &admin] {
        let kept = assistant::job_estimate(&world.app, who.actor(), job).await.unwrap();
        assert!(is_the_models(&kept.estimate));
    }
    let other = world.someone(3, SignUpRole::Buyer).await;
    for who in [&worker, &other] {
        let hidden = assistant::job_estimate(&world.app, who.actor(), job).await;
        assert_eq!(code(hidden), Code::NotFound);
    }
}

async fn finished(world: &World, model: &Scripted, people: (&Someone, &Someone), rand: i64) -> JobId {
    let job = released(world, people.0, people.1, rand).await;
    deliver(world, model).await;
    job
}

#[tokio::test]
async fn estimates_are_compared_with_final_prices_once() {
    let (world, model, buyer, worker) = asking().await;
    world.subscribe(&buyer).await;
    let admin = world.admin(9).await;
    assert_eq!(code(assistant::estimates(&world.app, buyer.actor()).await), Code::Forbidden);
    assert!(assistant::estimates(&world.app, admin.actor()).await.unwrap().is_empty());
    // The model says R900 to R2 500: R500 is below, R950 and R2 500 are within, R2 501 is above; the middle is R1 700.
    model.will(&[say(&sound())]);
    for rand in [500, 950, 2_500, 2_501] {
        finished(&world, &model, (&buyer, &worker), rand).await;
    }
    let all = assistant::estimates(&world.app, admin.actor()).await.unwrap();
    let [plumbing] = all.as_slice() else { panic!("{all:?}") };
    assert_eq!((plumbing.category, plumbing.by), (Category::Plumbing, assistant::Estimator::Model));
    let tally = &plumbing.tally;
    assert_eq!((tally.below(), tally.within(), tally.above()), (1, 2, 1));
    assert_eq!((tally.coverage_percent(), tally.median_percent()), (Some(50), Some(50)));
    // Whatever is delivered again is counted already.
    deliver(&world, &model).await;
    assert_eq!(assistant::estimates(&world.app, admin.actor()).await.unwrap(), all);
}

#[tokio::test]
async fn without_a_model_the_guide_answers_and_is_counted_apart() {
    let world = World::on(Engine::Memory).await;
    let buyer = world.someone(1, SignUpRole::Buyer).await;
    let worker = world.someone(2, SignUpRole::Worker).await;
    let admin = world.admin(9).await;
    let estimate =
        assistant::suggest(&world.app, buyer.actor(), &draft("It drips all night.")).await.unwrap();
    assert!(matches!(estimate.source, Source::Guide { .. }));
    released(&world, &buyer, &worker, 950).await;
    world.settle_down().await;
    let all = assistant::estimates(&world.app, admin.actor()).await.unwrap();
    assert_eq!(all.len(), 1);
    assert_eq!(all[0].by, assistant::Estimator::Guide);
    assert_eq!(all[0].tally.within(), 1);
}
