//! Help from a language model. It is asked, and not believed: what it answers is checked by the domain, and whoever asks has
//! another answer at hand.

use std::time::Duration;

use async_trait::async_trait;
use khaya_domain::category::Category;
use khaya_domain::conversation::Side;
use khaya_domain::estimate::{DayRange, PriceRange};
use khaya_domain::text::{Description, MessageText, ModelName, Title};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::{Cause, Retry};

/// Money that a model costs, in billionths of a US dollar: what providers charge in, and fine enough for one token.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct NanoDollars(pub u64);

/// A model that can be asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Model {
    /// Its name, to be shown with what it says.
    pub name: ModelName,
    /// The most that one question costs, however it ends.
    pub most: NanoDollars,
}

/// A job that is to be estimated, and what is usual.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Draft {
    /// The trade.
    pub category: Category,
    /// What somebody wrote as its title.
    pub title: Title,
    /// What somebody wrote about it.
    pub description: Description,
    /// What the price guide says.
    pub price: PriceRange,
    /// How long the price guide says.
    pub days: DayRange,
}

/// One message of a conversation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Spoken {
    /// Who wrote it.
    pub by: Side,
    /// What.
    pub text: MessageText,
}

/// What a question is about. The texts in it are people's: data, and never instructions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Subject {
    /// What a job may cost, and how long it may take.
    Estimate(Draft),
    /// What a conversation comes down to, oldest message first.
    Summary(Vec<Spoken>),
}

/// What a model is asked. The adapter owns the wording.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Question {
    /// What it is about.
    pub subject: Subject,
    /// What was wrong with the model's first answer, in a sentence of ours that quotes nothing.
    pub fault: Option<&'static str>,
    /// How long the caller waits.
    pub patience: Duration,
}

impl Subject {
    /// The name of the form that the answer must have.
    #[must_use]
    pub fn form_name(&self) -> &'static str {
        match self {
            Self::Estimate(_) => "estimate_job",
            Self::Summary(_) => "summarise_conversation",
        }
    }

    /// The form that the answer must have, as a JSON Schema: what `Claimed` of the domain reads.
    #[must_use]
    pub fn form(&self) -> Value {
        let whole = |least: u32| json!({ "type": "integer", "minimum": least });
        let (properties, required) = match self {
            Self::Estimate(_) => (
                json!({
                    "currency": { "type": "string", "enum": ["ZAR"] },
                    "lowRand": whole(1), "highRand": whole(1), "lowDays": whole(1), "highDays": whole(1),
                    "confidence": { "type": "string", "enum": ["low", "medium", "high"] },
                    "reason": { "type": "string", "description": "One plain sentence of at most 300 characters." },
                }),
                json!(["currency", "lowRand", "highRand", "lowDays", "highDays", "confidence", "reason"]),
            ),
            Self::Summary(_) => {
                let points = json!({ "type": "array", "items": { "type": "string" } });
                (
                    json!({
                        "summary": { "type": "string", "description": "At most 800 characters, in one line." },
                        "keyPoints": points, "actionItems": points,
                        "sentiment": { "type": "string", "enum": ["positive", "neutral", "negative", "mixed"] },
                    }),
                    json!(["summary", "keyPoints", "actionItems", "sentiment"]),
                )
            }
        };
        json!({
            "type": "object", "properties": properties, "required": required, "additionalProperties": false
        })
    }
}

/// What a question has used up.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Usage {
    /// Tokens that were read.
    pub input_tokens: u64,
    /// Tokens that were written.
    pub output_tokens: u64,
    /// What they cost.
    pub cost: NanoDollars,
}

/// What a model said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// JSON, if the model did as it was told.
    pub text: String,
    /// What it has used up.
    pub usage: Usage,
}

/// A language model.
#[async_trait]
pub trait Assistant: Send + Sync + 'static {
    /// The model that is asked; `None` where there is none, and then nobody need ask.
    fn model(&self) -> Option<&Model>;

    /// Asks once. The answer may be anything. It MUST come, or an error, about within the question's patience, and the call may
    /// be dropped at any time. People's texts MUST be handed to the model as data, in such a way that no text can end its
    /// own frame; they and the answer MUST NOT be logged.
    ///
    /// MUST return [`AssistantError::NoModel`] where [`Assistant::model`] is `None`, and [`AssistantError::Unfinished`] when the model
    /// stopped for another reason than being done.
    async fn ask(&self, question: &Question) -> Result<Answer, AssistantError>;
}

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
pub enum AssistantError {
    /// There is no model.
    #[error("there is no model")]
    NoModel,
    /// The model stopped before it was done: it refused, its words were filtered, or they became too long.
    #[error("the model stopped before it was done")]
    Unfinished {
        /// What it has used up.
        usage: Usage,
    },
    /// The provider asks for less.
    #[error("the provider of the model asks for less")]
    Throttled(#[source] Cause),
    /// The provider is not there, or took too long.
    #[error("the provider of the model does not serve")]
    Unavailable(#[source] Cause),
    /// The provider refuses the call for a reason that stays: settings, permissions, a model that is no more.
    #[error("the provider of the model refuses the call")]
    Misconfigured(#[source] Cause),
}

impl AssistantError {
    /// Whether the same call can succeed later.
    #[must_use]
    pub fn retry(&self) -> Retry {
        match self {
            Self::Throttled(_) | Self::Unavailable(_) => Retry::Later,
            Self::NoModel | Self::Unfinished { .. } | Self::Misconfigured(_) => Retry::Never,
        }
    }
}
