//! What a picture says beside what it shows is gone; what it shows is not.

use super::*;

const PLACE: &[u8] = b"26.2485 S 27.8540 E";

/// A JPEG of one by one pixels, built by hand: what stands between its headers is `extra`, and after its end `tail`.
fn jpeg(extra: &[(u8, Vec<u8>)], tail: &[u8]) -> Vec<u8> {
    let mut bytes = vec![0xff, 0xd8];
    let mut segment = |marker: u8, contents: &[u8]| {
        bytes.extend([0xff, marker]);
        bytes.extend(u16::try_from(contents.len() + 2).unwrap().to_be_bytes());
        bytes.extend(contents);
    };
    segment(0xe0, b"JFIF\0\x01\x01\0\0\x01\0\x01\0\0");
    for (marker, contents) in extra {
        segment(*marker, contents);
    }
    segment(0xdb, &[1; 65]);
    segment(0xc0, &[8, 0, 1, 0, 1, 1, 1, 0x11, 0]);
    segment(0xc4, &[0; 19]);
    segment(0xda, &[1, 1, 0, 0, 63, 0]);
    // Stuffed zeros and a restart are part of a scan; then a second scan with its own table, whose bytes look like an end.
    bytes.extend([0x12, 0xff, 0x00, 0xff, 0xd0, 0x34]);
    bytes.extend([0xff, 0xc4, 0, 4, 0xff, 0xd9]);
    bytes.extend([0xff, 0xda, 0, 8, 1, 1, 0, 0, 63, 0, 0x56]);
    bytes.extend([0xff, 0xd9]);
    bytes.extend(tail);
    bytes
}

fn exif(orientation: u8) -> Vec<u8> {
    let mut tiff = b"II\x2a\0\x08\0\0\0\x02\0".to_vec();
    tiff.extend([0x12, 0x01, 3, 0, 1, 0, 0, 0, orientation, 0, 0, 0]);
    // The image's description, which stands behind the directory.
    tiff.extend([0x0e, 0x01, 2, 0]);
    tiff.extend(u32::try_from(PLACE.len()).unwrap().to_le_bytes());
    tiff.extend(38_u32.to_le_bytes());
    tiff.extend([0; 4]);
    tiff.extend(PLACE);
    tiff
}

fn app1(orientation: u8) -> (u8, Vec<u8>) {
    (0xe1, [b"Exif\0\0".as_slice(), &exif(orientation)].concat())
}

fn tells_the_place(bytes: &[u8]) -> bool {
    bytes.windows(PLACE.len()).any(|window| window == PLACE)
}

#[test]
fn a_jpeg_loses_everything_but_its_picture_and_orientation() {
    let xmp = (0xe1, [b"http://ns.adobe.com/xap/1.0/\0".as_slice(), PLACE].concat());
    let iptc = (0xed, PLACE.to_vec());
    let note = (0xfe, PLACE.to_vec());
    let more_images = (0xe2, [b"MPF\0".as_slice(), PLACE].concat());
    let profile = (0xe2, b"ICC_PROFILE\0\x01\x01colours".to_vec());
    let second_image = jpeg(&[app1(1)], b"");
    let dirty = jpeg(&[app1(6), xmp, iptc, note, more_images, profile.clone()], &second_image);
    assert!(tells_the_place(&dirty));
    let cleaned = clean(FileKind::Jpeg, dirty).unwrap();
    assert!(!tells_the_place(&cleaned));
    let image = Jpeg::from_bytes(Bytes::from(cleaned.clone())).unwrap();
    assert_eq!(orientation(&image.exif().unwrap()), Some(6));
    assert!(image.segments().iter().any(|segment| segment.contents().as_ref() == profile.1.as_slice()));
    let plain = jpeg(&[], b"");
    let scans = &plain[plain.len() - 25..];
    assert!(cleaned.ends_with(scans), "both scans are there, and nothing follows");
    assert_eq!(clean(FileKind::Jpeg, cleaned.clone()).unwrap(), cleaned, "clean is clean");
}

#[test]
fn an_upright_jpeg_needs_no_metadata() {
    let cleaned = clean(FileKind::Jpeg, jpeg(&[app1(1)], b"")).unwrap();
    assert_eq!(cleaned, jpeg(&[], b""));
}

#[test]
fn a_jpeg_that_hides_notes_among_its_scans_is_refused() {
    let mut bytes = jpeg(&[], b"");
    let end = bytes.len() - 2;
    let mut note = vec![0xff, 0xfe, 0, 21];
    note.extend(PLACE);
    bytes.splice(end..end, note);
    assert_eq!(clean(FileKind::Jpeg, bytes), None);
}

/// A PNG of one pixel with these chunks before its data. The checksums are right.
fn png(extra: &[(&[u8; 4], &[u8])]) -> Vec<u8> {
    use img_parts::png::PngChunk;
    let mut bytes = b"\x89PNG\r\n\x1a\n".to_vec();
    let mut chunk = |kind: [u8; 4], contents: &[u8]| {
        bytes.extend(PngChunk::new(kind, Bytes::copy_from_slice(contents)).encoder().bytes());
    };
    chunk(*b"IHDR", &[0, 0, 0, 1, 0, 0, 0, 1, 8, 0, 0, 0, 0]);
    for (kind, contents) in extra {
        chunk(**kind, contents);
    }
    chunk(*b"IDAT", &[0x78, 0x9c, 0x63, 0x60, 0, 0, 0, 2, 0, 1]);
    chunk(*b"IEND", b"");
    bytes
}

#[test]
fn a_png_keeps_only_what_draws_it() {
    let text = [b"Comment\0".as_slice(), PLACE].concat();
    let exif = exif(1);
    let dirty = png(&[
        (b"tEXt", &text),
        (b"zTXt", &text),
        (b"iTXt", &text),
        (b"eXIf", &exif),
        (b"gAMA", &[0, 0, 0xb1, 0x8f]),
        (b"prVt", PLACE),
    ]);
    let cleaned = clean(FileKind::Png, [dirty, PLACE.to_vec()].concat()).unwrap();
    assert_eq!(cleaned, png(&[(b"gAMA", &[0, 0, 0xb1, 0x8f])]));
}

/// An extended WebP with these chunks after its picture.
fn webp(flags: u8, extra: &[(&[u8; 4], &[u8])]) -> Vec<u8> {
    let mut chunks = b"WEBP".to_vec();
    let mut chunk = |kind: &[u8; 4], contents: &[u8]| {
        chunks.extend(kind);
        chunks.extend(u32::try_from(contents.len()).unwrap().to_le_bytes());
        chunks.extend(contents);
        chunks.extend(vec![0; contents.len() % 2]);
    };
    chunk(b"VP8X", &[flags, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
    chunk(b"VP8L", &[0x2f, 0, 0, 0, 0, 0]);
    for (kind, contents) in extra {
        chunk(kind, contents);
    }
    let mut bytes = b"RIFF".to_vec();
    bytes.extend(u32::try_from(chunks.len()).unwrap().to_le_bytes());
    bytes.extend(chunks);
    bytes
}

#[test]
fn a_webp_loses_its_metadata_and_says_so_in_its_header() {
    let turned = exif(8);
    let dirty = webp(0x0c, &[(b"EXIF", &turned), (b"XMP ", PLACE), (b"????", PLACE)]);
    assert!(tells_the_place(&dirty));
    let cleaned = clean(FileKind::Webp, dirty).unwrap();
    assert!(!tells_the_place(&cleaned));
    let image = WebP::from_bytes(Bytes::from(cleaned.clone())).unwrap();
    assert_eq!(orientation(&image.exif().unwrap()), Some(8));
    assert_eq!(cleaned[20] & 0x0c, 0x08, "EXIF yes, XMP no");
    let upright = exif(1);
    let plain = clean(FileKind::Webp, webp(0x0c, &[(b"EXIF", &upright), (b"XMP ", PLACE)])).unwrap();
    assert!(!tells_the_place(&plain));
    assert!(!WebP::from_bytes(Bytes::from(plain)).unwrap().has_chunk(*b"EXIF"));
}

#[test]
fn what_only_begins_like_an_image_is_refused() {
    let page = b"<script>alert(1)</script>".as_slice();
    let starts: [(FileKind, &[u8]); 3] = [
        (FileKind::Jpeg, &[0xff, 0xd8, 0xff]),
        (FileKind::Png, b"\x89PNG\r\n\x1a\n"),
        (FileKind::Webp, b"RIFF\xff\0\0\0WEBP"),
    ];
    for (kind, start) in starts {
        let bytes = [start, page].concat();
        assert_eq!(FileKind::of_content(&bytes), Some(kind));
        assert_eq!(clean(kind, bytes), None, "{kind:?}");
    }
}

proptest::proptest! {
    #[test]
    fn no_bytes_bring_it_down(bytes in proptest::collection::vec(proptest::num::u8::ANY, 0..400), cut in 0_usize..200) {
        for (kind, good) in [
            (FileKind::Jpeg, jpeg(&[app1(6)], b"")),
            (FileKind::Png, png(&[])),
            (FileKind::Webp, webp(0x08, &[(b"EXIF", &exif(3))])),
        ] {
            let cut = cut.min(good.len());
            let broken = [&good[..cut], &bytes].concat();
            if let Some(cleaned) = clean(kind, broken) {
                proptest::prop_assert_eq!(FileKind::of_content(&cleaned), Some(kind));
            }
        }
    }
}
