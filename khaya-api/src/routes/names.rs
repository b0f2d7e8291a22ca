//! The closed lists of names that requests and answers use, as the description shows them.

use khaya_domain::bid::BidStatus;
use khaya_domain::category::Category;
use khaya_domain::job::JobStatus;
use utoipa::openapi::schema::{ObjectBuilder, SchemaType, Type};
use utoipa::openapi::{RefOr, Schema};
use utoipa::{PartialSchema, ToSchema};

macro_rules! names {
    ($($(#[doc = $doc:literal])+ $name:ident = $text:literal of $all:expr;)+) => {$(
        $(#[doc = $doc])+
        ///
        /// It stands in the description only: the domain reads and writes the name itself.
        pub struct $name;

        impl PartialSchema for $name {
            fn schema() -> RefOr<Schema> {
                let all = $all.iter().map(|one| one.as_str());
                ObjectBuilder::new()
                    .schema_type(SchemaType::Type(Type::String))
                    .description(Some(concat!($($doc),+).trim_ascii()))
                    .enum_values(Some(all))
                    .into()
            }
        }

        impl ToSchema for $name {
            fn name() -> std::borrow::Cow<'static, str> {
                $text.into()
            }
        }
    )+};
}

names! {
    /// A trade.
    CategoryName = "Category" of Category::ALL;
    /// Where a job stands.
    JobStatusName = "JobStatus" of JobStatus::ALL;
    /// Where a bid stands.
    BidStatusName = "BidStatus" of BidStatus::ALL;
}
