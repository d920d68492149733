//! `usher health`: a health check without another HTTP client, e.g. inside a container.

use std::{
    net::{IpAddr, Ipv4Addr, Ipv6Addr},
    time::Duration,
};

use super::{Failure, output, setup::Setup};

const PATIENCE: Duration = Duration::from_secs(5);

/// Checks the Usher that listens on the configured address.
pub(super) fn ask(setup: &Setup) -> Result<(), Failure> {
    let mut address = setup.config()?.listen;
    // "Every address" is none that could be asked.
    match address.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => address.set_ip(Ipv4Addr::LOCALHOST.into()),
        IpAddr::V6(ip) if ip.is_unspecified() => address.set_ip(Ipv6Addr::LOCALHOST.into()),
        IpAddr::V4(_) | IpAddr::V6(_) => {}
    }
    let url = format!("http://{address}/readyz");
    let agent: ureq::Agent =
        ureq::Agent::config_builder().timeout_global(Some(PATIENCE)).build().into();
    match agent.get(&url).call() {
        Ok(_) => output::write("ready"),
        Err(error) => Err(Failure::Other(format!("{url}: {error}"))),
    }
}
