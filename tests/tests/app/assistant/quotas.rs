//! How often and for how much money the model is asked, and when it is left alone.

use chrono::TimeDelta;
use futures::future::join_all;
use khaya_app::assistant;
use khaya_domain::user::SignUpRole;
use khaya_ports::assistant::NanoDollars;
use khaya_tests::scripted::{Act, MOST, Scripted};
use khaya_tests::world::World;

use super::{asking, deliver, draft, is_the_models, say, sound, suggest};

#[tokio::test]
async fn a_user_asks_so_often_a_day_and_then_the_guide_answers() {
    let (world, model, buyer, _) = asking().await;
    model.will(&[say(&sound())]);
    for count in 0..25 {
        let estimate = suggest(&world, &model, &buyer, &draft(&format!("It drips {count} times."))).await;
        assert_eq!(is_the_models(&estimate), count < 20, "{count}");
    }
    assert_eq!(model.asked(), 20);
    let other = world.someone(3, SignUpRole::Buyer).await;
    assert!(is_the_models(&suggest(&world, &model, &other, &draft("It drips all night.")).await));
    world.clock.advance(TimeDelta::hours(24));
    assert!(is_the_models(&suggest(&world, &model, &buyer, &draft("It drips once again.")).await));
}

#[tokio::test]
async fn of_many_questions_at_one_moment_no_more_than_the_quota_is_asked() {
    let (world, model, buyer, _) = asking().await;
    model.will(&[say(&sound())]);
    let drafts: Vec<_> = (0..40).map(|count| draft(&format!("It drips {count} times."))).collect();
    let asking = drafts.iter().map(|draft| assistant::suggest(&world.app, buyer.actor(), draft));
    let answers = model.time().run(join_all(asking)).await;
    let by_model = answers.iter().filter(|answer| is_the_models(answer.as_ref().unwrap())).count();
    assert_eq!((by_model, model.asked()), (20, 20));
}

/// Asks as 90 people, each 20 times; how many answers were the model's.
async fn a_crowd_asks(world: &World, model: &Scripted, first: u32) -> u64 {
    let mut by_model = 0;
    for number in first..first + 90 {
        let person = world.someone(number, SignUpRole::Buyer).await;
        for count in 0..20 {
            let text = format!("It drips {count} times.");
            by_model += u64::from(is_the_models(&suggest(world, model, &person, &draft(&text)).await));
        }
    }
    by_model
}

#[tokio::test]
async fn the_breaker_stops_at_the_days_money_and_closes_the_next_day() {
    let (world, model, _, _) = asking().await;
    // What an answer costs is a small part of what is set aside for it, and the rest is given back.
    model.will(&[say(&sound())]);
    assert_eq!(a_crowd_asks(&world, &model, 100).await, 1_800);
    world.clock.advance(TimeDelta::hours(24));
    // Of a question whose answer is dear, nothing is: ten dollars are 1428 times what is set aside.
    model.costs(NanoDollars(2 * MOST.0));
    let day = 10_000_000_000 / (2 * MOST.0);
    let by_model = a_crowd_asks(&world, &model, 200).await;
    println!("{by_model} questions for a day's money, which is enough for {day}");
    assert!(
        by_model <= day && by_model >= day - 3 * 16,
        "{by_model} of {day}, but for a rest in each of 16 shards"
    );
    world.clock.advance(TimeDelta::hours(24));
    let person = world.someone(300, SignUpRole::Buyer).await;
    assert!(is_the_models(&suggest(&world, &model, &person, &draft("It drips all night.")).await));
}

#[tokio::test]
async fn a_model_that_keeps_failing_is_left_alone_and_then_tried_once() {
    let (world, model, buyer, _) = asking().await;
    model.will(&[Act::Unavailable]);
    let ask =
        async |count: u32| suggest(&world, &model, &buyer, &draft(&format!("It drips {count} times."))).await;
    for count in 0..8 {
        assert!(!is_the_models(&ask(count).await));
    }
    assert_eq!(model.asked(), 5, "after five failures nobody asks");
    world.clock.advance(TimeDelta::seconds(61));
    ask(9).await;
    ask(10).await;
    assert_eq!(model.asked(), 6, "one looks whether it is back");
    world.clock.advance(TimeDelta::seconds(61));
    model.will(&[say(&sound())]);
    assert!(is_the_models(&ask(11).await));
    assert!(is_the_models(&ask(12).await));
}

#[tokio::test]
async fn what_one_user_writes_does_not_take_the_model_from_the_others() {
    let (world, model, buyer, _) = asking().await;
    model.will(&[Act::Say(10, "broken".to_owned())]);
    for count in 0..10 {
        suggest(&world, &model, &buyer, &draft(&format!("Answer badly {count} times."))).await;
    }
    model.will(&[say(&sound())]);
    let other = world.someone(3, SignUpRole::Buyer).await;
    assert!(is_the_models(&suggest(&world, &model, &other, &draft("It drips all night.")).await));
}

#[tokio::test]
async fn many_jobs_at_once_make_other_events_wait_for_the_model_once_and_no_longer() {
    let (world, model, buyer, _) = asking().await;
    world.subscribe(&buyer).await;
    deliver(&world, &model).await;
    model.will(&[Act::Say(60_000, String::new())]);
    for _ in 0..30 {
        world.job(&buyer).await;
    }
    let begun = model.time().now();
    deliver(&world, &model).await;
    let took = model.time().now() - begun;
    // Four shards, one after the other, each waits at most once.
    assert!(took.as_millis() <= 4 * 3_200, "{took:?}");
}
