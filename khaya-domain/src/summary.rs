//! What a conversation comes down to: a few sentences, key points, what is to be done, and the mood.
//!
//! A model's answer is [`Claimed`] until it is checked. Without one there is the [`extract`]: words of the conversation, and
//! nothing that nobody said.

use crate::{
    conversation::Side,
    estimate::{Implausible, plain},
    text::{ModelName, SummaryPoint, SummaryText},
};
use serde::{Deserialize, Serialize};

/// The most key points, and the most action items.
pub const MOST_POINTS: usize = 8;

/// The mood of a conversation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Sentiment {
    /// Both are content.
    Positive,
    /// Neither is moved.
    Neutral,
    /// Somebody is not content.
    Negative,
    /// Some of each.
    Mixed,
    /// Nobody has judged it.
    NotJudged,
}

impl Sentiment {
    /// As it is stored and shown.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Positive => "positive",
            Self::Neutral => "neutral",
            Self::Negative => "negative",
            Self::Mixed => "mixed",
            Self::NotJudged => "not_judged",
        }
    }
}

/// Who has written a summary.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "from", rename_all = "snake_case", rename_all_fields = "camelCase")]
pub enum SummarySource {
    /// Nobody: it is made of the conversation's own words.
    Extract,
    /// A model.
    Model {
        /// Which one.
        name: ModelName,
    },
}

/// What a conversation comes down to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Summary {
    /// In a few sentences.
    pub summary: SummaryText,
    /// What matters, at most [`MOST_POINTS`].
    pub key_points: Vec<SummaryPoint>,
    /// What is to be done, at most [`MOST_POINTS`].
    pub action_items: Vec<SummaryPoint>,
    /// The mood.
    pub sentiment: Sentiment,
    /// Who says so.
    pub source: SummarySource,
}

/// What a model says, as it says it: nothing of it is believed yet.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Claimed {
    /// In a few sentences.
    pub summary: String,
    /// What matters.
    pub key_points: Vec<String>,
    /// What is to be done.
    pub action_items: Vec<String>,
    /// The mood.
    pub sentiment: Sentiment,
}

impl Claimed {
    /// The summary, when its form is right. A model's words are held to plain ones: what one party has talked it into must
    /// not reach the other as Khaya's word.
    ///
    /// # Errors
    /// [`Implausible::Text`] and [`Implausible::NotPlain`].
    pub fn check(self, model: ModelName) -> Result<Summary, Implausible> {
        let points = |texts: Vec<String>| {
            if texts.len() > MOST_POINTS {
                return Err(Implausible::Text);
            }
            texts.iter().map(|text| plain(text, SummaryPoint::parse)).collect()
        };
        if self.sentiment == Sentiment::NotJudged {
            return Err(Implausible::Text);
        }
        Ok(Summary {
            summary: plain(&self.summary, SummaryText::parse)?,
            key_points: points(self.key_points)?,
            action_items: points(self.action_items)?,
            sentiment: self.sentiment,
            source: SummarySource::Model { name: model },
        })
    }
}

/// One thing that one of the two has said.
#[derive(Clone, Debug)]
pub struct Line<'a> {
    /// Who.
    pub by: Side,
    /// What.
    pub text: &'a str,
}

/// A summary in the conversation's own words: how much was said, the last words of each, and the questions that nobody has
/// answered yet.
#[must_use]
pub fn extract(lines: &[Line<'_>]) -> Summary {
    let count = |side| lines.iter().filter(|line| line.by == side).count();
    let (buyer, worker) = (count(Side::Buyer), count(Side::Worker));
    let said = format!("The buyer has written {buyer} of the last messages, the worker {worker}.");
    let last_of = |side| lines.iter().rev().find(|line| line.by == side);
    let key_points = [Side::Buyer, Side::Worker].into_iter().filter_map(last_of).filter_map(quote).collect();
    // What one side has asked after the other wrote last.
    let open = match lines.last() {
        Some(last) => lines.iter().rev().take_while(|line| line.by == last.by).collect(),
        None => Vec::new(),
    };
    let questions = open.into_iter().rev().filter(|line| line.text.contains('?'));
    Summary {
        summary: SummaryText::of_khaya(&said),
        key_points,
        action_items: questions.filter_map(quote).take(MOST_POINTS).collect(),
        sentiment: Sentiment::NotJudged,
        source: SummarySource::Extract,
    }
}

/// Somebody's words in one line, cut where they are too long.
fn quote(line: &Line<'_>) -> Option<SummaryPoint> {
    let who = match line.by {
        Side::Buyer => "Buyer",
        Side::Worker => "Worker",
    };
    let words = line.text.split_whitespace().collect::<Vec<_>>().join(" ");
    let room = SummaryPoint::MAX - 12;
    let cut: String = words.chars().take(room).collect();
    let rest = if words.chars().count() > room { "…" } else { "" };
    SummaryPoint::parse(&format!("{who}: {cut}{rest}")).ok()
}
