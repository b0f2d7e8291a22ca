//! What a model can do and costs. Providers' documents disagree about the newest ones: what stands here is the cautious reading,
//! and the domain checks every answer whatever the model promises.

use khaya_domain::text::ModelName;
use khaya_ports::assistant::{Model, NanoDollars, Usage};

/// How a model is made to answer in JSON.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    /// It must call a tool whose input has the form.
    ForcedTool,
    /// The API holds its words to the form.
    Native,
    /// It is told to, and may or may not.
    Told,
}

/// What a model can do and costs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Capability {
    /// Whether `outputConfig.textFormat` is understood.
    pub(super) structured_output: bool,
    /// Whether a call of a tool can be forced.
    pub(super) forced_tool: bool,
    /// Whether `temperature` is taken.
    pub(super) sampling_params: bool,
    /// Whether thinking can be switched off. Where it cannot, it uses up the tokens of the answer.
    pub(super) can_disable_thinking: bool,
    /// Billionths of a US dollar for each token that is read, and for each that is written, by the global profile.
    nano_dollars: (u64, u64),
}

/// Tokens that a question has at most: 20 000 characters of a conversation, most of them not of the Latin script, the form and
/// our own words.
const MOST_INPUT: u64 = 30_000;

impl Capability {
    /// Of a model by the id of its inference profile.
    pub(super) fn of(model: &ModelName) -> Self {
        let id = model.as_str();
        let is = |name: &str| id.contains(name);
        if is("claude-haiku-5-5") {
            Self {
                structured_output: true,
                forced_tool: true,
                sampling_params: false,
                can_disable_thinking: true,
                nano_dollars: (100, 500),
            }
        } else if is("claude-sonnet-5-5") {
            Self {
                structured_output: true,
                forced_tool: false,
                sampling_params: false,
                can_disable_thinking: false,
                nano_dollars: (2_000, 10_000),
            }
        } else if is("claude-sonnet-4-6") {
            Self {
                structured_output: true,
                forced_tool: true,
                sampling_params: true,
                can_disable_thinking: false,
                nano_dollars: (3_000, 15_000),
            }
        } else {
            // Nothing is asked of it that it may refuse, and it counts as dear.
            Self {
                structured_output: false,
                forced_tool: false,
                sampling_params: false,
                can_disable_thinking: false,
                nano_dollars: (5_000, 25_000),
            }
        }
    }

    /// How it is made to answer in JSON.
    pub(super) fn form(self) -> Form {
        if self.forced_tool {
            Form::ForcedTool
        } else if self.structured_output {
            Form::Native
        } else {
            Form::Told
        }
    }

    /// Tokens for the answer: few, since they count against the quota before they are written; more where thinking uses some.
    pub(super) fn most_output(self) -> i32 {
        if self.thinks() { 4_000 } else { 1_000 }
    }

    /// Whether it thinks before it answers, and cannot be kept from it. Sonnet 4.6 thinks only when it is told to.
    fn thinks(self) -> bool {
        !self.can_disable_thinking && !self.sampling_params
    }

    /// What tokens cost. Profiles of one continent cost a tenth more than the global one.
    pub(super) fn usage(self, model: &ModelName, input_tokens: u64, output_tokens: u64) -> Usage {
        let (read, written) = self.nano_dollars;
        let cost = input_tokens.saturating_mul(read).saturating_add(output_tokens.saturating_mul(written));
        let is_global = model.as_str().starts_with("global.");
        let cost = if is_global { cost } else { cost.saturating_add(cost.div_ceil(10)) };
        Usage { input_tokens, output_tokens, cost: NanoDollars(cost) }
    }

    /// The model as the port knows it.
    pub(super) fn model(self, name: &ModelName) -> Model {
        let output = u64::try_from(self.most_output()).unwrap_or_default();
        Model { name: name.clone(), most: self.usage(name, MOST_INPUT, output).cost }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_model_is_asked_in_its_own_way() {
        for (id, form, nano_dollars) in [
            ("global.anthropic.claude-haiku-5-5", Form::ForcedTool, 600),
            ("eu.anthropic.claude-haiku-5-5", Form::ForcedTool, 660),
            ("global.anthropic.claude-sonnet-5-5", Form::Native, 12_000),
            ("global.anthropic.claude-sonnet-4-6", Form::ForcedTool, 18_000),
            ("global.somebody.new-model-1", Form::Told, 30_000),
        ] {
            let name: ModelName = id.parse().unwrap();
            let capability = Capability::of(&name);
            assert_eq!(capability.form(), form, "{id}");
            assert_eq!(capability.usage(&name, 1, 1).cost, NanoDollars(nano_dollars), "{id}");
        }
    }
}
