//! Files: only what was announced can be used, once, by its owner; what nobody uses is removed.

use chrono::TimeDelta;
use futures::future::join_all;
use khaya_app::files::{self, AnnouncedUpload, FileView};
use khaya_app::messages::{self, NewMessage};
use khaya_app::{AppError, Code, disputes, jobs, users};
use khaya_domain::category::Category;
use khaya_domain::file::{Announced, FileKind, FilePurpose};
use khaya_domain::ids::{BidId, JobId, UploadId};
use khaya_domain::text::{MessageText, Reason};
use khaya_domain::user::SignUpRole;
use khaya_ports::files::{FileKey, FileStore};
use khaya_tests::engines::Engine;
use khaya_tests::files::{checksum, png};
use khaya_tests::world::{Someone, World};
use uuid::Uuid;

use crate::support::{accepted, code, in_progress, two};

fn announced(purpose: FilePurpose, kind: FileKind, bytes: &[u8]) -> Announced {
    Announced { purpose, kind, size: u32::try_from(bytes.len()).unwrap(), checksum: checksum(bytes) }
}

async fn announce(world: &World, who: &Someone, purpose: FilePurpose, bytes: &[u8]) -> AnnouncedUpload {
    files::announce(&world.app, &who.caller, announced(purpose, FileKind::Png, bytes)).await.unwrap()
}

async fn ready(world: &World, who: &Someone, purpose: FilePurpose, note: &str) -> UploadId {
    let bytes = png(note);
    let upload = announce(world, who, purpose, &bytes).await;
    assert!(world.files.send(&upload.request, &bytes));
    let view = files::complete(&world.app, &who.caller, upload.id).await.unwrap();
    assert!(view.ready && !view.used);
    upload.id
}

async fn seen(world: &World, by: Option<&Someone>, file: UploadId) -> Result<FileView, AppError> {
    files::details(&world.app, by.map(Someone::actor), file).await
}

async fn send(
    world: &World,
    who: &Someone,
    (job, bid): (JobId, BidId),
    id: u128,
    uploads: &[UploadId],
) -> Result<messages::MessageView, AppError> {
    let message = NewMessage { client_id: Uuid::from_u128(id), text: None, files: uploads.to_vec() };
    messages::send(&world.app, &who.caller, job, bid, message).await
}

#[tokio::test]
async fn a_file_goes_with_a_message_to_the_two_and_to_nobody_else() {
    for engine in Engine::ALL {
        let (world, buyer, worker) = two(engine).await;
        let (job, bid) = accepted(&world, &buyer, &worker, 1_000).await;
        let file = ready(&world, &worker, FilePurpose::Message, "taken at 26.2485 S").await;
        assert!(seen(&world, Some(&worker), file).await.unwrap().link.is_some());
        assert_eq!(code(seen(&world, Some(&buyer), file).await), Code::NotFound, "not used yet");
        let sent = send(&world, &worker, (job, bid), 1, &[file]).await.unwrap();
        assert_eq!((sent.files.len(), sent.files[0].id, sent.files[0].kind), (1, file, FileKind::Png));
        // The same message again is the same message; with other files it is another one under a used id.
        assert_eq!(send(&world, &worker, (job, bid), 1, &[file]).await.unwrap(), sent);
        let other = ready(&world, &worker, FilePurpose::Message, "another").await;
        assert_eq!(code(send(&world, &worker, (job, bid), 1, &[other]).await), Code::MessageIdReused);
        assert_eq!(code(send(&world, &worker, (job, bid), 2, &[file]).await), Code::UploadState, "used once");
        let view = seen(&world, Some(&buyer), file).await.unwrap();
        assert!(view.ready && view.used && view.link.is_some());
        let stranger = world.someone(7, SignUpRole::Buyer).await;
        let admin = world.admin(8).await;
        for nobody in [None, Some(&stranger), Some(&admin)] {
            assert_eq!(code(seen(&world, nobody, file).await), Code::NotFound);
        }
        let kept = world.files.read(FileKey::Kept(file), 1000).await.unwrap().unwrap();
        assert!(!String::from_utf8_lossy(&kept).contains("26.2485"), "an image says nothing of places");
        assert_eq!(u64::from(view.size), kept.len() as u64);
    }
}

#[tokio::test]
async fn what_is_not_what_was_announced_is_refused_for_good() {
    let (world, buyer, _) = two(Engine::Memory).await;
    let bytes = png("right");
    let (mut longer, mut other) = (bytes.clone(), bytes.clone());
    longer.push(0);
    *other.last_mut().unwrap() ^= 1;
    let page = b"<html><script>alert(1)</script></html>".to_vec();
    let begins_like_one = [bytes.get(..8).unwrap(), page.as_slice()].concat();
    // What the store would have refused is refused again when it is completed, and what only the content shows, then.
    let cases = [
        (announced(FilePurpose::Message, FileKind::Png, &bytes), longer),
        (announced(FilePurpose::Message, FileKind::Png, &bytes), other),
        (announced(FilePurpose::Message, FileKind::Png, &page), page.clone()),
        (announced(FilePurpose::Message, FileKind::Pdf, &bytes), bytes.clone()),
        (announced(FilePurpose::Message, FileKind::Jpeg, &bytes), bytes.clone()),
        (announced(FilePurpose::Message, FileKind::Png, &begins_like_one), begins_like_one),
    ];
    for (file, arrived) in cases {
        let upload = files::announce(&world.app, &buyer.caller, file).await.unwrap();
        let complete = async || code(files::complete(&world.app, &buyer.caller, upload.id).await);
        assert_eq!(complete().await, Code::UploadState, "nothing has arrived");
        world.files.plant(FileKey::Arrived(upload.id), &arrived);
        assert_eq!(complete().await, Code::UploadRejected);
        assert_eq!(complete().await, Code::UploadState, "refused for good");
        assert!(world.files.read(FileKey::Kept(upload.id), 1000).await.unwrap().is_none());
        assert!(seen(&world, Some(&buyer), upload.id).await.unwrap().link.is_none());
    }
}

#[tokio::test]
async fn only_the_owner_completes_and_uses_a_file_and_only_for_its_purpose() {
    let (world, buyer, worker) = two(Engine::Memory).await;
    let place = accepted(&world, &buyer, &worker, 1_000).await;
    let bytes = png("mine");
    let upload = announce(&world, &buyer, FilePurpose::Message, &bytes).await;
    assert!(world.files.send(&upload.request, &bytes));
    assert_eq!(code(files::complete(&world.app, &worker.caller, upload.id).await), Code::NotFound);
    assert_eq!(code(send(&world, &buyer, place, 1, &[upload.id]).await), Code::UploadState, "not complete");
    files::complete(&world.app, &buyer.caller, upload.id).await.unwrap();
    assert_eq!(code(send(&world, &worker, place, 1, &[upload.id]).await), Code::NotFound, "another's");
    let avatar = users::set_avatar(&world.app, &buyer.caller, Some(upload.id)).await;
    assert_eq!(code(avatar), Code::UploadState, "another purpose");
    assert_eq!(code(send(&world, &buyer, place, 1, &[upload.id, upload.id]).await), Code::InvalidInput);
    let six: Vec<_> = (0..6).map(|n| UploadId::from_uuid(Uuid::from_u128(n))).collect();
    assert_eq!(code(send(&world, &buyer, place, 1, &six).await), Code::InvalidInput);
    assert_eq!(code(send(&world, &buyer, place, 1, &[]).await), Code::InvalidInput, "neither text nor file");
    assert_eq!(code(send(&world, &buyer, place, 1, &six[..1]).await), Code::NotFound, "there is none");
    let pdf = announced(FilePurpose::Avatar, FileKind::Pdf, b"%PDF-1.7");
    assert_eq!(code(files::announce(&world.app, &buyer.caller, pdf).await), Code::InvalidInput);
    let large =
        Announced { size: 10 * 1024 * 1024 + 1, ..announced(FilePurpose::Message, FileKind::Png, b"x") };
    assert_eq!(code(files::announce(&world.app, &buyer.caller, large).await), Code::InvalidInput);
}

#[tokio::test]
async fn of_32_uses_of_one_file_at_once_one_wins() {
    for engine in Engine::ALL {
        let (world, buyer, worker) = two(engine).await;
        let place = accepted(&world, &buyer, &worker, 1_000).await;
        let file = ready(&world, &buyer, FilePurpose::Message, "one").await;
        let files = [file];
        let sent = join_all((0..32).map(|id| send(&world, &buyer, place, id, &files))).await;
        let (won, lost): (Vec<_>, Vec<_>) = sent.into_iter().partition(Result::is_ok);
        assert_eq!(won.len(), 1, "{engine:?}");
        assert!(lost.into_iter().all(|lost| code(lost) == Code::UploadState));
    }
}

#[tokio::test]
async fn what_nobody_uses_is_gone_after_a_day_and_what_is_used_stays() {
    for engine in Engine::ALL {
        let (world, buyer, worker) = two(engine).await;
        let place = accepted(&world, &buyer, &worker, 1_000).await;
        let used = ready(&world, &buyer, FilePurpose::Message, "used").await;
        send(&world, &buyer, place, 1, &[used]).await.unwrap();
        let unused = ready(&world, &buyer, FilePurpose::Message, "unused").await;
        let never_sent = announce(&world, &buyer, FilePurpose::Message, &png("never")).await.id;
        world.pass(TimeDelta::hours(23)).await;
        assert!(seen(&world, Some(&buyer), unused).await.is_ok());
        world.pass(TimeDelta::hours(2)).await;
        for gone in [unused, never_sent] {
            assert_eq!(code(seen(&world, Some(&buyer), gone).await), Code::NotFound, "{engine:?}");
            assert_eq!(code(send(&world, &buyer, place, 2, &[gone]).await), Code::NotFound);
        }
        assert!(seen(&world, Some(&worker), used).await.unwrap().link.is_some());
        assert_eq!(world.files.keys(), [FileKey::Kept(used)], "nothing else is left in the store");
    }
}

#[tokio::test]
async fn pictures_of_jobs_portfolios_and_profiles_are_replaced_and_removed() {
    for engine in Engine::ALL {
        let (world, buyer, worker) = two(engine).await;
        let job = world.job(&buyer).await;
        let (first, second) = (
            ready(&world, &buyer, FilePurpose::JobPhoto, "first").await,
            ready(&world, &buyer, FilePurpose::JobPhoto, "second").await,
        );
        let set =
            async |photos: Vec<UploadId>| jobs::set_photos(&world.app, &buyer.caller, job, photos).await;
        let photos = |view: jobs::JobView| view.photos.iter().map(|photo| photo.id).collect::<Vec<_>>();
        assert_eq!(photos(set(vec![first, second]).await.unwrap()), [first, second]);
        assert_eq!(photos(set(vec![second, first]).await.unwrap()), [second, first], "in another order");
        assert!(seen(&world, None, first).await.unwrap().link.is_some(), "an open job is everybody's to see");
        assert_eq!(photos(set(vec![second]).await.unwrap()), [second]);
        assert_eq!(
            code(jobs::set_photos(&world.app, &worker.caller, job, Vec::new()).await),
            Code::Forbidden
        );

        let shown = ready(&world, &worker, FilePurpose::Portfolio, "shown").await;
        let entry = users::NewPortfolioEntry {
            title: "New bathroom".parse().unwrap(),
            description: "Tiles, shower and basin.".parse().unwrap(),
            category: Category::Plumbing,
            completed_on: None,
            photos: vec![shown],
        };
        let added = users::add_portfolio_entry(&world.app, &worker.caller, entry).await.unwrap();
        assert_eq!(added.photos[0].id, shown);
        let (old, new) = (
            ready(&world, &worker, FilePurpose::Avatar, "old").await,
            ready(&world, &worker, FilePurpose::Avatar, "new").await,
        );
        for picture in [old, new] {
            let me = users::set_avatar(&world.app, &worker.caller, Some(picture)).await.unwrap();
            assert_eq!(me.avatar.unwrap().id, picture);
        }
        let profile = users::public_profile(&world.app, worker.actor().user).await.unwrap();
        assert_eq!(profile.avatar.unwrap().id, new);
        for public in [shown, new] {
            assert!(seen(&world, None, public).await.unwrap().link.is_some());
        }
        users::remove_portfolio_entry(&world.app, &worker.caller, added.id).await.unwrap();
        users::set_avatar(&world.app, &worker.caller, None).await.unwrap();
        world.pass(TimeDelta::minutes(1)).await;
        for gone in [first, shown, old, new] {
            assert_eq!(code(seen(&world, Some(&buyer), gone).await), Code::NotFound, "{engine:?}");
            assert!(world.files.read(FileKey::Kept(gone), 1000).await.unwrap().is_none());
        }
        assert!(seen(&world, None, second).await.is_ok());
    }
}

#[tokio::test]
async fn evidence_is_seen_by_the_parties_and_the_admin() {
    let (world, buyer, worker) = two(Engine::Memory).await;
    let job = in_progress(&world, &buyer, &worker, 1_000).await;
    let why = Reason::parse("It leaks as before.").unwrap();
    disputes::raise(&world.app, &buyer.caller, job, why).await.unwrap();
    let file = ready(&world, &buyer, FilePurpose::Evidence, "the leak").await;
    let text = "See the picture of the leak.".parse().unwrap();
    let statement = disputes::Statement { text, files: vec![file] };
    let said = disputes::add_evidence(&world.app, &buyer.caller, job, statement).await.unwrap();
    assert_eq!(said.files[0].id, file);
    let (admin, stranger) = (world.admin(8).await, world.someone(7, SignUpRole::Worker).await);
    for who in [&buyer, &worker, &admin] {
        assert!(seen(&world, Some(who), file).await.unwrap().link.is_some());
    }
    for who in [None, Some(&stranger)] {
        assert_eq!(code(seen(&world, who, file).await), Code::NotFound);
    }
}

#[tokio::test]
async fn a_user_announces_a_hundred_files_a_day_and_a_repeated_request_announces_none() {
    let (world, buyer, _) = two(Engine::Memory).await;
    let bytes = png("many");
    let file = announced(FilePurpose::Message, FileKind::Png, &bytes);
    let keyed = buyer.with_key("a key", "a request");
    let first = files::announce(&world.app, &keyed, file).await.unwrap();
    assert_eq!(files::announce(&world.app, &keyed, file).await.unwrap(), first);
    for _ in 1..100 {
        announce(&world, &buyer, FilePurpose::Message, &bytes).await;
    }
    assert_eq!(code(files::announce(&world.app, &buyer.caller, file).await), Code::UploadLimit);
    world.clock.advance(TimeDelta::days(1));
    announce(&world, &buyer, FilePurpose::Message, &bytes).await;
}

#[tokio::test]
async fn text_can_come_with_files() {
    let (world, buyer, worker) = two(Engine::Memory).await;
    let (job, bid) = accepted(&world, &buyer, &worker, 1_000).await;
    let files = vec![
        ready(&world, &buyer, FilePurpose::Message, "a").await,
        ready(&world, &buyer, FilePurpose::Message, "b").await,
    ];
    let text = Some(MessageText::parse("Two pictures of it.").unwrap());
    let message = NewMessage { client_id: Uuid::from_u128(1), text, files: files.clone() };
    messages::send(&world.app, &buyer.caller, job, bid, message).await.unwrap();
    let page = messages::messages(&world.app, worker.actor(), job, bid, Default::default()).await.unwrap();
    let last = page.items.last().unwrap();
    assert_eq!(last.files.iter().map(|file| file.id).collect::<Vec<_>>(), files);
}
