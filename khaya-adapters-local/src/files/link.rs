//! What a signed request allows, and its form in an address.

use hmac::{Hmac, KeyInit, Mac};
use khaya_domain::file::{Checksum, FileKind};
use khaya_ports::files::FileKey;
use secrecy::{ExposeSecret, SecretString};
use sha2::Sha256;

/// What may be done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Method {
    /// Send these very bytes.
    Put {
        /// How many.
        size: u32,
        /// Their SHA-256.
        checksum: Checksum,
    },
    /// Fetch.
    Get,
}

/// A request that somebody may make.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Link {
    /// What may be done.
    pub method: Method,
    /// With which file.
    pub key: FileKey,
    /// What it is.
    pub kind: FileKind,
    /// Until when, in seconds since 1970.
    pub until: i64,
}

impl Link {
    /// The query of its address.
    pub(super) fn query(&self, secret: &SecretString) -> String {
        let signature = hex::encode(self.mac(secret).finalize().into_bytes());
        let kind = self.kind.extension();
        match self.method {
            Method::Put { size, checksum } => {
                format!(
                    "kind={kind}&size={size}&sha256={checksum}&until={}&signature={signature}",
                    self.until
                )
            }
            Method::Get => format!("kind={kind}&until={}&signature={signature}", self.until),
        }
    }

    /// Reads what a client asks for, if its signature allows just this. `None` for everything else, without saying why:
    /// whoever has a link from us never needs to know.
    pub(super) fn read(is_put: bool, path: &str, query: &str, secret: &SecretString) -> Option<Self> {
        let value = |name: &str| {
            let mut values =
                query.split('&').filter_map(|pair| pair.split_once('=')).filter(|(key, _)| *key == name);
            let (_, value) = values.next()?;
            // Twice is once too often: nobody shall have to ask which of the two was signed.
            values.next().is_none().then_some(value)
        };
        let method = if is_put {
            Method::Put { size: value("size")?.parse().ok()?, checksum: value("sha256")?.parse().ok()? }
        } else {
            Method::Get
        };
        let kind = value("kind")?;
        let link = Self {
            method,
            key: FileKey::parse(path)?,
            kind: FileKind::ALL.into_iter().find(|known| known.extension() == kind)?,
            until: value("until")?.parse().ok()?,
        };
        let signature = hex::decode(value("signature")?).ok()?;
        // In constant time.
        link.mac(secret).verify_slice(&signature).ok()?;
        Some(link)
    }

    fn mac(&self, secret: &SecretString) -> Hmac<Sha256> {
        #[expect(clippy::expect_used, reason = "HMAC takes keys of every length (RFC 2104)")]
        let mut mac = Hmac::<Sha256>::new_from_slice(secret.expose_secret().as_bytes())
            .expect("HMAC takes keys of every length");
        let method = match self.method {
            Method::Put { size, checksum } => format!("PUT\n{size}\n{checksum}"),
            Method::Get => "GET".to_owned(),
        };
        let text = format!(
            "khaya/file-link\n{method}\n{}\n{}\n{}",
            self.key.path(),
            self.kind.extension(),
            self.until
        );
        mac.update(text.as_bytes());
        mac
    }
}
