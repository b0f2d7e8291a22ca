//! The program as it runs in production, on an endpoint of DynamoDB that is on this machine.

use std::process::Command;

use khaya_tests::dynamodb;
use khaya_tests::http::{Binary, binary};

/// Every variable that production knows, but for the endpoint of the table.
const VARIABLES: [(&str, &str); 36] = [
    ("ENVIRONMENT", "production"),
    ("AWS_REGION", "af-south-1"),
    ("AWS_ACCESS_KEY_ID", "local"),
    ("AWS_SECRET_ACCESS_KEY", "local"),
    ("DYNAMODB_TABLE", dynamodb::TABLE),
    ("USER_POOL_ID", "af-south-1_Example01"),
    ("COGNITO_CLIENT_ID", "1example23456789"),
    ("JWT_SECRET", "q7Vn2xW9pLr4ZtYc8HsB1mKd6GfJ3aEuT5oRiXwNvQyC0bMz"),
    ("TWILIO_ACCOUNT_SID", "AC00000000000000000000000000000000"),
    ("TWILIO_AUTH_TOKEN", "a token of a test"),
    ("TWILIO_WHATSAPP_NUMBER", "+27600000000"),
    ("PAYSTACK_SECRET_KEY", "sk_live_of_a_test"),
    ("KHAYA_STORE", "dynamodb"),
    ("KHAYA_TEXTS", "twilio"),
    ("KHAYA_TWILIO_SMS_FROM", "Khaya"),
    ("KHAYA_TWILIO_CODE_TEMPLATE", "HX00000000000000000000000000000000"),
    ("KHAYA_TWILIO_REMINDER_TEMPLATE", "HX00000000000000000000000000000001"),
    ("KHAYA_TWILIO_NOTICE_TEMPLATE", "HX00000000000000000000000000000002"),
    ("KHAYA_PAYMENTS", "paystack"),
    ("KHAYA_PAYSTACK_CALLBACK_URL", "https://app.example.co.za/paid"),
    ("KHAYA_PAYSTACK_EMAIL_DOMAIN", "example.co.za"),
    ("KHAYA_FILES", "s3"),
    ("KHAYA_FILES_BUCKET", "khaya-production-test"),
    ("KHAYA_SEARCH", "dynamodb"),
    ("KHAYA_PUSH", "sns"),
    ("KHAYA_SNS_ANDROID_APPLICATION", "arn:aws:sns:af-south-1:123456789012:app/GCM/khaya"),
    ("KHAYA_SNS_IOS_APPLICATION", "arn:aws:sns:af-south-1:123456789012:app/APNS/khaya"),
    ("KHAYA_MAIL", "ses"),
    ("KHAYA_SES_FROM", "khaya@example.co.za"),
    ("KHAYA_EVENTS", "eventbridge"),
    ("KHAYA_EVENT_BUS", "khaya-production-test"),
    ("KHAYA_LIVE", "appsync"),
    ("KHAYA_APPSYNC_HTTP_HOST", "example.appsync-api.af-south-1.amazonaws.com"),
    ("KHAYA_METRICS_TOKEN", "a token of a test"),
    ("KHAYA_PUBLIC_URL", "https://api.example.co.za"),
    ("KHAYA_CORS_ORIGINS", "https://app.example.co.za"),
];

/// What nothing else demands once it is left out: production is chosen by it, or can do without it.
const CAN_BE_LEFT_OUT: [&str; 11] = [
    "ENVIRONMENT",
    "AWS_REGION",
    "AWS_ACCESS_KEY_ID",
    "AWS_SECRET_ACCESS_KEY",
    "USER_POOL_ID",
    "COGNITO_CLIENT_ID",
    "KHAYA_TWILIO_NOTICE_TEMPLATE",
    "KHAYA_SNS_ANDROID_APPLICATION",
    "KHAYA_SNS_IOS_APPLICATION",
    "KHAYA_CORS_ORIGINS",
    "KHAYA_METRICS",
];
/// What is switched on by being named: left out, it is not there.
const SWITCHES: [&str; 4] = ["KHAYA_PUSH", "KHAYA_MAIL", "KHAYA_EVENTS", "KHAYA_LIVE"];

#[tokio::test(flavor = "multi_thread")]
async fn production_starts_on_an_endpoint_of_dynamodb_and_serves() {
    let engine = dynamodb::start().await;
    let folder = tempfile::tempdir().unwrap();
    let mut settings = VARIABLES.to_vec();
    settings.extend([
        ("KHAYA_DYNAMODB_ENDPOINT", engine.endpoint()),
        // As in production: the helper's own are for tests.
        ("KHAYA_PASSWORD_COST", "12"),
        ("KHAYA_RATE_LIMITS", "on"),
    ]);
    let server = tokio::task::block_in_place(|| Binary::serve(folder.path(), &settings));
    assert_eq!(server.get("/health/ready").send().await.status, 200);
    assert_eq!(server.get("/jobs").send().await.status, 200);
    assert_eq!(server.get("/dev/inbox").send().await.status, 404, "no codes for everybody");
    assert_eq!(server.get("/metrics").send().await.status, 401, "no figures for everybody");
    let said = server.said().join("\n");
    assert!(said.contains("DynamoDB table khaya-test"), "{said}");
    server.terminate();
}

#[test]
fn production_names_all_that_is_missing() {
    let folder = tempfile::tempdir().unwrap();
    let refused = |settings: &[(&str, &str)]| {
        let mut command = Command::new(binary());
        command.current_dir(folder.path()).env_clear().envs(settings.iter().copied());
        let output = command.output().unwrap();
        assert!(!output.status.success());
        String::from_utf8(output.stderr).unwrap()
    };
    let needed = |name: &str| !CAN_BE_LEFT_OUT.contains(&name) && !SWITCHES.contains(&name);
    // One at a time.
    for (left_out, _) in VARIABLES.iter().filter(|(name, _)| needed(name)) {
        let rest: Vec<_> = VARIABLES.into_iter().filter(|(name, _)| name != left_out).collect();
        let said = refused(&rest);
        assert!(said.contains(&format!("  - {left_out} ")), "{left_out} is not named:\n{said}");
    }
    // All at once: what was chosen stands, and all that the choice needs is missing.
    let choices = ["KHAYA_STORE", "KHAYA_TEXTS", "KHAYA_PAYMENTS", "KHAYA_FILES", "KHAYA_SEARCH"];
    let chosen = |name: &str| name == "ENVIRONMENT" || choices.contains(&name) || SWITCHES.contains(&name);
    let settings: Vec<_> = VARIABLES.into_iter().filter(|(name, _)| chosen(name)).collect();
    let said = refused(&settings);
    for (name, _) in VARIABLES.iter().filter(|(name, _)| needed(name) && !chosen(name)) {
        assert!(said.contains(&format!("  - {name} ")), "{name} is not named:\n{said}");
    }
    assert!(!folder.path().join("khaya-data").exists(), "nothing was made");
}
