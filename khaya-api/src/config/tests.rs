use super::*;

fn variables(pairs: &[(&str, &str)]) -> Variables {
    pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

fn reasons(pairs: &[(&str, &str)]) -> Vec<String> {
    Settings::read(&variables(pairs)).map(|_| Vec::new()).unwrap_or_else(|error| error.reasons)
}

const STRONG: &str = "q7Vn2xW9pLr4ZtYc8HsB1mKd6GfJ3aEuT5oRiXwNvQyC0bMz";

#[test]
fn nothing_set_is_a_local_server() {
    let data = tempfile::tempdir().unwrap();
    let settings = Settings::read(&variables(&[("KHAYA_DATA", data.path().to_str().unwrap())])).unwrap();
    assert_eq!(settings.environment, Environment::Development);
    assert_eq!(settings.bind.to_string(), "127.0.0.1:8080");
    assert_eq!(settings.store, StoreSettings::Sqlite { path: data.path().join("khaya.sqlite") });
}

#[test]
fn a_local_secret_is_made_once_and_kept_from_others() {
    use secrecy::ExposeSecret;
    let data = tempfile::tempdir().unwrap();
    let read =
        || Settings::read(&variables(&[("KHAYA_DATA", data.path().to_str().unwrap())])).unwrap().secret;
    assert_eq!(read().expose_secret(), read().expose_secret());
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let mode = std::fs::metadata(data.path().join("secret")).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }
}

#[test]
fn production_names_every_reason_at_once() {
    let found =
        reasons(&[("ENVIRONMENT", "production"), ("KHAYA_RATE_LIMITS", "off"), ("KHAYA_PASSWORD_COST", "4")]);
    for name in [
        "KHAYA_STORE",
        "KHAYA_TEXTS",
        "JWT_SECRET",
        "KHAYA_RATE_LIMITS",
        "KHAYA_PASSWORD_COST",
        "KHAYA_METRICS_TOKEN",
    ] {
        assert!(found.iter().any(|reason| reason.starts_with(name)), "{name} is missing in {found:#?}");
    }
}

#[test]
fn production_refuses_weak_secrets_and_the_memory_store() {
    for secret in ["a-few", "please-change-me-please-change-me", &"ab".repeat(30)] {
        let found = reasons(&[("ENVIRONMENT", "production"), ("JWT_SECRET", secret)]);
        assert!(found.iter().any(|reason| reason.starts_with("JWT_SECRET ")), "{secret}");
        assert!(found.iter().all(|reason| !reason.contains(secret)), "a reason shows the secret");
    }
    let found = reasons(&[("ENVIRONMENT", "production"), ("KHAYA_STORE", "memory")]);
    assert!(found.iter().any(|reason| reason.starts_with("KHAYA_STORE=memory")));
}

/// What production cannot do without, with DynamoDB.
const COMPLETE: [(&str, &str); 17] = [
    ("ENVIRONMENT", "production"),
    ("JWT_SECRET", STRONG),
    ("KHAYA_STORE", "dynamodb"),
    ("DYNAMODB_TABLE", "khaya"),
    ("KHAYA_FILES", "s3"),
    ("KHAYA_FILES_BUCKET", "khaya-files"),
    ("KHAYA_SEARCH", "dynamodb"),
    ("KHAYA_METRICS_TOKEN", "t"),
    ("KHAYA_PUBLIC_URL", "https://api.example.co.za"),
    ("KHAYA_PAYMENTS", "off"),
    ("KHAYA_TEXTS", "twilio"),
    ("TWILIO_ACCOUNT_SID", "AC0"),
    ("TWILIO_AUTH_TOKEN", "t"),
    ("TWILIO_WHATSAPP_NUMBER", "+27600000000"),
    ("KHAYA_TWILIO_SMS_FROM", "Khaya"),
    ("KHAYA_TWILIO_CODE_TEMPLATE", "HX0"),
    ("KHAYA_TWILIO_REMINDER_TEMPLATE", "HX1"),
];

#[test]
fn production_starts_when_everything_is_given_and_names_what_is_missing() {
    assert_eq!(reasons(&COMPLETE), Vec::<String>::new());
    // Each that is left out is named, and so are any two.
    let can_be_left_out = ["ENVIRONMENT"];
    for (left_out, _) in COMPLETE {
        let rest: Vec<_> = COMPLETE.into_iter().filter(|(name, _)| *name != left_out).collect();
        let found = reasons(&rest);
        let is_named = found.iter().any(|reason| reason.starts_with(left_out));
        assert!(is_named || can_be_left_out.contains(&left_out), "{left_out} is missing in {found:#?}");
    }
    let (first, rest) = COMPLETE.split_at(1);
    let found = reasons(first);
    let first_of = |name: &str| {
        ["KHAYA_STORE", "KHAYA_TEXTS", "KHAYA_PAYMENTS"].contains(&name) || name.starts_with("JWT")
    };
    for (name, _) in rest.iter().filter(|(name, _)| first_of(name)) {
        assert!(found.iter().any(|reason| reason.starts_with(name)), "{name} is missing in {found:#?}");
    }
}

#[test]
fn the_secret_before_is_as_strong_as_the_secret_and_another_one() {
    for (previous, said) in [
        ("x", "too short"),
        (&*"ab".repeat(30), "looks like an example"),
        (STRONG, "must be the secret before"),
    ] {
        let found = reasons(&[&COMPLETE[..], &[("JWT_SECRET_PREVIOUS", previous)]].concat());
        assert_eq!(found.len(), 1, "{found:#?}");
        assert!(found[0].starts_with("JWT_SECRET_PREVIOUS ") && found[0].contains(said), "{found:#?}");
    }
    let found = reasons(&[("JWT_SECRET_PREVIOUS", "x"), ("KHAYA_STORE", "memory")]);
    assert!(found.iter().any(|reason| reason.starts_with("JWT_SECRET_PREVIOUS is too short")), "{found:#?}");
}

#[test]
fn a_function_of_lambda_makes_no_secret_for_itself() {
    let function = ("AWS_LAMBDA_FUNCTION_NAME", "khaya-staging-api");
    let found = reasons(&[function, ("KHAYA_STORE", "memory")]);
    assert!(found.iter().any(|reason| reason.starts_with("JWT_SECRET must be set")), "{found:#?}");
}

#[test]
fn a_table_that_is_named_is_the_one_that_is_used() {
    // Without this, `books prove` would find the empty books of a new local file in order.
    let found = reasons(&[("DYNAMODB_TABLE", "khaya-production-2")]);
    assert!(found.iter().any(|reason| reason.starts_with("DYNAMODB_TABLE names a table")), "{found:#?}");
    let is_made = |pairs: &[(&str, &str)]| match Settings::read(&variables(pairs)).unwrap().store {
        StoreSettings::Dynamodb { is_made, .. } => is_made,
        StoreSettings::Memory | StoreSettings::Sqlite { .. } => unreachable!(),
    };
    let local = ("KHAYA_DYNAMODB_ENDPOINT", "http://127.0.0.1:8000");
    let development = [("KHAYA_STORE", "dynamodb"), ("DYNAMODB_TABLE", "khaya"), ("JWT_SECRET", STRONG)];
    assert!(is_made(&[&development[..], &[local]].concat()));
    assert!(!is_made(&development));
    assert!(!is_made(&[&COMPLETE[..], &[local]].concat()), "a name that was mistyped is an error");
}

#[test]
fn the_vector_index_is_one_of_the_tables() {
    let settings = Settings::read(&variables(&COMPLETE));
    assert_eq!(settings.unwrap().outside.search, SearchSettings::Vectors);
    let found = reasons(&[("KHAYA_STORE", "memory"), ("KHAYA_SEARCH", "dynamodb")]);
    assert!(found.iter().any(|reason| reason.starts_with("KHAYA_SEARCH=dynamodb needs")), "{found:#?}");
    let found = reasons(&[("KHAYA_SEARCH", "vectors")]);
    assert!(found.iter().any(|reason| reason.starts_with("KHAYA_SEARCH")), "{found:#?}");
}

#[test]
fn services_of_aws_are_chosen_and_complete() {
    let settings = Settings::read(&variables(&[
        ("KHAYA_STORE", "memory"),
        ("KHAYA_FILES", "s3"),
        ("KHAYA_FILES_BUCKET", "khaya-files"),
        ("KHAYA_PUSH", "sns"),
        ("KHAYA_SNS_IOS_APPLICATION", "arn:aws:sns:af-south-1:123456789012:app/APNS/khaya"),
        ("KHAYA_MAIL", "ses"),
        ("KHAYA_SES_FROM", "khaya@example.co.za"),
        ("KHAYA_EVENTS", "eventbridge"),
        ("KHAYA_EVENT_BUS", "khaya"),
        ("KHAYA_LIVE", "appsync"),
        ("KHAYA_APPSYNC_HTTP_HOST", "abc.appsync-api.af-south-1.amazonaws.com"),
        ("KHAYA_METRICS", "emf"),
        ("AWS_LAMBDA_FUNCTION_NAME", "khaya-test-tick"),
        ("JWT_SECRET", STRONG),
        ("AWS_REGION", "af-south-1"),
    ]));
    let settings = settings.unwrap();
    let OutsideSettings { files, push, mail, bus, live, search: _ } = settings.outside;
    assert!(matches!(files, FileSettings::S3(bucket) if bucket.bucket == "khaya-files"));
    let push = push.unwrap();
    assert!(push.android.is_none() && push.ios.is_some());
    assert_eq!(mail.unwrap().from.as_str(), "khaya@example.co.za");
    assert_eq!(bus.unwrap().access.region.as_deref(), Some("af-south-1"));
    let live = live.unwrap();
    assert_eq!(live.api, "https://abc.appsync-api.af-south-1.amazonaws.com");
    assert_eq!(live.namespace.as_str(), "users");
    assert!(matches!(settings.metrics, MetricsSettings::Emf { service } if service == "khaya-test-tick"));

    let found = reasons(&[
        ("KHAYA_FILES", "s3"),
        ("KHAYA_PUSH", "sns"),
        ("KHAYA_MAIL", "ses"),
        ("KHAYA_EVENTS", "eventbridge"),
        ("KHAYA_LIVE", "appsync"),
    ]);
    for name in [
        "KHAYA_FILES_BUCKET",
        "KHAYA_SNS_ANDROID_APPLICATION",
        "KHAYA_SES_FROM",
        "KHAYA_EVENT_BUS",
        "KHAYA_APPSYNC_HTTP_HOST",
    ] {
        assert!(found.iter().any(|reason| reason.starts_with(name)), "{name} is missing in {found:#?}");
    }
    let found = reasons(&[
        ("ENVIRONMENT", "production"),
        ("KHAYA_AWS_ENDPOINT", "http://emulator.example"),
        ("KHAYA_LIVE", "appsync"),
        ("KHAYA_APPSYNC_HTTP_HOST", "http://emulator.example"),
    ]);
    for name in ["KHAYA_AWS_ENDPOINT", "KHAYA_APPSYNC_HTTP_HOST"] {
        assert!(found.iter().any(|reason| reason.starts_with(name)), "{name} may be open in {found:#?}");
    }
}

#[test]
fn a_model_is_asked_only_when_it_is_chosen() {
    let read = |pairs: &[(&str, &str)]| {
        let all = [&[("KHAYA_STORE", "memory")], pairs].concat();
        Settings::read(&variables(&all)).unwrap().assistant
    };
    assert!(matches!(read(&[("BEDROCK_REGION", "eu-central-1")]), AssistantSettings::Guide));
    let AssistantSettings::Bedrock(usual) =
        read(&[("KHAYA_ASSISTANT", "bedrock"), ("AWS_REGION", "af-south-1")])
    else {
        panic!("bedrock was chosen")
    };
    assert_eq!(usual.region, "eu-west-1", "the model's region is not the table's");
    assert_eq!(usual.model.as_str(), "global.anthropic.claude-haiku-5-5");
    let found = reasons(&[
        ("ENVIRONMENT", "production"),
        ("KHAYA_ASSISTANT", "bedrock"),
        ("KHAYA_BEDROCK_ENDPOINT", "http://127.0.0.1:1"),
    ]);
    assert!(found.iter().any(|reason| reason.starts_with("KHAYA_BEDROCK_ENDPOINT")), "{found:#?}");
}

#[test]
fn a_user_pool_is_named_with_its_client_or_not_at_all() {
    let read = |pairs: &[(&str, &str)]| {
        let all = [&[("KHAYA_STORE", "memory")], pairs].concat();
        Settings::read(&variables(&all)).unwrap().cognito
    };
    assert_eq!(read(&[]), None);
    let both =
        [("USER_POOL_ID", "af-south-1_Ab1Cd2Ef3"), ("COGNITO_CLIENT_ID", "1h57kf5cpq17m0eml12EXAMPLE")];
    let chosen = read(&both).unwrap();
    assert_eq!((chosen.pool.region(), chosen.client.as_str()), ("af-south-1", "1h57kf5cpq17m0eml12EXAMPLE"));
    assert_eq!(chosen.endpoint, None);
    let together = "USER_POOL_ID and COGNITO_CLIENT_ID must be set together";
    for pair in both {
        assert_eq!(reasons(&[("KHAYA_STORE", "memory"), pair]), [together]);
    }
    let found = reasons(&[("USER_POOL_ID", "evil.example/_a"), ("COGNITO_CLIENT_ID", "a b")]);
    for name in ["USER_POOL_ID", "COGNITO_CLIENT_ID"] {
        assert!(found.iter().any(|reason| reason.starts_with(&format!("{name} must be"))), "{found:#?}");
    }
    for (endpoint, is_refused) in [
        ("http://cognito.example", true),
        ("https://cognito.example", false),
        ("http://127.0.0.1:5000", false),
    ] {
        let found = reasons(&[("ENVIRONMENT", "production"), ("KHAYA_COGNITO_ENDPOINT", endpoint)]);
        let refused = found.iter().any(|reason| reason.starts_with("KHAYA_COGNITO_ENDPOINT"));
        assert_eq!(refused, is_refused, "{endpoint}");
    }
}

#[test]
fn a_misspelt_name_is_refused_and_not_ignored() {
    let found = reasons(&[("KHAYA_STOER", "memory")]);
    assert_eq!(found, ["KHAYA_STOER is not a setting of Khaya; docs/running.md lists them all"]);
}

#[test]
fn values_that_make_no_sense_are_all_named() {
    let found = reasons(&[("KHAYA_BIND", "8080"), ("KHAYA_STORE", "mysql"), ("KHAYA_CORS_ORIGINS", "*")]);
    for name in ["KHAYA_BIND", "KHAYA_STORE", "KHAYA_CORS_ORIGINS"] {
        assert!(found.iter().any(|reason| reason.starts_with(name)), "{name} is missing in {found:#?}");
    }
}

#[test]
fn every_setting_is_documented() {
    let text = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/running.md")).unwrap();
    let source = [include_str!("reader.rs"), include_str!("outside.rs")].concat();
    let names = source.split('"').filter(|part| {
        let is_name = part.bytes().all(|byte| byte.is_ascii_uppercase() || byte == b'_');
        is_name && part.len() > 6 && *part != "KHAYA_"
    });
    let missing: Vec<_> = names.filter(|name| !text.contains(&format!("`{name}`"))).collect();
    assert!(missing.is_empty(), "docs/running.md does not tell of {missing:?}");
}
