//! Reviews and ratings.

use crate::support::{BUYER, STRANGER, WORKER, days, job_in, split, user_id};
use khaya_domain::{
    job::JobStatus,
    review::{Rating, Review, ReviewError, Stars},
};
use proptest::prelude::*;

#[test]
fn each_party_of_a_completed_job_reviews_the_other() {
    let job = job_in(JobStatus::Completed);
    let five = Stars::new(5).unwrap();
    let write = |by| Review::write(&job, user_id(by), five, None, days(1)).map(|review| review.about());
    assert_eq!(write(BUYER), Ok(user_id(WORKER)));
    assert_eq!(write(WORKER), Ok(user_id(BUYER)));
    assert_eq!(write(STRANGER), Err(ReviewError::NotYours));
}

#[test]
fn a_job_is_reviewed_only_once_it_is_completed() {
    let one = Stars::new(1).unwrap();
    for status in JobStatus::ALL {
        let review = Review::write(&job_in(*status), user_id(BUYER), one, None, days(31));
        let refused = Err(ReviewError::NotCompleted { status: *status });
        assert_eq!(review.map(drop), if *status == JobStatus::Completed { Ok(()) } else { refused });
    }
}

#[test]
fn a_split_job_is_reviewed_too() {
    let job = job_in(JobStatus::Disputed).resolve(split(50_000, 100_000), days(1)).unwrap();
    assert!(Review::write(&job, user_id(WORKER), Stars::new(2).unwrap(), None, days(2)).is_ok());
}

#[test]
fn stars_are_one_to_five() {
    let accepted: Vec<u8> = (0..=255).filter(|stars| Stars::new(*stars).is_ok()).collect();
    assert_eq!(accepted, [1, 2, 3, 4, 5]);
    assert!(serde_json::from_str::<Stars>("6").is_err());
    assert!(serde_json::from_str::<Stars>("4.5").is_err());
}

#[test]
fn a_mean_has_two_places() {
    let rate = |stars: &[u8]| {
        stars.iter().fold(Rating::default(), |all, stars| all.with(Stars::new(*stars).unwrap()))
    };
    assert_eq!(rate(&[]).mean(), None);
    assert_eq!(rate(&[4, 5, 5]).mean().unwrap().to_string(), "4.67");
    assert_eq!(rate(&[5]).mean().unwrap().to_string(), "5.00");
    // 4.125 rounds away from zero.
    assert_eq!(rate(&[4, 4, 4, 4, 4, 4, 4, 5]).mean().unwrap().to_string(), "4.13");
}

#[test]
fn a_rating_that_cannot_be_is_not_read() {
    assert!(serde_json::from_str::<Rating>(r#"{"count":2,"sum":11}"#).is_err());
    assert!(serde_json::from_str::<Rating>(r#"{"count":2,"sum":1}"#).is_err());
    assert!(serde_json::from_str::<Rating>(r#"{"count":0,"sum":0}"#).is_ok());
}

proptest! {
    #[test]
    fn the_order_of_reviews_does_not_matter(
        (stars, shuffled) in proptest::collection::vec(1_u8..=5, 0..50)
            .prop_flat_map(|stars| (Just(stars.clone()), Just(stars).prop_shuffle())),
    ) {
        let rate = |stars: &[u8]| {
            stars.iter().fold(Rating::default(), |all, stars| all.with(Stars::new(*stars).unwrap()))
        };
        prop_assert_eq!(rate(&stars), rate(&shuffled));
    }
}
