//! The languages in which Khaya speaks to people.

use serde::{Deserialize, Serialize};

/// A language that Khaya has texts in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Language {
    /// English.
    #[default]
    #[serde(rename = "en")]
    English,
    /// isiZulu.
    #[serde(rename = "zu")]
    Zulu,
    /// isiXhosa.
    #[serde(rename = "xh")]
    Xhosa,
    /// Afrikaans.
    #[serde(rename = "af")]
    Afrikaans,
}

impl Language {
    /// Every language, the one for everybody first.
    pub const ALL: [Self; 4] = [Self::English, Self::Zulu, Self::Xhosa, Self::Afrikaans];

    /// Its tag (BCP 47): `en`, `zu`, `xh` or `af`.
    #[must_use]
    pub const fn tag(self) -> &'static str {
        match self {
            Self::English => "en",
            Self::Zulu => "zu",
            Self::Xhosa => "xh",
            Self::Afrikaans => "af",
        }
    }

    /// The language of a tag, whatever region or script follows: `zu-ZA` is isiZulu.
    #[must_use]
    pub fn of_tag(tag: &str) -> Option<Self> {
        let primary = tag.split('-').next().unwrap_or_default().trim();
        Self::ALL.into_iter().find(|language| language.tag().eq_ignore_ascii_case(primary))
    }

    /// What a reader likes best of what there is, from an `Accept-Language` header
    /// ([RFC 9110, 12.5.4](https://www.rfc-editor.org/rfc/rfc9110#section-12.5.4)). The largest weight wins, the earlier of two
    /// equal ones; English when nothing fits. What cannot be read is passed over.
    ///
    /// ```
    /// use khaya_domain::language::Language;
    ///
    /// assert_eq!(Language::preferred("fr, xh-ZA;q=0.8, en;q=0.5"), Language::Xhosa);
    /// assert_eq!(Language::preferred(""), Language::English);
    /// ```
    #[must_use]
    pub fn preferred(header: &str) -> Self {
        let mut best = (0, Self::English);
        for choice in header.split(',') {
            let mut parts = choice.split(';');
            let Some(language) = parts.next().and_then(Self::of_tag) else { continue };
            let Some(weight) = parts.next().map_or(Some(1000), weight) else { continue };
            if weight > best.0 {
                best = (weight, language);
            }
        }
        best.1
    }
}

/// A weight such as `q=0.8`, in thousandths.
fn weight(part: &str) -> Option<u16> {
    let number = part.trim().strip_prefix("q=").or_else(|| part.trim().strip_prefix("Q="))?;
    let (whole, places) = number.split_once('.').unwrap_or((number, ""));
    if places.len() > 3 || !places.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let thousandths: u16 = format!("{places:0<3}").parse().ok()?;
    match whole {
        "0" => Some(thousandths),
        "1" if thousandths == 0 => Some(1000),
        _ => None,
    }
}
