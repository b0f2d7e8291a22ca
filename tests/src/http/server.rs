//! A server in this process, on an engine of the test's choice.

use std::any::Any;
use std::ops::Deref;

use khaya_api::config::{Settings, Variables};
use khaya_api::serve::{self, Running};
use khaya_domain::password::Password;
use khaya_domain::phone::PhoneNumber;
use khaya_domain::text::PersonName;
use khaya_ports::table::{Consistency, Key};
use sha2::{Digest, Sha256};

use super::{Api, PASSWORD, Person};
use crate::dynamodb;
use crate::engines::Engine;

/// A running server and its client. When it is dropped, its background work ends with the test's runtime.
pub struct TestServer {
    api: Api,
    running: Running,
    _alive: Box<dyn Any + Send + Sync>,
}

impl TestServer {
    /// A server on a fresh and empty engine, with cheap passwords, without limits on requests, behind one proxy that it
    /// trusts, so that a test can come from many addresses.
    pub async fn start(engine: Engine) -> Self {
        Self::start_with(engine, &[]).await
    }

    /// The same, with other settings over the usual ones.
    ///
    /// # Panics
    ///
    /// When the server does not start: a test cannot go on then.
    #[expect(clippy::expect_used, reason = "without a server there is nothing to test")]
    pub async fn start_with(engine: Engine, settings: &[(&str, &str)]) -> Self {
        let folder = tempfile::tempdir().expect("a folder for temporary files");
        let data = folder.path().to_string_lossy().into_owned();
        let (store, alive): (Vec<(&str, String)>, Box<dyn Any + Send + Sync>) = match engine {
            Engine::Memory => (vec![("KHAYA_STORE", "memory".to_owned())], Box::new(folder)),
            Engine::Sqlite => (vec![("KHAYA_STORE", "sqlite".to_owned())], Box::new(folder)),
            Engine::Dynamodb => {
                let place = dynamodb::a_place().await;
                let store = vec![
                    ("KHAYA_STORE", "dynamodb".to_owned()),
                    ("DYNAMODB_TABLE", place.name.clone()),
                    ("KHAYA_DYNAMODB_ENDPOINT", place.endpoint.clone()),
                ];
                (store, Box::new((folder, place)))
            }
        };
        let usual = [
            ("KHAYA_DATA", data.as_str()),
            ("KHAYA_BIND", "127.0.0.1:0"),
            ("KHAYA_PASSWORD_COST", "4"),
            ("KHAYA_RATE_LIMITS", "off"),
            ("KHAYA_TRUSTED_PROXIES", "1"),
        ];
        let chosen = store.iter().map(|(name, value)| (*name, value.as_str()));
        let all = usual.into_iter().chain(chosen).chain(settings.iter().copied());
        let variables: Variables = all.map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
        let settings = Settings::read(&variables).expect("settings that are right");
        let running = serve::start(&settings).await.expect("a server");
        Self { api: Api::at(running.url()), running, _alive: alive }
    }

    /// What the server's routes reach.
    pub fn running(&self) -> &Running {
        &self.running
    }

    /// An admin, who is made from inside.
    ///
    /// # Panics
    ///
    /// When there is one with this number.
    #[expect(clippy::expect_used, reason = "a test without its admin has failed")]
    pub async fn admin(&self, phone: &str) -> Person {
        let app = &self.running.state().app;
        let number = PhoneNumber::parse(phone).expect("a number");
        let (password, name) = (Password::parse(PASSWORD), PersonName::parse("Admin"));
        let (password, name) = (password.expect("a password"), name.expect("a name"));
        khaya_app::auth::create_admin(app, number, password, name, None).await.expect("an admin");
        self.sign_in(phone).await
    }

    /// How many wrong guesses of the sign-up code of a number are stored.
    ///
    /// # Panics
    ///
    /// When no code was ever sent to the number.
    #[expect(clippy::expect_used, reason = "a test that asks for what is not there has failed")]
    pub async fn wrong_guesses(&self, phone: &str) -> u64 {
        // The key as `khaya-app/src/records/` documents it: a number stands in keys as a digest.
        let digest = Sha256::new().chain_update("phone").chain_update([0]).chain_update(phone).finalize();
        let name: String = digest.iter().take(16).map(|byte| format!("{byte:02x}")).collect();
        let key = Key::new(format!("PHONE#{name}"), "CODES");
        let table = &self.running.state().app.table;
        let stored =
            table.get(&key, Consistency::Strong).await.expect("a read").expect("codes of the number");
        let body: serde_json::Value = stored.document.body.read().expect("JSON");
        body["signUp"]["challenge"]["wrongGuesses"].as_u64().expect("a count")
    }

    /// Ends the server in order.
    pub async fn stop(self) {
        self.running.shut_down().await;
    }
}

impl Deref for TestServer {
    type Target = Api;

    fn deref(&self) -> &Api {
        &self.api
    }
}
