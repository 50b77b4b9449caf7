//! A server for the tests of `axis dev`: it answers with the variables that lead it to a database.

use std::io::{BufRead, BufReader, Write};
use std::net::TcpListener;

fn main() {
    let address = std::env::var("AXIS_HTTP_ADDR").expect("AXIS_HTTP_ADDR is set");
    let listener = TcpListener::bind(address).expect("the address is free");
    for stream in listener.incoming() {
        let mut stream = stream.expect("a connection");
        let mut lines = BufReader::new(stream.try_clone().expect("a second handle")).lines();
        while lines.next().is_some_and(|line| line.is_ok_and(|line| !line.is_empty())) {}
        let body = format!(
            "{}\n{:?}\n",
            std::env::var("DATABASE_URL").expect("DATABASE_URL is set"),
            std::env::var_os("DATABASE_URL_UNPOOLED"),
        );
        let _ = write!(
            stream,
            "HTTP/1.1 200 OK\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}",
            body.len()
        );
    }
}
