//! Mobile numbers: a region, the number as it was given, and the number that
//! a machine can dial.

/// A mobile number that is valid for its region.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mobile {
    /// ISO 3166-1 alpha-2, upper case.
    pub region: String,
    /// The number as it was given, trimmed: national or E.164.
    pub number: String,
    /// The number in E.164, e.g. `+49221123123`.
    pub e164: String,
}
