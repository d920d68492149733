//! `usher health`: a health check without another HTTP client, e.g. inside a container.

use std::{
    net::{IpAddr, Ipv4Addr, Ipv6Addr},
    time::Duration,
};

use super::{CliError, output, setup::Setup};

const TIMEOUT: Duration = Duration::from_secs(5);

/// Checks the Usher that listens on the configured address.
pub(super) fn check(setup: &Setup) -> Result<(), CliError> {
    let mut address = setup.config()?.listen;
    // The unspecified address can't be connected to.
    match address.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => address.set_ip(Ipv4Addr::LOCALHOST.into()),
        IpAddr::V6(ip) if ip.is_unspecified() => address.set_ip(Ipv6Addr::LOCALHOST.into()),
        IpAddr::V4(_) | IpAddr::V6(_) => {}
    }
    let url = format!("http://{address}/readyz");
    let agent: ureq::Agent =
        ureq::Agent::config_builder().timeout_global(Some(TIMEOUT)).build().into();
    match agent.get(&url).call() {
        Ok(_) => output::write("ready"),
        Err(ureq::Error::Io(error)) => Err(CliError::io(&url)(error)),
        Err(error) => Err(CliError::Other(format!("{url}: {error}"))),
    }
}
