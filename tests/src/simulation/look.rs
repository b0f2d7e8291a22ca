//! People look for work, and send pictures, or stop halfway.

use std::collections::BTreeSet;

use khaya_app::files;
use khaya_app::jobs::{self, JobFilter};
use khaya_app::messages::{self, NewMessage};
use khaya_app::{Code, PageRequest};
use khaya_domain::file::{Announced, FileKind, FilePurpose};
use khaya_domain::ids::{BidId, JobId, UploadId};
use khaya_domain::job::JobStatus;
use khaya_domain::text::SearchText;
use khaya_ports::files::FileKey;
use uuid::Uuid;

use super::Simulation;
use super::crowd::Member;
use crate::files::{checksum, png};

impl Simulation {
    /// Somebody searches, with a typing error: what is found is open, and found once.
    pub(super) async fn search(&mut self) {
        let Ok(text) = SearchText::parse("gyser leeking") else { return };
        let found = jobs::search(&self.app, &text, &JobFilter::default(), PageRequest::default()).await;
        let Some(page) = self.note("search", found) else { return };
        let open: BTreeSet<_> = self.auditor.jobs(&[JobStatus::Open]).iter().map(|job| job.id()).collect();
        let ids: BTreeSet<_> = page.items.iter().map(|item| item.id).collect();
        if !ids.is_subset(&open) {
            self.violation("a search shows a job that is not open".to_owned());
        }
        if ids.len() < page.items.len() {
            self.violation("a search shows a job twice".to_owned());
        }
    }

    /// Somebody sends a picture with a message, or goes away on the way there.
    pub(super) async fn send_picture(&mut self, who: &Member, job: JobId, bid: BidId) {
        let bytes = png(&self.dice.below(u32::MAX).to_string());
        let size = u32::try_from(bytes.len()).unwrap_or_default();
        let (purpose, kind, checksum) = (FilePurpose::Message, FileKind::Png, checksum(&bytes));
        let file = Announced { purpose, kind, size, checksum };
        let announced = files::announce(&self.app, &who.caller, file).await;
        let Some(upload) = self.note("announce a file", announced) else { return };
        self.crowd.uploads.push((who.number, upload.id));
        if self.dice.once_in(6) || !self.files.send(&upload.request, &bytes) || self.dice.once_in(6) {
            return;
        }
        let completed = files::complete(&self.app, &who.caller, upload.id).await;
        if self.note("complete an upload", completed).is_none() || self.dice.once_in(6) {
            return;
        }
        let message = NewMessage {
            client_id: Uuid::from_u128(upload.id.as_uuid().as_u128()),
            text: None,
            files: vec![upload.id],
        };
        for _ in 0..=self.dice.below(2) {
            let sent = messages::send(&self.app, &who.caller, job, bid, message.clone()).await;
            self.note("send a picture", sent);
        }
    }

    /// When all is over, what messages refer to is there, and nothing else is.
    pub(super) async fn check_files(&mut self) {
        let mut expected: BTreeSet<UploadId> = BTreeSet::new();
        for (number, upload) in self.crowd.uploads.clone() {
            let owner = self.crowd.everybody().into_iter().find(|member| member.number == number);
            let actor = owner.as_ref().map(|member| &member.caller.actor);
            match files::details(&self.app, actor, upload).await {
                Ok(view) if view.used => {
                    expected.insert(upload);
                }
                Ok(_) => self.violation(format!("nobody uses {upload}, and it is there")),
                Err(error) if error.code == Code::NotFound => {}
                Err(error) => self.violation(format!("a file cannot be seen: {error}")),
            }
        }
        let kept: BTreeSet<_> = self.files.keys().into_iter().collect();
        let should: BTreeSet<_> = expected.into_iter().map(FileKey::Kept).collect();
        if kept != should {
            self.violation(format!("the store holds {kept:?}, and should hold {should:?}"));
        }
    }
}
