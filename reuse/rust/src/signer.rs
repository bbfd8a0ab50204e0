//! Signs requests to Data Stream: sets three headers that sign the request target as sent.

use std::time::{SystemTime, UNIX_EPOCH};

use async_trait::async_trait;
use base64::{Engine, prelude::BASE64_STANDARD};
use hmac::{Hmac, KeyInit, Mac};
use http::Extensions;
use reqwest::{Request, Response, header::HeaderValue, redirect::Policy};
use reqwest_middleware::{ClientBuilder, ClientWithMiddleware, Error, Middleware, Next, Result};
use sha2::Sha256;

/// Middleware that signs each request, so it belongs below any retry middleware.
pub struct Signer {
    pub access_key: String,
    pub secret_key: String,
}

impl Signer {
    /// A signing client. It does not follow redirects: they would forward the signature.
    pub fn client(self) -> reqwest::Result<ClientWithMiddleware> {
        let client = reqwest::Client::builder().redirect(Policy::none()).build()?;
        Ok(ClientBuilder::new(client).with(self).build())
    }

    /// The signature of a request; `target` is its path and query exactly as sent, and
    /// `timestamp` the milliseconds since 1970 in its header.
    pub fn sign(&self, method: &str, target: &str, timestamp: u128) -> String {
        let text = format!("{method} {target}\n{timestamp}\n{}", self.access_key);
        let mac = Hmac::<Sha256>::new_from_slice(self.secret_key.as_bytes());
        let mac = mac.expect("any length will do").chain_update(text);
        BASE64_STANDARD.encode(mac.finalize().into_bytes())
    }
}

#[async_trait]
impl Middleware for Signer {
    async fn handle(
        &self,
        mut req: Request,
        ext: &mut Extensions,
        next: Next<'_>,
    ) -> Result<Response> {
        let query = req.url().query().map(|query| format!("?{query}"));
        let target = req.url().path().to_owned() + &query.unwrap_or_default();
        let now = SystemTime::now().duration_since(UNIX_EPOCH);
        let timestamp = now.expect("a clock past 1970").as_millis();
        let signature = self.sign(req.method().as_str(), &target, timestamp);
        for (name, value) in [
            ("x-ncp-apigw-timestamp", timestamp.to_string()),
            ("x-ncp-iam-access-key", self.access_key.clone()),
            ("x-ncp-apigw-signature-v2", signature),
        ] {
            let value = HeaderValue::from_str(&value).map_err(Error::middleware)?;
            req.headers_mut().insert(name, value);
        }
        next.run(req, ext).await
    }
}
