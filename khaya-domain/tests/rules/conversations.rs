//! What is said, in which order, and what is unread.

use crate::support::{BUYER, STRANGER, WORKER, days, job_id, job_in, user_id};
use khaya_domain::{
    conversation::{Author, Conversation, Place, Side, closes_at},
    job::JobStatus,
    policy::JobPolicy,
};
use proptest::prelude::*;

fn nothing_said() -> Conversation {
    Conversation::new(job_id(1), user_id(BUYER), user_id(WORKER))
}

/// What happens in a conversation.
#[derive(Clone, Copy, Debug)]
enum Step {
    Say(Author),
    /// A side reads up to this part of what is there, in thousandths.
    Read(Side, u64),
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let author = prop_oneof![Just(Author::Buyer), Just(Author::Worker), Just(Author::Khaya)];
    let side = prop_oneof![Just(Side::Buyer), Just(Side::Worker)];
    let step = prop_oneof![
        3 => author.prop_map(Step::Say),
        1 => (side, 0..=1000_u64).prop_map(|(side, part)| Step::Read(side, part)),
    ];
    proptest::collection::vec(step, 0..60)
}

proptest! {
    #[test]
    fn unread_is_what_others_wrote_after_the_marker(steps in steps()) {
        let mut conversation = nothing_said();
        let mut said: Vec<(Author, Place)> = Vec::new();
        let mut read = [0_u64; 2];
        for step in steps {
            match step {
                Step::Say(author) => {
                    conversation = conversation.say(author);
                    said.push((author, conversation.last()));
                }
                Step::Read(side, part) => {
                    let up_to = said.len() as u64 * part / 1000;
                    if let Some((_, place)) = up_to.checked_sub(1).and_then(|index| said.get(index as usize)) {
                        conversation = conversation.read(side, *place);
                        let marker = &mut read[side as usize];
                        *marker = up_to.max(*marker);
                    }
                }
            }
        }
        prop_assert!(said.iter().enumerate().all(|(index, (_, place))| place.number == index as u64 + 1));
        for side in [Side::Buyer, Side::Worker] {
            let is_unread = |(author, place): &&(Author, Place)| {
                *author != Author::from(side) && place.number > read[side as usize]
            };
            prop_assert_eq!(conversation.unread(side), said.iter().filter(is_unread).count() as u64);
        }
    }
}

#[test]
fn a_marker_moves_neither_back_nor_beyond_the_last_message() {
    let one = nothing_said().say(Author::Worker);
    let two = one.say(Author::Worker);
    let read = two.read(Side::Buyer, two.last());
    assert_eq!(read.unread(Side::Buyer), 0);
    assert_eq!(read.read(Side::Buyer, one.last()), read);
    assert_eq!(one.read(Side::Buyer, two.last()), one);
}

#[test]
fn only_the_two_have_a_side() {
    let conversation = nothing_said();
    assert_eq!(conversation.side_of(user_id(BUYER)), Some(Side::Buyer));
    assert_eq!(conversation.side_of(user_id(WORKER)), Some(Side::Worker));
    assert_eq!(conversation.side_of(user_id(STRANGER)), None);
}

#[test]
fn a_conversation_closes_ninety_days_after_the_end_of_its_job() {
    let policy = JobPolicy::default();
    for status in JobStatus::ALL {
        let job = job_in(*status);
        let has_ended = matches!(status, JobStatus::Completed | JobStatus::Cancelled | JobStatus::Expired);
        let closes = closes_at(&job, &policy);
        assert_eq!(closes.is_some(), has_ended, "{status:?}");
        assert_eq!(closes, has_ended.then(|| job.updated_at() + (days(90) - days(0))));
    }
}
