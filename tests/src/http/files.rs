//! Files over HTTP: announced, sent to the store, completed, fetched.

use serde_json::{Value, json};

use super::{Answer, Api, Person};
use crate::files::checksum;

/// What is said of a file before it is sent.
pub fn announcement(purpose: &str, content_type: &str, bytes: &[u8]) -> Value {
    json!({
        "purpose": purpose,
        "contentType": content_type,
        "size": bytes.len(),
        "sha256": checksum(bytes).to_string(),
    })
}

impl Api {
    /// A call to an address of the store that the server gave.
    #[expect(clippy::expect_used, reason = "an address of another server is a failure")]
    fn path_of<'a>(&self, url: &'a str) -> &'a str {
        url.strip_prefix(self.base.as_str()).expect("an address of this server")
    }

    /// Announces a file.
    pub async fn announce(&self, by: &Person, purpose: &str, content_type: &str, bytes: &[u8]) -> Answer {
        let body = announcement(purpose, content_type, bytes);
        self.post("/uploads").by(by).json(&body).send().await
    }

    /// Sends bytes to an address of the store.
    pub async fn send_to(&self, url: &str, content_type: &str, bytes: &[u8]) -> Answer {
        self.put(self.path_of(url)).body(content_type, bytes.to_vec()).send().await
    }

    /// A file that was sent, and not completed; the upload's id.
    pub async fn sent_file(&self, by: &Person, purpose: &str, content_type: &str, bytes: &[u8]) -> String {
        let announced = self.announce(by, purpose, content_type, bytes).await;
        announced.expect(201);
        let sent = self.send_to(&announced.field("url"), content_type, bytes).await;
        assert_eq!(sent.status, 201, "{}", sent.text);
        announced.field("id")
    }

    /// A file that can be used; the upload's id.
    pub async fn file(&self, by: &Person, purpose: &str, content_type: &str, bytes: &[u8]) -> String {
        let id = self.sent_file(by, purpose, content_type, bytes).await;
        self.complete(by, &id).await.expect(200);
        id
    }

    /// Completes an upload.
    pub async fn complete(&self, by: &Person, upload: &str) -> Answer {
        self.post(&format!("/uploads/{upload}/complete")).by(by).send().await
    }

    /// Fetches an address of the store.
    pub async fn fetch(&self, url: &str) -> Answer {
        self.get(self.path_of(url)).send().await
    }
}
