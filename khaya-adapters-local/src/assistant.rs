//! No model: the price guide and the conversation's own words answer, which are the domain's.

use async_trait::async_trait;
use khaya_ports::assistant::{Answer, Assistant, AssistantError, Model, Question};

/// Where no model is asked.
#[derive(Debug, Clone, Copy, Default)]
pub struct NoModel;

#[async_trait]
impl Assistant for NoModel {
    fn model(&self) -> Option<&Model> {
        None
    }

    async fn ask(&self, _: &Question) -> Result<Answer, AssistantError> {
        Err(AssistantError::NoModel)
    }
}
