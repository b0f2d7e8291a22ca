//! Files that nobody needs are removed.

use khaya_domain::ids::UploadId;
use khaya_ports::files::FileKey;
use khaya_ports::table::Key;

use crate::app::App;
use crate::commit::{Commit, Uncommitted};
use crate::error::AppError;
use crate::load::{Kept, load};
use crate::records::upload::UploadRecord;

/// Removes an upload that nothing refers to; of one that is used, what was sent: others get the checked copy.
///
/// First it can be used no more, then the bytes go, then the record: whatever stops this, it is done again from the start.
pub(crate) async fn remove(app: &App, entry: &Key, id: UploadId) -> Result<(), Uncommitted> {
    let place = UploadRecord::at(id);
    let found = load(app.table.as_ref(), UploadRecord::at(id)).await?;
    let mut commit = Commit::new(app.now());
    commit.discard(entry.clone());
    if let Some(Kept { record: UploadRecord { upload }, version }) = found {
        app.files.remove(FileKey::Arrived(id)).await.map_err(AppError::from)?;
        if let Some(removing) = upload.remove() {
            if removing != upload {
                let mut claim = Commit::new(app.now());
                claim.replace(&UploadRecord { upload: removing }, version)?;
                claim.apply(app).await?;
            }
            app.files.remove(FileKey::Kept(id)).await.map_err(AppError::from)?;
            commit.discard(place.key);
        }
    }
    commit.apply(app).await
}
