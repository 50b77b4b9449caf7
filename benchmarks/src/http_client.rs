//! A client of a peer's HTTP service, with a connection of its own that stays open.

use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper::Request;
use hyper::client::conn::http1::{SendRequest, handshake};
use hyper::header::{CONTENT_TYPE, HOST};
use hyper_util::rt::TokioIo;
use serde_json::json;
use tokio::net::TcpStream;

use crate::drive::Work;
use crate::operation::Draw;
use crate::peer::Failure;
use crate::protocol::Given;
use crate::workload::Workload;

/// A client.
pub struct HttpClient {
    sender: SendRequest<Full<Bytes>>,
    address: String,
    workload: Workload,
    draw: Draw,
}

impl HttpClient {
    pub async fn connect(address: &str, workload: Workload, draw: Draw) -> Result<Self, Failure> {
        let stream = TcpStream::connect(address).await?;
        stream.set_nodelay(true)?;
        let (sender, connection) = handshake(TokioIo::new(stream)).await?;
        tokio::spawn(connection);
        Ok(Self {
            sender,
            address: address.to_owned(),
            workload,
            draw,
        })
    }

    /// Sends a request and gives the body of its answer, which must be a good one.
    pub async fn request(&mut self, given: &Given) -> Result<Bytes, Failure> {
        let request = Request::builder().header(HOST, &self.address);
        let request = match self.workload {
            Workload::HttpPost => {
                let body = json!({"email": given.email, "name": given.names[0]}).to_string();
                request
                    .method("POST")
                    .uri("/api/users")
                    .header(CONTENT_TYPE, "application/json")
                    .body(Full::from(body))?
            }
            Workload::HttpList => request
                .uri("/api/users?pageSize=50&cursor=")
                .body(Full::default())?,
            _ => request
                .uri(format!("/api/users/{}", given.id))
                .body(Full::default())?,
        };
        self.sender.ready().await?;
        let response = self.sender.send_request(request).await?;
        let status = response.status();
        let body = response.into_body().collect().await?.to_bytes();
        match status.is_success() {
            true => Ok(body),
            false => Err(format!("{status}: {}", String::from_utf8_lossy(&body)).into()),
        }
    }
}

impl Work for HttpClient {
    async fn once(&mut self) -> Result<(), Failure> {
        let given = self.draw.given(self.workload)?;
        self.request(&given).await?;
        Ok(())
    }
}
