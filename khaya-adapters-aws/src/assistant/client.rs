//! Settings, and the one call.

use std::time::Duration;

use async_trait::async_trait;
use aws_sdk_bedrockruntime::Client;
use aws_sdk_bedrockruntime::config::retry::RetryConfig;
use aws_sdk_bedrockruntime::config::timeout::TimeoutConfig;
use aws_sdk_bedrockruntime::error::BuildError;
use aws_sdk_bedrockruntime::operation::converse::ConverseOutput;
use aws_sdk_bedrockruntime::operation::converse::builders::ConverseFluentBuilder;
use aws_sdk_bedrockruntime::types::{
    ContentBlock, ConversationRole, InferenceConfiguration, JsonSchemaDefinition, Message, OutputConfig,
    OutputFormat, OutputFormatStructure, OutputFormatType, SpecificToolChoice, StopReason,
    SystemContentBlock, Tool, ToolChoice, ToolConfiguration, ToolInputSchema, ToolSpecification,
};
use khaya_domain::text::ModelName;
use khaya_ports::assistant::{Answer, Assistant, AssistantError, Model, Question, Usage};
use serde_json::json;

use super::capability::{Capability, Form};
use super::document::{document, value};
use super::error::BedrockError;
use super::prompt;
use crate::sdk::{Access, StaticCredentials, configuration};

/// Which model, where.
#[derive(Debug, Clone)]
pub struct BedrockSettings {
    /// The region: not that of the table, since not every region has every model.
    pub region: String,
    /// The id of an inference profile (`global.`, `eu.` ...): newer models take no other.
    pub model: ModelName,
    /// Another endpoint than the region's, `http` or `https`: for tests.
    pub endpoint: Option<String>,
    /// Fixed credentials, for tests; `None` asks the environment.
    pub credentials: Option<StaticCredentials>,
}

/// The cheap model of October 2026.
const USUAL_MODEL: &str = "global.anthropic.claude-haiku-5-5";

impl Default for BedrockSettings {
    #[expect(clippy::expect_used, reason = "a test reads the name")]
    fn default() -> Self {
        Self {
            region: "eu-west-1".to_owned(),
            model: USUAL_MODEL.parse().expect("the name is a good one"),
            endpoint: None,
            credentials: None,
        }
    }
}

/// A model on Bedrock.
pub struct Bedrock {
    client: Client,
    name: ModelName,
    capability: Capability,
    model: Model,
}

/// To connect. The rest is the caller's patience.
const CONNECT: Duration = Duration::from_secs(1);
/// No call outlasts this, whatever patience a caller has.
const LONGEST: Duration = Duration::from_secs(20);

impl Bedrock {
    /// Opens a client. Nothing is called yet.
    pub async fn connect(settings: BedrockSettings) -> Self {
        let BedrockSettings { region, model: _, endpoint, credentials } = settings.clone();
        let access = Access { region: Some(region), endpoint, credentials };
        let timeouts = TimeoutConfig::builder().connect_timeout(CONNECT).operation_timeout(LONGEST).build();
        // A second attempt costs little when the first was refused at once; the patience bounds both.
        let retries = RetryConfig::standard()
            .with_max_attempts(2)
            .with_initial_backoff(Duration::from_millis(100))
            .with_max_backoff(Duration::from_millis(500));
        let client = Client::new(&configuration(&access, timeouts, retries).await);
        let capability = Capability::of(&settings.model);
        let model = capability.model(&settings.model);
        Self { client, name: settings.model, capability, model }
    }

    /// The call for a question, as this model takes it.
    fn call(&self, question: &Question) -> Result<ConverseFluentBuilder, BuildError> {
        let form = question.subject.form();
        let told = (self.capability.form() == Form::Told).then_some(&form);
        let message = Message::builder()
            .role(ConversationRole::User)
            .content(ContentBlock::Text(prompt::user(question, told)))
            .build()?;
        let inference = InferenceConfiguration::builder().max_tokens(self.capability.most_output());
        let inference = if self.capability.sampling_params { inference.temperature(0.0) } else { inference };
        let call = self
            .client
            .converse()
            .model_id(self.name.as_str())
            .system(SystemContentBlock::Text(prompt::system(&question.subject).to_owned()))
            .messages(message)
            .inference_config(inference.build());
        let call = if self.capability.can_disable_thinking {
            call.additional_model_request_fields(document(&json!({"thinking": {"type": "disabled"}})))
        } else {
            call
        };
        let name = question.subject.form_name();
        Ok(match self.capability.form() {
            Form::ForcedTool => {
                let specification = ToolSpecification::builder()
                    .name(name)
                    .description("Takes the answer.")
                    .input_schema(ToolInputSchema::Json(document(&form)))
                    .build()?;
                let choice = ToolChoice::Tool(SpecificToolChoice::builder().name(name).build()?);
                let tools = ToolConfiguration::builder()
                    .tools(Tool::ToolSpec(specification))
                    .tool_choice(choice)
                    .build()?;
                call.tool_config(tools)
            }
            Form::Native => {
                let definition =
                    JsonSchemaDefinition::builder().name(name).schema(form.to_string()).build()?;
                let format = OutputFormat::builder()
                    .r#type(OutputFormatType::JsonSchema)
                    .structure(OutputFormatStructure::JsonSchema(definition))
                    .build()?;
                call.output_config(OutputConfig::builder().text_format(format).effort("low").build())
            }
            Form::Told => call,
        })
    }

    /// What the model said: the input of the tool, or its words.
    fn read(&self, output: &ConverseOutput, question: &Question) -> Result<Answer, AssistantError> {
        let tokens = |count: i32| u64::try_from(count).unwrap_or_default();
        let usage = output.usage().map_or_else(Usage::default, |used| {
            self.capability.usage(&self.name, tokens(used.input_tokens()), tokens(used.output_tokens()))
        });
        let expected = match self.capability.form() {
            Form::ForcedTool => StopReason::ToolUse,
            Form::Native | Form::Told => StopReason::EndTurn,
        };
        let message = output.output().and_then(|said| said.as_message().ok());
        let Some(message) = message.filter(|_| *output.stop_reason() == expected) else {
            return Err(AssistantError::Unfinished { usage });
        };
        let mut text = String::new();
        for block in message.content() {
            // Thoughts, and whatever else a model may send along, are passed over.
            if let Ok(used) = block.as_tool_use()
                && used.name() == question.subject.form_name()
            {
                return Ok(Answer { text: value(used.input()).to_string(), usage });
            }
            if let Ok(words) = block.as_text()
                && self.capability.form() != Form::ForcedTool
            {
                text.push_str(words);
            }
        }
        Ok(Answer { text, usage })
    }
}

#[async_trait]
impl Assistant for Bedrock {
    fn model(&self) -> Option<&Model> {
        Some(&self.model)
    }

    async fn ask(&self, question: &Question) -> Result<Answer, AssistantError> {
        let call = self.call(question).map_err(|error| AssistantError::Misconfigured(error.into()))?;
        let answer = tokio::time::timeout(question.patience, call.send()).await;
        let answer = answer.map_err(|_| BedrockError::timeout().into_port())?;
        match answer {
            Ok(output) => self.read(&output, question),
            Err(error) => Err(BedrockError::of(&error).into_port()),
        }
    }
}
