//! What lies outside the process on AWS: files, pushes, mail, the bus, live channels.

use khaya_adapters_aws::Access;
use khaya_adapters_aws::bus::EventBridgeSettings;
use khaya_adapters_aws::files::S3Settings;
use khaya_adapters_aws::live::AppSyncSettings;
use khaya_adapters_aws::mail::SesSettings;
use khaya_adapters_aws::push::{PlatformApplication, SnsSettings};

use super::reader::Reader;
use super::{StoreSettings, Variables};

/// Where uploaded files are.
#[derive(Debug, Clone)]
pub enum FileSettings {
    /// In the data folder.
    Local,
    /// In a bucket.
    S3(S3Settings),
}

/// Where open jobs are searched.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SearchSettings {
    /// In this process, filled from the table when it starts.
    Local,
    /// In the table's vector index, shared with others.
    Vectors,
}

/// What is reached outside; nothing where nothing is set.
#[derive(Debug, Clone)]
pub struct OutsideSettings {
    /// Where uploaded files are.
    pub files: FileSettings,
    /// Where open jobs are searched.
    pub search: SearchSettings,
    /// How pushes go out.
    pub push: Option<SnsSettings>,
    /// How mail goes out.
    pub mail: Option<SesSettings>,
    /// Where committed events are published for others.
    pub bus: Option<EventBridgeSettings>,
    /// Channels to devices, beside the streams of this process.
    pub live: Option<AppSyncSettings>,
}

pub(super) fn read(reader: &mut Reader<'_>, store: &StoreSettings, in_production: bool) -> OutsideSettings {
    if let Some(endpoint) = reader.get("KHAYA_AWS_ENDPOINT") {
        reader.must_be_safe("KHAYA_AWS_ENDPOINT", endpoint, in_production);
    }
    let access = access(reader.variables());
    OutsideSettings {
        files: files(reader, &access, store, in_production),
        search: search(reader, store, in_production),
        push: push(reader, &access),
        mail: mail(reader, &access),
        bus: bus(reader, &access),
        live: live(reader, in_production),
    }
}

/// Where services of AWS are called, and as whom. An emulator takes any credentials.
pub(crate) fn access(variables: &Variables) -> Access {
    let region = variables.get("AWS_REGION").map(str::to_owned);
    match variables.get("KHAYA_AWS_ENDPOINT") {
        Some(endpoint) => {
            let local = Access::local(endpoint);
            Access { region: region.or(local.region), ..local }
        }
        None => Access { region, ..Access::default() },
    }
}

fn files(
    reader: &mut Reader<'_>,
    access: &Access,
    store: &StoreSettings,
    in_production: bool,
) -> FileSettings {
    if !reader.chosen("KHAYA_FILES", &[("local", false), ("s3", true)], false) {
        if in_production && matches!(store, StoreSettings::Dynamodb { .. }) {
            reader.refuse(
                "KHAYA_FILES must be s3 in production with KHAYA_STORE=dynamodb: other machines do not see the files of this one",
            );
        }
        return FileSettings::Local;
    }
    let bucket = reader.required("KHAYA_FILES_BUCKET", "the bucket of KHAYA_FILES=s3");
    FileSettings::S3(S3Settings { bucket, access: access.clone() })
}

fn search(reader: &mut Reader<'_>, store: &StoreSettings, in_production: bool) -> SearchSettings {
    let is_shared = matches!(store, StoreSettings::Dynamodb { .. });
    if !reader.chosen("KHAYA_SEARCH", &[("local", false), ("dynamodb", true)], false) {
        if in_production && is_shared {
            reader.refuse(
                "KHAYA_SEARCH must be dynamodb in production with KHAYA_STORE=dynamodb: what this machine puts into its own index, no other finds",
            );
        }
        return SearchSettings::Local;
    }
    if !is_shared {
        reader.refuse("KHAYA_SEARCH=dynamodb needs KHAYA_STORE=dynamodb: the index is one of the table's");
    }
    SearchSettings::Vectors
}

fn push(reader: &mut Reader<'_>, access: &Access) -> Option<SnsSettings> {
    if !reader.chosen("KHAYA_PUSH", &[("off", false), ("sns", true)], false) {
        return None;
    }
    let android = application(reader, "KHAYA_SNS_ANDROID_APPLICATION", true);
    let ios = application(reader, "KHAYA_SNS_IOS_APPLICATION", false);
    if reader.get("KHAYA_SNS_ANDROID_APPLICATION").or(reader.get("KHAYA_SNS_IOS_APPLICATION")).is_none() {
        reader.refuse(
            "KHAYA_SNS_ANDROID_APPLICATION or KHAYA_SNS_IOS_APPLICATION must be set: KHAYA_PUSH=sns needs one of them",
        );
    }
    Some(SnsSettings { android, ios, access: access.clone() })
}

fn application(reader: &mut Reader<'_>, name: &str, android: bool) -> Option<PlatformApplication> {
    match reader.get(name)?.parse::<PlatformApplication>() {
        Ok(application) if application.is_android() == android => Some(application),
        Ok(_) => {
            reader.refuse(format!("{name} is the application of the other kind of devices"));
            None
        }
        Err(error) => {
            reader.refuse(format!("{name} {error}"));
            None
        }
    }
}

fn mail(reader: &mut Reader<'_>, access: &Access) -> Option<SesSettings> {
    if !reader.chosen("KHAYA_MAIL", &[("off", false), ("ses", true)], false) {
        return None;
    }
    let from = reader.required("KHAYA_SES_FROM", "the sender of KHAYA_MAIL=ses");
    let configuration_set = reader.get("KHAYA_SES_CONFIGURATION_SET").map(str::to_owned);
    match from.parse() {
        Ok(from) => Some(SesSettings { from, configuration_set, access: access.clone() }),
        Err(_) => {
            if !from.is_empty() {
                reader.refuse("KHAYA_SES_FROM must be an email address");
            }
            None
        }
    }
}

fn bus(reader: &mut Reader<'_>, access: &Access) -> Option<EventBridgeSettings> {
    let is_on = reader.chosen("KHAYA_EVENTS", &[("off", false), ("eventbridge", true)], false);
    is_on.then(|| EventBridgeSettings {
        bus: reader.required("KHAYA_EVENT_BUS", "the bus of KHAYA_EVENTS=eventbridge"),
        access: access.clone(),
    })
}

fn live(reader: &mut Reader<'_>, in_production: bool) -> Option<AppSyncSettings> {
    if !reader.chosen("KHAYA_LIVE", &[("streams", false), ("appsync", true)], false) {
        return None;
    }
    let why = "the HTTP host of the AppSync Events API of KHAYA_LIVE=appsync";
    let host = reader.required("KHAYA_APPSYNC_HTTP_HOST", why);
    let api = if host.contains("://") { host } else { format!("https://{host}") };
    reader.must_be_safe("KHAYA_APPSYNC_HTTP_HOST", &api, in_production);
    let namespace = reader.get("KHAYA_APPSYNC_NAMESPACE").unwrap_or("users");
    let namespace = namespace.parse().map_err(|error| format!("KHAYA_APPSYNC_NAMESPACE {error}"));
    let namespace = namespace.map_err(|reason| reader.refuse(reason)).ok()?;
    let Access { region, credentials, .. } = access(reader.variables());
    Some(AppSyncSettings { api: api.trim_end_matches('/').to_owned(), namespace, region, credentials })
}
