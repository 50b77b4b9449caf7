//! What a team would write around a peer: axum, and the three calls that are measured.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;

use axum::Router;
use axum::extract::{Json, Path, Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use chrono::DateTime;
use serde::{Deserialize, Serialize};
use tokio::net::TcpListener;
use uuid::Uuid;

use crate::peer::{Failure, Peer};
use crate::rows::{NewUser, Position};

/// `cursor` as this service writes it: microseconds and id.
#[derive(Deserialize)]
struct List {
    cursor: String,
}

pub async fn start<P: Peer>(peer: Arc<P>) -> Result<SocketAddr, Failure> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
    let address = listener.local_addr()?;
    let router = Router::new()
        .route("/api/users", get(list::<P>).post(create::<P>))
        .route("/api/users/{id}", get(by_id::<P>))
        .with_state(peer);
    tokio::spawn(async move { axum::serve(listener, router).await });
    Ok(address)
}

fn answer<T: Serialize>(status: StatusCode, result: Result<T, Failure>) -> Response {
    match result {
        Ok(value) => (status, Json(value)).into_response(),
        Err(failure) => (StatusCode::INTERNAL_SERVER_ERROR, failure.to_string()).into_response(),
    }
}

async fn by_id<P: Peer>(State(peer): State<Arc<P>>, Path(id): Path<Uuid>) -> Response {
    answer(StatusCode::OK, peer.by_id(id).await)
}

async fn list<P: Peer>(State(peer): State<Arc<P>>, Query(list): Query<List>) -> Response {
    let position = list.cursor.split_once('_').and_then(|(micros, id)| {
        let at = DateTime::from_timestamp_micros(micros.parse().ok()?)?;
        Some(Position {
            at,
            id: id.parse().ok()?,
        })
    });
    answer(StatusCode::OK, peer.after(position).await)
}

async fn create<P: Peer>(State(peer): State<Arc<P>>, Json(user): Json<NewUser>) -> Response {
    answer(StatusCode::CREATED, peer.insert(user).await)
}
