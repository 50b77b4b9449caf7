//! What `axis prove` and its judge say to each other: values that describe themselves, in frames.
//!
//! This file is a module of both. JSON would not do: it has neither NaN nor infinities, and no bytes.

use std::io::{self, Read, Write};

/// A value, as serde sees values.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// Nothing.
    Null,
    /// A truth value.
    Bool(bool),
    /// A number with a sign.
    Int(i64),
    /// A number without a sign.
    Unsigned(u64),
    /// A number of single precision.
    Float4(f32),
    /// A number of double precision.
    Float8(f64),
    /// A text.
    Text(String),
    /// Bytes.
    Bytes(Vec<u8>),
    /// Values in order.
    List(Vec<Value>),
    /// Members by name, in order.
    Map(Vec<(String, Value)>),
}

/// Frames larger than this are not ours.
const LARGEST: u32 = 1 << 30;

impl Value {
    /// A text.
    pub fn text(text: impl Into<String>) -> Self {
        Self::Text(text.into())
    }

    /// The member of that name, or nothing.
    pub fn take(&mut self, name: &str) -> Self {
        let Self::Map(members) = self else {
            return Self::Null;
        };
        let member = members.iter_mut().find(|(found, _)| found == name);
        member.map_or(Self::Null, |(_, value)| {
            std::mem::replace(value, Self::Null)
        })
    }

    /// Its elements. Nothing else has any.
    pub fn into_list(self) -> Vec<Self> {
        match self {
            Self::List(elements) => elements,
            _ => Vec::new(),
        }
    }

    /// Its text.
    pub fn into_text(self) -> Option<String> {
        match self {
            Self::Text(text) => Some(text),
            _ => None,
        }
    }

    /// Its bytes.
    pub fn into_bytes(self) -> Option<Vec<u8>> {
        match self {
            Self::Bytes(bytes) => Some(bytes),
            _ => None,
        }
    }

    /// Its number without a sign; 0 for anything else.
    pub fn number(&self) -> u64 {
        match self {
            Self::Unsigned(number) => *number,
            _ => 0,
        }
    }

    /// Writes it as a frame.
    ///
    /// # Errors
    /// What the writer says.
    pub fn write(&self, to: &mut impl Write) -> io::Result<()> {
        let mut bytes = Vec::new();
        self.encode(&mut bytes);
        let length = u32::try_from(bytes.len()).map_err(io::Error::other)?;
        to.write_all(&length.to_le_bytes())?;
        to.write_all(&bytes)
    }

    /// Reads a frame. None at the end of the stream.
    ///
    /// # Errors
    /// What the reader says, and frames that are none.
    pub fn read(from: &mut impl Read) -> io::Result<Option<Self>> {
        let mut length = [0; 4];
        match from.read_exact(&mut length) {
            Ok(()) => {}
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => return Ok(None),
            Err(error) => return Err(error),
        }
        let length = u32::from_le_bytes(length);
        if length > LARGEST {
            return Err(io::Error::other("a frame is too long"));
        }
        let mut bytes = vec![0; length as usize];
        from.read_exact(&mut bytes)?;
        let mut rest = bytes.as_slice();
        decode(&mut rest)
            .map(Some)
            .ok_or_else(|| io::Error::other("a frame holds no value"))
    }

    fn encode(&self, to: &mut Vec<u8>) {
        match self {
            Self::Null => to.push(0),
            Self::Bool(value) => to.extend([1, u8::from(*value)]),
            Self::Int(value) => {
                to.push(2);
                to.extend(value.to_le_bytes());
            }
            Self::Unsigned(value) => {
                to.push(3);
                to.extend(value.to_le_bytes());
            }
            Self::Float4(value) => {
                to.push(4);
                to.extend(value.to_bits().to_le_bytes());
            }
            Self::Float8(value) => {
                to.push(5);
                to.extend(value.to_bits().to_le_bytes());
            }
            Self::Text(value) => {
                to.push(6);
                encode_bytes(value.as_bytes(), to);
            }
            Self::Bytes(value) => {
                to.push(7);
                encode_bytes(value, to);
            }
            Self::List(elements) => {
                to.push(8);
                encode_length(elements.len(), to);
                for element in elements {
                    element.encode(to);
                }
            }
            Self::Map(members) => {
                to.push(9);
                encode_length(members.len(), to);
                for (name, value) in members {
                    encode_bytes(name.as_bytes(), to);
                    value.encode(to);
                }
            }
        }
    }
}

fn encode_length(length: usize, to: &mut Vec<u8>) {
    to.extend((length as u64).to_le_bytes());
}

fn encode_bytes(bytes: &[u8], to: &mut Vec<u8>) {
    encode_length(bytes.len(), to);
    to.extend(bytes);
}

fn decode(from: &mut &[u8]) -> Option<Value> {
    let [kind] = fixed(from)?;
    Some(match kind {
        0 => Value::Null,
        1 => Value::Bool(fixed::<1>(from)? != [0]),
        2 => Value::Int(i64::from_le_bytes(fixed(from)?)),
        3 => Value::Unsigned(u64::from_le_bytes(fixed(from)?)),
        4 => Value::Float4(f32::from_bits(u32::from_le_bytes(fixed(from)?))),
        5 => Value::Float8(f64::from_bits(u64::from_le_bytes(fixed(from)?))),
        6 => Value::Text(decode_text(from)?),
        7 => Value::Bytes(decode_bytes(from)?.to_vec()),
        8 => {
            let length = decode_length(from)?;
            let elements = (0..length).map(|_| decode(from));
            Value::List(elements.collect::<Option<_>>()?)
        }
        9 => {
            let length = decode_length(from)?;
            let members = (0..length).map(|_| Some((decode_text(from)?, decode(from)?)));
            Value::Map(members.collect::<Option<_>>()?)
        }
        _ => return None,
    })
}

fn decode_length(from: &mut &[u8]) -> Option<usize> {
    usize::try_from(u64::from_le_bytes(fixed(from)?)).ok()
}

fn decode_bytes<'a>(from: &mut &'a [u8]) -> Option<&'a [u8]> {
    let length = decode_length(from)?;
    let (bytes, rest) = from.split_at_checked(length)?;
    *from = rest;
    Some(bytes)
}

fn decode_text(from: &mut &[u8]) -> Option<String> {
    String::from_utf8(decode_bytes(from)?.to_vec()).ok()
}

fn fixed<const N: usize>(from: &mut &[u8]) -> Option<[u8; N]> {
    let (bytes, rest) = from.split_first_chunk()?;
    *from = rest;
    Some(*bytes)
}
