//! Images lose what they say of places, devices and people.
//!
//! What a picture looks like is kept: its pixels, colours and orientation. Everything else goes, known or not. A file that is
//! not built as its kind says is refused.

use exif::{In, Tag, Value};
use img_parts::jpeg::{Jpeg, JpegSegment, markers};
use img_parts::png::Png;
use img_parts::webp::{
    CHUNK_ALPH, CHUNK_ANIM, CHUNK_ANMF, CHUNK_ICCP, CHUNK_VP8, CHUNK_VP8L, CHUNK_VP8X, WebP,
};
use img_parts::{Bytes, ImageEXIF};
use khaya_domain::file::FileKind;

/// The file that others get; `None` when the bytes are not what they begin like.
pub(super) fn clean(kind: FileKind, bytes: Vec<u8>) -> Option<Vec<u8>> {
    match kind {
        FileKind::Jpeg => clean_jpeg(bytes),
        FileKind::Png => clean_png(bytes),
        FileKind::Webp => clean_webp(bytes),
        // What a document says is its author's choice.
        FileKind::Pdf => Some(bytes),
    }
}

fn clean_jpeg(mut bytes: Vec<u8>) -> Option<Vec<u8>> {
    // Phones append second images, films and notes to the first one: with all of their metadata.
    let end = end_of_jpeg(&bytes)?;
    bytes.truncate(end);
    let mut image = Jpeg::from_bytes(Bytes::from(bytes)).ok()?;
    image.dimensions()?;
    let orientation = image.exif().and_then(|exif| orientation(&exif));
    image.segments_mut().retain(shapes_the_picture);
    if let Some(orientation) = orientation {
        image.set_exif(Some(only_orientation(orientation)));
    }
    Some(image.encoder().bytes().to_vec())
}

/// Whether a segment is needed to draw the picture: all but notes and the applications' own, of which the colour profile
/// (ICC.1, APP2) and Adobe's colour transform (APP14) stay.
fn shapes_the_picture(segment: &JpegSegment) -> bool {
    let begins = |name: &[u8]| segment.contents().starts_with(name);
    match segment.marker() {
        markers::APP0 => begins(b"JFIF\0"),
        markers::APP2 => begins(b"ICC_PROFILE\0"),
        markers::APP14 => begins(b"Adobe"),
        marker => !is_note(marker),
    }
}

/// Whether a segment is an application's own or a comment.
fn is_note(marker: u8) -> bool {
    matches!(marker, markers::APP0..=markers::APP15 | markers::COM)
}

/// Where the first image of a JPEG file ends (ITU-T T.81, annex B). `None` when it does not, or hides segments of
/// applications among its scans, where no camera puts them.
fn end_of_jpeg(bytes: &[u8]) -> Option<usize> {
    let mut at = 2;
    let mut in_scan = false;
    loop {
        if in_scan {
            // Entropy-coded data: a marker is 0xff and anything but a stuffed zero, a restart, or a fill byte.
            while !matches!((bytes.get(at)?, bytes.get(at + 1)?), (0xff, marker) if !matches!(marker, 0 | 0xff | 0xd0..=0xd7))
            {
                at += 1;
            }
        }
        if *bytes.get(at)? != 0xff {
            return None;
        }
        match *bytes.get(at + 1)? {
            0xff => at += 1,
            0xd9 => return Some(at + 2),
            0x01 | 0xd0..=0xd8 => at += 2,
            marker if in_scan && is_note(marker) => return None,
            marker => {
                let length = usize::from(u16::from_be_bytes([*bytes.get(at + 2)?, *bytes.get(at + 3)?]));
                at += 2 + length;
                in_scan = in_scan || marker == markers::SOS;
            }
        }
    }
}

fn orientation(exif: &[u8]) -> Option<u8> {
    let read = exif::Reader::new().read_raw(exif.to_vec()).ok()?;
    let Value::Short(values) = &read.get_field(Tag::Orientation, In::PRIMARY)?.value else { return None };
    values.first().and_then(|value| u8::try_from(*value).ok()).filter(|value| (2..=8).contains(value))
}

/// The smallest EXIF (TIFF 6.0) that says how to turn the picture, and nothing more: one directory with one entry.
fn only_orientation(orientation: u8) -> Bytes {
    let header = *b"II\x2a\0\x08\0\0\0\x01\0";
    let entry = [0x12, 0x01, 0x03, 0, 1, 0, 0, 0, orientation, 0, 0, 0];
    let no_next = [0; 4];
    Bytes::from([header.as_slice(), &entry, &no_next].concat())
}

/// The chunks that draw a picture (PNG, third edition).
const PNG_CHUNKS: [&[u8; 4]; 17] = [
    b"IHDR", b"PLTE", b"IDAT", b"IEND", b"tRNS", b"gAMA", b"cHRM", b"sRGB", b"iCCP", b"cICP", b"sBIT",
    b"bKGD", b"pHYs", b"acTL", b"fcTL", b"fdAT", b"hIST",
];

fn clean_png(bytes: Vec<u8>) -> Option<Vec<u8>> {
    let mut image = Png::from_bytes(Bytes::from(bytes)).ok()?;
    image.dimensions()?;
    image.chunks_mut().retain(|chunk| PNG_CHUNKS.contains(&&chunk.kind()));
    Some(image.encoder().bytes().to_vec())
}

/// The chunks that draw a picture (RFC 9649).
const WEBP_CHUNKS: [[u8; 4]; 7] =
    [CHUNK_VP8, CHUNK_VP8L, CHUNK_VP8X, CHUNK_ALPH, CHUNK_ANIM, CHUNK_ANMF, CHUNK_ICCP];

fn clean_webp(bytes: Vec<u8>) -> Option<Vec<u8>> {
    let mut image = WebP::from_bytes(Bytes::from(bytes)).ok()?;
    image.dimensions()?;
    let orientation = image.exif().and_then(|exif| orientation(&exif));
    image.chunks_mut().retain(|chunk| WEBP_CHUNKS.contains(&chunk.id()));
    // Says in the header, too, that there is no metadata, or only this.
    image.set_exif(orientation.map(only_orientation));
    let mut bytes = image.encoder().bytes().to_vec();
    clear_xmp_flag(&mut bytes);
    Some(bytes)
}

/// The extended header (RFC 9649, 2.7) announces XMP by a bit of its own.
fn clear_xmp_flag(bytes: &mut [u8]) {
    const FIRST_CHUNK: usize = 12;
    if bytes.get(FIRST_CHUNK..FIRST_CHUNK + 4) == Some(CHUNK_VP8X.as_slice())
        && let Some(flags) = bytes.get_mut(FIRST_CHUNK + 8)
    {
        *flags &= !0x04;
    }
}

#[cfg(test)]
mod tests;
