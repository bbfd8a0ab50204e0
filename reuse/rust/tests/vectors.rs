//! The signer with the shared vectors, and with the requests that a server receives.

use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::thread;

use serde_json::Value;
use signer::Signer;

fn vectors() -> Vec<Value> {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/vectors/signature-v2.json");
    let all: Vec<Value> = serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap();
    assert!(all.len() > 50);
    all
}

fn text<'a>(vector: &'a Value, field: &str) -> &'a str {
    vector[field].as_str().unwrap()
}

fn signer() -> Signer {
    Signer { access_key: "AK".to_owned(), secret_key: "SK".to_owned() }
}

#[test]
fn signs_the_vectors() {
    for vector in vectors() {
        let signer = Signer {
            access_key: text(&vector, "access_key").to_owned(),
            secret_key: text(&vector, "secret_key").to_owned(),
        };
        let timestamp = vector["timestamp"].as_u64().unwrap().into();
        let found = signer.sign(text(&vector, "method"), text(&vector, "target"), timestamp);
        assert_eq!(found, text(&vector, "signature"), "{}", text(&vector, "name"));
    }
}

#[tokio::test]
async fn what_is_signed_is_what_is_sent() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let base = format!("http://{}", listener.local_addr().unwrap());
    let vectors = vectors();
    let count = vectors.len() + 1;
    let server = thread::spawn(move || {
        listener.incoming().take(count).map(|stream| serve(stream.unwrap())).collect::<Vec<_>>()
    });
    let client = signer().client().unwrap();
    let mut targets: Vec<(&str, &str)> =
        vectors.iter().map(|each| (text(each, "method"), text(each, "target"))).collect();
    targets.push(("GET", "/주문?q=할인 \"'"));
    for (method, target) in targets {
        let method = method.parse().unwrap();
        let response = client.request(method, base.clone() + target).send().await.unwrap();
        assert_eq!(response.status(), 302); // and the redirect is not followed
    }
    for (line, found, expected) in server.join().unwrap() {
        assert_eq!(found, expected, "{line}");
    }
}

/// Responds to a request; returns its request line, its signature and the expected signature.
fn serve(mut stream: TcpStream) -> (String, String, String) {
    let head: Vec<String> = BufReader::new(stream.try_clone().unwrap())
        .lines()
        .map(Result::unwrap)
        .take_while(|line| !line.is_empty())
        .collect();
    let header = |name: &str| {
        let line = head.iter().find(|line| line.to_ascii_lowercase().starts_with(name));
        line.unwrap()[name.len() + 2..].to_owned()
    };
    let words: Vec<&str> = head[0].split(' ').collect();
    let timestamp = header("x-ncp-apigw-timestamp").parse().unwrap();
    let expected = signer().sign(words[0], words[1], timestamp);
    let answer = "HTTP/1.1 302 Found\r\nLocation: /elsewhere\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
    stream.write_all(answer.as_bytes()).unwrap();
    (head[0].clone(), header("x-ncp-apigw-signature-v2"), expected)
}
