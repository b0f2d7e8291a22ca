//! `admin create`: the only way to become an admin.

use std::io::{self, BufRead, Write};

use khaya_app::auth;
use khaya_domain::password::Password;
use khaya_domain::phone::PhoneNumber;
use khaya_domain::text::{Email, PersonName};

use super::run::CommandError;
use crate::config::Settings;
use crate::extract::Fields;
use crate::wiring;

/// Makes an admin and prints the id.
pub(super) async fn create(
    settings: &Settings,
    password: Option<&str>,
    phone: &str,
    name: &str,
    email: Option<&str>,
) -> Result<(), CommandError> {
    let password = match password {
        Some(password) => password.to_owned(),
        None => ask_password()?,
    };
    let mut fields = Fields::new();
    let phone = fields.parse("--phone", phone, PhoneNumber::parse);
    let name = fields.parse("--name", name, PersonName::parse);
    let email = fields.optional("--email", email, Email::parse);
    let password = fields.parse("the password", password.as_str(), Password::parse);
    let (((phone, name), email), password) =
        fields.finish(phone.zip(name).zip(email).zip(password)).map_err(|error| {
            error
                .fields
                .iter()
                .map(|field| format!("{}: {}", field.field, field.message))
                .collect::<Vec<_>>()
                .join("\n")
        })?;
    let parts = wiring::assemble(settings, None, settings.bind).await?;
    let made = auth::create_admin(&parts.state.app, phone, password, name, email).await;
    parts.state.app.table.close().await;
    let id = made.map_err(|error| error.detail)?;
    writeln!(io::stdout(), "The admin {id} can sign in now.")?;
    Ok(())
}

fn ask_password() -> io::Result<String> {
    let mut err = io::stderr();
    write!(err, "Password of the new admin (8 to 72 bytes; what you type is shown): ")?;
    err.flush()?;
    let mut line = String::new();
    io::stdin().lock().read_line(&mut line)?;
    Ok(line.trim_end_matches(['\r', '\n']).to_owned())
}
