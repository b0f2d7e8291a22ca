//! Checks all fields of a request before it is refused, so that a person corrects them in one go.

use khaya_app::{AppError, FieldError};

/// Collects what is wrong.
#[derive(Default)]
pub struct Fields {
    errors: Vec<FieldError>,
}

impl Fields {
    /// Nothing is wrong yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Parses one field; `None` when it is not acceptable, which is noted.
    pub fn parse<I, T, E: std::fmt::Display>(
        &mut self,
        field: &str,
        input: I,
        parse: impl FnOnce(I) -> Result<T, E>,
    ) -> Option<T> {
        match parse(input) {
            Ok(value) => Some(value),
            Err(error) => {
                self.errors.push(FieldError { field: field.to_owned(), message: error.to_string() });
                None
            }
        }
    }

    /// Parses a field that need not be there: the outer `None` when it is not acceptable.
    pub fn optional<I, T, E: std::fmt::Display>(
        &mut self,
        field: &str,
        input: Option<I>,
        parse: impl FnOnce(I) -> Result<T, E>,
    ) -> Option<Option<T>> {
        match input {
            None => Some(None),
            Some(input) => self.parse(field, input, parse).map(Some),
        }
    }

    /// Notes what is wrong with a field.
    pub fn refuse(&mut self, field: &str, message: impl Into<String>) {
        self.errors.push(FieldError { field: field.to_owned(), message: message.into() });
    }

    /// The value, if all of its parts could be parsed and nothing else was noted.
    pub fn finish<T>(self, value: Option<T>) -> Result<T, AppError> {
        match value {
            Some(value) if self.errors.is_empty() => Ok(value),
            Some(_) | None => Err(AppError::fields(self.errors)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_fields_are_named_at_once() {
        let mut fields = Fields::new();
        let one = fields.parse("one", "x", str::parse::<u8>);
        let two = fields.parse("two", "2", str::parse::<u8>);
        let three = fields.optional("three", Some("y"), str::parse::<u8>);
        let error = fields.finish(one.zip(two).zip(three)).unwrap_err();
        assert_eq!(
            error.fields.iter().map(|error| error.field.as_str()).collect::<Vec<_>>(),
            ["one", "three"]
        );
    }
}
