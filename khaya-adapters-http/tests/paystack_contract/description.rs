//! Which sample answers the description has. It is read line by line: of YAML it needs the names and their depth, no more.

use std::collections::{BTreeMap, BTreeSet};

/// Operation, status, and the sample's name, which is empty where the answer is made up from a schema.
pub(crate) type Sample = (String, String, String);

/// Every sample answer of every operation.
pub(crate) fn samples(yaml: &str) -> BTreeSet<Sample> {
    let mut found = BTreeSet::new();
    let mut answers = BTreeSet::new();
    let mut shared: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    let mut references = Vec::new();
    for path in paths(yaml) {
        let (names, value) = path;
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        match names.as_slice() {
            ["paths", path, method, "responses", status] => {
                answers.insert((operation(method, path), (*status).to_owned()));
            }
            ["paths", path, method, "responses", status, "$ref"] => {
                let name = value.rsplit('/').next().unwrap_or_default().to_owned();
                references.push((operation(method, path), (*status).to_owned(), name));
            }
            ["paths", path, method, "responses", status, "content", _, "examples", sample] => {
                found.insert((operation(method, path), (*status).to_owned(), (*sample).to_owned()));
            }
            ["components", "responses", name, "content", _, "examples", sample] => {
                shared.entry((*name).to_owned()).or_default().insert((*sample).to_owned());
            }
            _ => {}
        }
    }
    for (operation, status, name) in references {
        for sample in shared.get(&name).into_iter().flatten() {
            found.insert((operation.clone(), status.clone(), sample.clone()));
        }
    }
    for (operation, status) in answers {
        if !found.iter().any(|(o, s, _)| *o == operation && *s == status) {
            found.insert((operation, status, String::new()));
        }
    }
    found
}

fn operation(method: &str, path: &str) -> String {
    format!("{} {path}", method.to_uppercase())
}

/// Every key with the keys that it is under, and what stands after it on its line.
fn paths(yaml: &str) -> Vec<(Vec<String>, String)> {
    let mut open: Vec<(usize, String)> = Vec::new();
    let mut found = Vec::new();
    for line in yaml.lines() {
        let text = line.trim_start();
        let depth = line.len() - text.len();
        let Some((key, value)) = text.split_once(':') else { continue };
        if key.starts_with(['-', '#']) || !(value.is_empty() || value.starts_with(' ')) {
            continue;
        }
        open.retain(|(other, _)| *other < depth);
        open.push((depth, key.trim_matches(['\'', '"']).to_owned()));
        let names = open.iter().map(|(_, name)| name.clone()).collect();
        found.push((names, value.trim().trim_matches(['\'', '"']).to_owned()));
    }
    found
}

#[test]
fn samples_are_found_in_place_and_by_reference() {
    let yaml = "
paths:
  /refund:
    get:
      responses:
        '200':
          $ref: '#/components/responses/List'
        '400':
          content:
            application/json:
              examples:
                missing_params:
                  value:
                    message: 'examples: none'
                'second':
                  value: {}
        '401':
          $ref: '#/components/responses/Unauthorized'
components:
  responses:
    List:
      content:
        application/json:
          schema: {}
    Unauthorized:
      content:
        application/json:
          examples:
            invalid_key:
              value: {}
";
    let expected = [("200", ""), ("400", "missing_params"), ("400", "second"), ("401", "invalid_key")]
        .map(|(status, sample)| ("GET /refund".to_owned(), status.to_owned(), sample.to_owned()));
    assert_eq!(samples(yaml), expected.into());
}
