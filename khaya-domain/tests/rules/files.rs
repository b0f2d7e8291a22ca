//! Which files are taken, and who may use one, once.

use crate::support::{BUYER, STRANGER, job_id, noon, user_id};
use khaya_domain::{
    file::{Announced, Checksum, FileKind, FilePurpose, Upload, UploadError, UploadState, UsedBy},
    ids::UploadId,
    policy::FilePolicy,
};
use proptest::prelude::*;

const SUM: Checksum = Checksum::from_bytes([7; 32]);

fn announce(purpose: FilePurpose, kind: FileKind, size: u32) -> Result<Upload, UploadError> {
    let announced = Announced { purpose, kind, size, checksum: SUM };
    let id = UploadId::new(noon(), [1; 10]);
    Upload::announce(id, user_id(BUYER), announced, &FilePolicy::default(), noon())
}

fn photo() -> Upload {
    announce(FilePurpose::JobPhoto, FileKind::Png, 12).unwrap()
}

const PNG: &[u8] = b"\x89PNG\r\n\x1a\nabcd";

#[test]
fn documents_go_with_messages_and_evidence_only() {
    for purpose in FilePurpose::ALL {
        for kind in FileKind::ALL {
            let fits =
                kind != FileKind::Pdf || [FilePurpose::Message, FilePurpose::Evidence].contains(&purpose);
            let expected = if fits { Ok(()) } else { Err(UploadError::KindForPurpose) };
            assert_eq!(announce(purpose, kind, 1).map(|_| ()), expected, "{purpose:?} {kind:?}");
        }
    }
}

#[test]
fn a_file_has_one_byte_to_ten_megabytes() {
    let most = 10 * 1024 * 1024;
    for (size, is_taken) in [(0, false), (1, true), (most, true), (most + 1, false)] {
        let announced = announce(FilePurpose::Avatar, FileKind::Jpeg, size);
        let expected = if is_taken { Ok(()) } else { Err(UploadError::Size { most, size }) };
        assert_eq!(announced.map(|_| ()), expected);
    }
}

#[test]
fn what_arrives_is_what_was_announced_or_refused() {
    let upload = photo();
    assert_eq!(upload.check(PNG, SUM), Ok(()));
    assert_eq!(upload.check(&PNG[..11], SUM), Err(UploadError::OtherSize { announced: 12, found: 11 }));
    assert_eq!(upload.check(PNG, Checksum::from_bytes([8; 32])), Err(UploadError::OtherChecksum));
    let other = UploadError::OtherKind { announced: "image/png" };
    for bytes in [b"\xff\xd8\xffabcdefghi".as_slice(), b"<svg></svg>.", b"GIF89a......", b"%PDF-1.7...."] {
        assert_eq!(upload.check(bytes, SUM), Err(other));
    }
}

#[test]
fn a_file_is_used_once_by_its_owner_for_its_purpose() {
    let job = UsedBy::Job { job: job_id(1) };
    let ready = photo().completed(12);
    let used = ready.refer(user_id(BUYER), job).unwrap();
    assert_eq!(used.state(), UploadState::Ready { size: 12, used_by: Some(job) });
    assert_eq!(used.refer(user_id(BUYER), job), Err(UploadError::InUse));
    assert_eq!(ready.refer(user_id(STRANGER), job), Err(UploadError::NotYours));
    let wrong = UploadError::OtherPurpose { announced: "job_photo", wanted: "avatar" };
    assert_eq!(ready.refer(user_id(BUYER), UsedBy::Avatar), Err(wrong));
    assert_eq!(photo().refer(user_id(BUYER), job), Err(UploadError::NotReady));
    assert_eq!(photo().refused().refer(user_id(BUYER), job), Err(UploadError::WasRefused));
    assert_eq!(used.remove(), None, "what is used stays");
    let gone = used.let_go().remove().unwrap();
    assert_eq!(gone.refer(user_id(BUYER), job), Err(UploadError::Gone));
    assert_eq!(gone.let_go(), gone);
}

proptest! {
    #[test]
    fn a_checksum_has_one_spelling(bytes in prop::array::uniform32(any::<u8>())) {
        let sum = Checksum::from_bytes(bytes);
        let text = sum.to_string();
        prop_assert_eq!(text.parse(), Ok(sum));
        prop_assert!(text.len() == 64 && text.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b)));
        prop_assert!(text.get(1..).unwrap().parse::<Checksum>().is_err());
        if text.bytes().any(|b| b.is_ascii_alphabetic()) {
            prop_assert!(text.to_uppercase().parse::<Checksum>().is_err());
        }
    }
}
