//! One operation of a workload.

use std::hint::black_box;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use fastrand::Rng;
use serde::Serialize;
use serde_json::Value;
use uuid::Uuid;

use crate::drive::Work;
use crate::peer::{Failure, Peer};
use crate::protocol::{Given, Sample};
use crate::rows::NewUser;
use crate::workload::Workload;

/// The mix: how many of a hundred operations are what. The rest are by id.
const MIX: [(Workload, u8); 6] = [
    (Workload::ByEmail, 10),
    (Workload::CursorFirst, 10),
    (Workload::Post, 10),
    (Workload::Update, 10),
    (Workload::Insert, 5),
    (Workload::WriteFirst, 5),
];

/// A client that works with a peer.
pub struct Queries<P> {
    pub peer: Arc<P>,
    pub workload: Workload,
    pub draw: Draw,
}

impl<P: Peer> Work for Queries<P> {
    async fn once(&mut self) -> Result<(), Failure> {
        let workload = match self.workload {
            Workload::Mixed => self.draw.mixed(),
            workload => workload,
        };
        let given = self.draw.given(workload)?;
        operation::<P, false>(&self.peer, workload, given).await?;
        Ok(())
    }
}

/// What operations work on, by chance.
#[derive(Clone)]
pub struct Draw {
    sample: Arc<Sample>,
    /// Taken in turn by all clients.
    victims: Arc<[Uuid]>,
    next: Arc<AtomicUsize>,
    rng: Rng,
}

impl Draw {
    pub fn new(sample: Arc<Sample>, victims: Arc<[Uuid]>) -> Self {
        Self {
            sample,
            victims,
            next: Arc::default(),
            rng: Rng::new(),
        }
    }

    /// The same for another client: other random numbers.
    pub fn another(&self) -> Self {
        let rng = Rng::new();
        Self {
            rng,
            ..self.clone()
        }
    }

    fn mixed(&mut self) -> Workload {
        let mut left = self.rng.u8(..100);
        for (workload, share) in MIX {
            if left < share {
                return workload;
            }
            left -= share;
        }
        Workload::ById
    }

    pub fn given(&mut self, workload: Workload) -> Result<Given, Failure> {
        let (user, email) = &self.sample.users[self.rng.usize(..self.sample.users.len())];
        let id = match workload {
            Workload::Post => self.sample.posts[self.rng.usize(..self.sample.posts.len())],
            Workload::Delete => {
                let next = self.next.fetch_add(1, Ordering::Relaxed);
                *self.victims.get(next).ok_or("too few rows to delete")?
            }
            _ => *user,
        };
        let email = match workload {
            Workload::Insert | Workload::HttpPost => {
                format!("{:032x}@example.com", self.rng.u128(..))
            }
            _ => email.clone(),
        };
        // Names that no row has: an UPDATE that changes nothing would be cheaper.
        let mut name = || format!("User {:016x}", self.rng.u64(..));
        Ok(Given {
            id,
            email,
            names: [name(), name()],
            far: self.sample.far,
        })
    }
}

/// Does it. `SHOWN`: gives back what the peer gave, as JSON.
pub async fn operation<P: Peer, const SHOWN: bool>(
    peer: &P,
    workload: Workload,
    given: Given,
) -> Result<Value, Failure> {
    let Given {
        id,
        email,
        names,
        far,
    } = given;
    let show = shown::<P::User, SHOWN>;
    match workload {
        Workload::ById => show(peer.by_id(id).await?),
        Workload::ByEmail => show(peer.by_email(email).await?),
        Workload::Page => shown::<_, SHOWN>(peer.page().await?),
        Workload::CursorFirst => shown::<_, SHOWN>(peer.after(None).await?),
        Workload::CursorFar => shown::<_, SHOWN>(peer.after(Some(far)).await?),
        Workload::Insert => {
            let [name, _] = names;
            show(peer.insert(NewUser { email, name }).await?)
        }
        Workload::Update => {
            let [name, _] = names;
            show(peer.update(id, name).await?)
        }
        Workload::Delete => show(peer.delete(id).await?),
        Workload::WriteFirst => show(peer.write_first(id, names).await?),
        Workload::ReadFirst => {
            let [name, _] = names;
            show(peer.read_first(id, name).await?)
        }
        Workload::Post => shown::<_, SHOWN>(peer.post(id).await?),
        Workload::Bulk10k
        | Workload::Bulk1m
        | Workload::HttpGet
        | Workload::HttpPost
        | Workload::HttpList
        | Workload::Mixed => Err(format!("{} is no single query", workload.title()).into()),
    }
}

fn shown<T: Serialize, const SHOWN: bool>(value: T) -> Result<Value, Failure> {
    if SHOWN {
        return Ok(serde_json::to_value(value)?);
    }
    black_box(value);
    Ok(Value::Null)
}
