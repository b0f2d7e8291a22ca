//! Which six digits a challenge has, and what is stored of them.
//!
//! The digits are a keyed function of the challenge's id, which holds 74 random bits: whoever sends the code, by whichever
//! channel and however often, derives it afresh, and no store, event or log ever holds it. What is stored is a keyed hash.

use khaya_domain::ids::ChallengeId;
use khaya_domain::otp::{Code, CodeDigest, Purpose, format_code};
use secrecy::SecretString;

use crate::keys::{KeyPurpose, Keys};

/// The code of a challenge: uniform over all six-digit codes.
fn code(keys: &Keys, challenge: ChallengeId, purpose: Purpose) -> Code {
    let id = challenge.as_uuid().as_bytes();
    let draw = |round: u64| {
        let mac = keys.mac(KeyPurpose::CodeDigits, &[id, purpose.as_str().as_bytes(), &round.to_be_bytes()]);
        format_code(mac.iter().take(8).fold(0, |number, byte| (number << 8) | u64::from(*byte)))
    };
    #[expect(clippy::expect_used, reason = "each draw is refused with a chance of less than 1 in 10^13")]
    (0..64).find_map(draw).expect("one of 64 draws is accepted")
}

/// The six digits, to be sent.
pub(crate) fn digits(keys: &Keys, challenge: ChallengeId, purpose: Purpose) -> SecretString {
    code(keys, challenge, purpose).expose().into()
}

/// What is stored of the challenge's own code.
pub(super) fn digest(keys: &Keys, challenge: ChallengeId, purpose: Purpose) -> CodeDigest {
    digest_of(keys, challenge, purpose, &code(keys, challenge, purpose))
}

/// What would be stored of a guess.
pub(super) fn digest_of(keys: &Keys, challenge: ChallengeId, purpose: Purpose, guess: &Code) -> CodeDigest {
    let id = challenge.as_uuid().as_bytes();
    CodeDigest(
        keys.mac(KeyPurpose::CodeDigest, &[id, purpose.as_str().as_bytes(), guess.expose().as_bytes()]),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_is_a_function_of_key_challenge_and_purpose() {
        use secrecy::ExposeSecret;
        let keys = Keys::derive("one secret of thirty-two bytes ..".to_owned().into());
        let other = Keys::derive("two secret of thirty-two bytes ..".to_owned().into());
        let ids: Vec<_> =
            (0..200_u8).map(|n| ChallengeId::new(chrono::DateTime::UNIX_EPOCH, [n; 10])).collect();
        let code = |keys: &Keys, id, purpose| digits(keys, id, purpose).expose_secret().to_owned();
        for id in &ids {
            let text = code(&keys, *id, Purpose::VerifyPhone);
            assert_eq!(text.len(), 6);
            assert_eq!(text, code(&keys, *id, Purpose::VerifyPhone));
        }
        let differ = |a: &Keys, pa, b: &Keys, pb| {
            ids.iter().filter(|id| code(a, **id, pa) != code(b, **id, pb)).count()
        };
        assert!(differ(&keys, Purpose::VerifyPhone, &other, Purpose::VerifyPhone) > 195);
        assert!(differ(&keys, Purpose::VerifyPhone, &keys, Purpose::ResetPassword) > 195);
    }
}
