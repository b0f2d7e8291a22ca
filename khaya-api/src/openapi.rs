//! The description of the API: OpenAPI 3.1, complete enough that a generated client needs no hand-written type.

use utoipa::openapi::content::ContentBuilder;
use utoipa::openapi::header::HeaderBuilder;
use utoipa::openapi::path::{HttpMethod, Operation, Parameter, ParameterBuilder, ParameterIn};
use utoipa::openapi::schema::{ObjectBuilder, SchemaType, Type};
use utoipa::openapi::security::{HttpAuthScheme, HttpBuilder, SecurityScheme};
use utoipa::openapi::tag::TagBuilder;
use utoipa::openapi::{
    ComponentsBuilder, InfoBuilder, OpenApi, OpenApiBuilder, Ref, RefOr, Required, ResponseBuilder,
    ServerBuilder,
};
use utoipa::{PartialSchema, ToSchema};

use crate::problem::{ProblemDocument, ProblemField};

const DESCRIPTION: &str = "The back end of a South African marketplace for home services. Every error is a problem \
    document (RFC 9457) with a stable `code`. Times are RFC 3339 in UTC, ids are UUIDs, money is a whole number of cents. \
    A POST that shows an `Idempotency-Key` among its parameters keeps its answer: the same key and body within 24 hours \
    gets it again. The others are safe to repeat, or say what a repetition does.";

/// What does not come from a handler.
pub fn base() -> OpenApi {
    let info = InfoBuilder::new()
        .title("Khaya")
        .version(env!("CARGO_PKG_VERSION"))
        .description(Some(DESCRIPTION))
        .build();
    let bearer = HttpBuilder::new()
        .scheme(HttpAuthScheme::Bearer)
        .bearer_format("JWT")
        .description(Some("The access token of `/auth/signIn`, `/auth/verify` or `/auth/refresh`."))
        .build();
    let components = ComponentsBuilder::new()
        .security_scheme("bearer", SecurityScheme::Http(bearer))
        .schema(ProblemDocument::name(), ProblemDocument::schema())
        .schema(ProblemField::name(), ProblemField::schema())
        .build();
    let tag = |name: &str, description: &str| {
        TagBuilder::new().name(name.to_owned()).description(Some(description.to_owned())).build()
    };
    OpenApiBuilder::new()
        .info(info)
        .components(Some(components))
        .servers(Some([ServerBuilder::new().url("/").description(Some("This server")).build()]))
        .tags(Some([
            tag("auth", "Accounts and sessions"),
            tag("users", "Profiles and portfolios"),
            tag("jobs", "What buyers want done"),
            tag("bids", "What workers offer"),
            tag("files", "What users upload"),
            tag("messages", "What a buyer and a bidder say to each other"),
            tag("assistant", "What a job may cost, and what a conversation comes down to"),
            tag("payments", "What a job costs, paying for it, and where the money went"),
            tag("disputes", "When the parties of a job disagree"),
            tag("payouts", "Where a user's money goes"),
            tag("reviews", "What the parties of a job say of each other"),
            tag("listings", "Services of workers, products of sellers"),
            tag("subscriptions", "Tiers, and what they allow"),
            tag("referrals", "Inviting others"),
            tag("notifications", "What users are told"),
            tag("events", "What there is to look at again, as it comes"),
            tag("policies", "The rules' numbers"),
            tag("admin", "For those who run the platform"),
            tag("operations", "For those who run the server"),
        ]))
        .build()
}

/// POSTs that keep no answer under a key. A session's tokens are not stored, so they cannot be given twice; the others find
/// by themselves what was done before.
const KEEP_NO_ANSWER: [&str; 18] = [
    "assistantSuggest",
    "assistantSummarise",
    "authResend",
    "authResetPassword",
    "authSignIn",
    "authRefresh",
    "authSignOut",
    "paymentsBegin",
    "paymentsCheck",
    "subscriptionsSubscribe",
    "subscriptionsCheck",
    "adminReplayParkedEvent",
    "adminProveBooks",
    "filesComplete",
    "messagesSend",
    "messagesMarkRead",
    "notificationsMarkRead",
    "notificationsMarkAllRead",
];

/// Adds to every operation what holds for all: the problems it can answer with, and the headers it takes.
pub fn complete(mut description: OpenApi) -> OpenApi {
    for item in description.paths.paths.values_mut() {
        let operations = [
            (HttpMethod::Get, &mut item.get),
            (HttpMethod::Post, &mut item.post),
            (HttpMethod::Put, &mut item.put),
            (HttpMethod::Patch, &mut item.patch),
            (HttpMethod::Delete, &mut item.delete),
        ];
        for (method, operation) in operations {
            if let Some(operation) = operation {
                complete_operation(&method, operation);
            }
        }
    }
    description
}

/// `jobsListMine` for `list_mine` of the family `jobs`: one name for each operation of the whole API.
fn operation_id(operation: &Operation) -> Option<String> {
    let family = operation.tags.as_ref()?.first()?;
    let mut name = family.clone();
    for word in operation.operation_id.as_ref()?.split('_') {
        let mut letters = word.chars();
        name.extend(letters.next().map(|letter| letter.to_ascii_uppercase()));
        name.push_str(letters.as_str());
    }
    Some(name)
}

fn complete_operation(method: &HttpMethod, operation: &mut Operation) {
    operation.operation_id = operation_id(operation);
    let takes_body = operation.request_body.is_some();
    let has_parameters = operation.parameters.as_ref().is_some_and(|parameters| !parameters.is_empty());
    let is_in_path = |parameter: &RefOr<Parameter>| match parameter {
        RefOr::T(parameter) => parameter.parameter_in == ParameterIn::Path,
        RefOr::Ref(_) => false,
    };
    let has_path = operation.parameters.as_ref().is_some_and(|parameters| parameters.iter().any(is_in_path));
    let secured = operation.security.is_some();
    let changes = *method != HttpMethod::Get;
    let is_operations =
        operation.tags.as_ref().is_some_and(|tags| tags.iter().any(|tag| tag == "operations"));
    let signs_in = operation.tags.as_ref().is_some_and(|tags| tags.iter().any(|tag| tag == "auth"));

    let mut problems = vec![
        ("500", "A mistake of Khaya's."),
        ("503", "Khaya or its store cannot serve now: try again later."),
    ];
    if !is_operations || changes {
        problems.push(("429", "Too many requests, or too many codes: `Retry-After` says when to go on."));
    }
    if takes_body {
        problems.push(("400", "The body is not JSON."));
        problems.push(("413", "The body is larger than 64 KiB."));
        problems.push(("415", "The body is not sent as application/json."));
    }
    if takes_body || has_parameters {
        problems
            .push(("422", "A value is missing, malformed or out of its limits: `errors` names each field."));
    }
    if secured || signs_in {
        problems.push(("401", "No valid access token, or wrong credentials."));
    }
    if secured {
        problems.push(("403", "The caller's role or standing does not allow this."));
    }
    if has_path {
        problems.push(("404", "There is no such thing, or it is not the caller's to see."));
    }
    if changes {
        problems.push(("409", "The state does not allow this now, or the same request is still running."));
    }
    for (status, text) in problems {
        let schema = RefOr::Ref(Ref::from_schema_name(ProblemDocument::name()));
        let content = ContentBuilder::new().schema(Some(schema)).build();
        let mut response =
            ResponseBuilder::new().description(text).content("application/problem+json", content);
        if matches!(status, "429" | "503") {
            let seconds = ObjectBuilder::new().schema_type(SchemaType::Type(Type::Integer)).minimum(Some(1));
            let header =
                HeaderBuilder::new().schema(Some(seconds)).description(Some("Seconds to wait.")).build();
            response = response.header("Retry-After", header);
        }
        let responses = &mut operation.responses.responses;
        responses.entry(status.to_owned()).or_insert_with(|| response.build().into());
    }
    let keeps_answer = !operation.operation_id.as_deref().is_some_and(|id| KEEP_NO_ANSWER.contains(&id));
    if *method == HttpMethod::Post && keeps_answer {
        let key = ObjectBuilder::new()
            .schema_type(SchemaType::Type(Type::String))
            .min_length(Some(1))
            .max_length(Some(255));
        let parameter = ParameterBuilder::new()
            .name("Idempotency-Key")
            .parameter_in(ParameterIn::Header)
            .required(Required::False)
            .description(Some("A name for this request, to send it again safely. Kept for 24 hours."))
            .schema(Some(key))
            .build();
        operation.parameters.get_or_insert_default().push(parameter.into());
    }
}
