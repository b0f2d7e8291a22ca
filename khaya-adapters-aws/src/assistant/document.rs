//! JSON as the SDK's own type, and back.

use std::collections::HashMap;

use aws_smithy_types::{Document, Number};
use serde_json::Value;

/// JSON as the SDK takes it.
pub(super) fn document(value: &Value) -> Document {
    match value {
        Value::Null => Document::Null,
        Value::Bool(truth) => Document::Bool(*truth),
        Value::String(text) => Document::String(text.clone()),
        Value::Array(items) => Document::Array(items.iter().map(document).collect()),
        Value::Object(fields) => {
            let fields = fields.iter().map(|(name, value)| (name.clone(), document(value)));
            Document::Object(fields.collect::<HashMap<_, _>>())
        }
        Value::Number(number) => Document::Number(match (number.as_u64(), number.as_i64()) {
            (Some(whole), _) => Number::PosInt(whole),
            (None, Some(whole)) => Number::NegInt(whole),
            (None, None) => Number::Float(number.as_f64().unwrap_or_default()),
        }),
    }
}

/// JSON as the SDK gave it.
pub(super) fn value(document: &Document) -> Value {
    match document {
        Document::Null => Value::Null,
        Document::Bool(truth) => (*truth).into(),
        Document::String(text) => text.as_str().into(),
        Document::Array(items) => items.iter().map(value).collect(),
        Document::Object(fields) => {
            Value::Object(fields.iter().map(|(name, field)| (name.clone(), value(field))).collect())
        }
        Document::Number(Number::PosInt(whole)) => (*whole).into(),
        Document::Number(Number::NegInt(whole)) => (*whole).into(),
        Document::Number(Number::Float(number)) => (*number).into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn json_survives_the_way_there_and_back() {
        let json = json!({"a": [1, -2, 0.5, null, true, "x"], "b": {"c": {}}, "d": u64::MAX});
        assert_eq!(value(&document(&json)), json);
    }
}
