//! The pictures of the documents: small, and each of them shown.

use std::fs;

use super::{documents, link_targets, project, read_file};

/// The maximum number of bytes of a picture.
const MAX_BYTES: u64 = 150_000;

#[test]
fn every_picture_is_small_and_part_of_a_document() {
    let mut pages = documents(&project().join("docs"));
    pages.push(project().join("README.md"));
    let pages: Vec<String> =
        pages.iter().map(|page| fs::read_to_string(page).expect("a document")).collect();
    let pictures = fs::read_dir(project().join("docs/images")).expect("the folder of pictures");
    let mut count = 0;
    for picture in pictures.map(|entry| entry.expect("an entry").path()) {
        let name = picture.file_name().and_then(|name| name.to_str()).expect("a name");
        let bytes = fs::read(&picture).expect("a picture");
        assert!(bytes.starts_with(b"\x89PNG"), "{name} is a PNG");
        let length = bytes.len() as u64;
        assert!(length < MAX_BYTES, "{name} has {length} bytes, and may have {MAX_BYTES}");
        let is_embedded = |page: &String| link_targets(page).any(|link| link.ends_with(name));
        assert!(pages.iter().any(is_embedded), "{name} is not shown in a document");
        count += 1;
    }
    assert!(count >= 3, "the sign-in page, the signed-in page, and an explained failure");
}

/// The command that takes the pictures is named where a contributor looks for it.
#[test]
fn command_that_takes_the_pictures_is_documented() {
    assert!(read_file("CONTRIBUTING.md").contains("USHER_TEST_WRITE_PICTURES=1"));
}
