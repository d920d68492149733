//! Mobile numbers: a region, the number as it was sent, and the number in E.164.

use std::str::FromStr;

use phonenumber::{
    Metadata, Type, country,
    metadata::{DATABASE, Descriptor},
};

use super::field_error::stated;

/// The maximum number of digits of a number in E.164 (6.1), its calling code among them.
const MAX_E164_DIGITS: usize = 15;

/// The maximum number of characters of a number as it is sent: all its digits, with room for a
/// prefix and for separators.
pub const MAX_NUMBER_CHARS: usize = 40;

/// The scheme of a phone number (RFC 3966).
const SCHEME: &str = "tel:";

/// A mobile number that is valid for its region.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mobile {
    /// ISO 3166-1 alpha-2, upper case.
    pub region: String,
    /// The number as it was sent, trimmed: national or E.164.
    pub number: String,
    /// The number in E.164, e.g. `+49221123123`.
    pub e164: String,
}

/// A region of ISO 3166-1, by its alpha-2 code, upper case.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Region([u8; 2]);

/// The error of a text that is not a region of ISO 3166-1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("must be a region code of ISO 3166-1 alpha-2, such as DE")]
pub struct UnknownRegion;

/// Why a number can't be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NumberError {
    /// It has more than [`MAX_NUMBER_CHARS`] characters, and was not parsed.
    #[error("must have at most {MAX_NUMBER_CHARS} characters")]
    TooLong,
    /// Not a number of this region, national or E.164.
    #[error("must be a phone number of its region, national or in E.164 such as +49221123123")]
    Invalid,
}

stated!(NumberError, UnknownRegion);

/// Codes that the numbering plans know and that ISO 3166-1 only reserves:
/// Ascension and Tristan da Cunha, which are parts of SH.
const NOT_ISO: [&str; 2] = ["AC", "TA"];

/// Regions of ISO 3166-1 without a numbering plan of their own. No number is valid there,
/// but the code itself is.
const WITHOUT_NUMBERS: [&str; 7] = ["AQ", "BV", "GS", "HM", "PN", "TF", "UM"];

impl Region {
    /// The code, two upper-case letters.
    #[must_use]
    pub fn as_str(&self) -> &str {
        std::str::from_utf8(&self.0).unwrap_or_default()
    }

    fn plan(&self) -> Option<&'static Metadata> {
        DATABASE.by_id(self.as_str())
    }
}

impl FromStr for Region {
    type Err = UnknownRegion;

    /// Reads a code, trimmed and regardless of case: one that ISO 3166-1
    /// assigns, or `XK`, which it leaves to its users and which all of them
    /// use for Kosovo.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let code: [u8; 2] = text.trim().as_bytes().try_into().map_err(|_| UnknownRegion)?;
        if !code.iter().all(u8::is_ascii_alphabetic) {
            return Err(UnknownRegion);
        }
        let region = Self(code.map(|letter| letter.to_ascii_uppercase()));
        let assigned = region.plan().is_some() && !NOT_ISO.contains(&region.as_str());
        let is_known = assigned || WITHOUT_NUMBERS.contains(&region.as_str());
        is_known.then_some(region).ok_or(UnknownRegion)
    }
}

impl Mobile {
    /// The number as a `tel:` URI (RFC 3966).
    #[must_use]
    pub fn to_uri(&self) -> String {
        format!("tel:{}", self.e164)
    }

    /// Reads a number as it is dialled in the region, or in E.164 with the
    /// region's own calling code. Digits, with a plus sign in front or not, also
    /// full-width ones; blanks, hyphens and `.` `/` `(` `)` between them are for
    /// people.
    ///
    /// A number that begins with the region's own calling code can be both:
    /// `47 23 56 01` is a national number of Norway. It is read as national
    /// first, and only then as international without its plus sign.
    ///
    /// Where regions share a calling code (US and CA, GB and GG), the number must be one of
    /// this region. Any kind of line is accepted, because mobile numbers can't be recognized in
    /// every region.
    ///
    /// # Errors
    /// Returns an error if the number is too long, or is not a number of the region.
    pub fn parse(region: Region, number: &str) -> Result<Self, NumberError> {
        let number = number.trim();
        if number.chars().count() > MAX_NUMBER_CHARS {
            return Err(NumberError::TooLong);
        }
        let e164 = format_e164(region, number).ok_or(NumberError::Invalid)?;
        Ok(Self { region: region.as_str().to_owned(), number: number.to_owned(), e164 })
    }

    /// Parses a phone number of any form: a `tel:` URI without parameters (RFC 3966),
    /// E.164, or a national number of `region`. A number in E.164 belongs to `region` if it
    /// is valid there, else to the first region in which it is.
    ///
    /// `None`: the number is not valid in any known region.
    #[must_use]
    pub fn from_phone_number(text: &str, region: Option<Region>) -> Option<Self> {
        let text = text.trim();
        let number = match text.get(..SCHEME.len()) {
            Some(scheme) if scheme.eq_ignore_ascii_case(SCHEME) => text.get(SCHEME.len()..)?,
            _ => text,
        };
        let in_region = |region| Self::parse(region, number).ok();
        if let Some(mobile) = region.and_then(in_region) {
            return Some(mobile);
        }
        let digits = extract_digits(number)?;
        let digits = digits.strip_prefix('+')?;
        // A calling code has at most three digits, and none is the start of another.
        let code = (1..=3).find_map(|length| {
            let code: u16 = digits.get(..length)?.parse().ok()?;
            DATABASE.region(&code).map(|_| code)
        })?;
        let regions = DATABASE.region(&code)?;
        regions.into_iter().filter_map(|region| region.parse().ok()).find_map(in_region)
    }
}

fn format_e164(region: Region, number: &str) -> Option<String> {
    let plan = region.plan()?;
    let country: country::Id = region.as_str().parse().ok()?;
    // The library reads much more than numbers (letters, extensions, `tel:` with parameters):
    // it only gets digits.
    let digits = extract_digits(number)?;
    let as_national = (!digits.starts_with('+'))
        .then(|| format!("+{}{digits}", plan.country_code()))
        .filter(|_| digits.starts_with(&plan.country_code().to_string()));
    // The library removes a leading calling code even if the rest is not a number, so a
    // national number is passed as an international one.
    let readings = as_national.into_iter().chain([digits]);
    readings.filter_map(|reading| parse_reading(plan, country, &reading)).next()
}

/// Parses one reading of a number; `None` if it is not a number of the plan.
fn parse_reading(plan: &Metadata, country: country::Id, digits: &str) -> Option<String> {
    let parsed = phonenumber::parse(Some(country), digits).ok()?;
    let national = parsed.national().to_string();
    let of_region = parsed.code().value() == plan.country_code() && is_assigned(plan, &national);
    let e164 = format!("+{}{national}", plan.country_code());
    // Some plans, such as Germany's, have longer numbers, which can't be dialled from abroad.
    (of_region && e164.len() <= 1 + MAX_E164_DIGITS).then_some(e164)
}

/// The digits of a number, with its leading plus sign if it has one; `None` if it has other
/// characters than digits and separators, or a parenthesis without its pair.
fn extract_digits(number: &str) -> Option<String> {
    let mut digits = String::with_capacity(number.len());
    let mut is_open = false;
    for char in number.chars().map(to_half_width) {
        match char {
            '(' | ')' if is_open == (char == '(') => return None,
            '(' | ')' => is_open = !is_open,
            '0'..='9' => digits.push(char),
            '+' if digits.is_empty() => digits.push('+'),
            _ if is_between_digits(char) => {}
            _ => return None,
        }
    }
    (!is_open).then_some(digits)
}

/// A full-width form (U+FF01 to U+FF5E) as the ASCII character that it stands for.
fn to_half_width(char: char) -> char {
    let ascii = u32::from(char).checked_sub(0xfee0).filter(|code| (0x21..=0x7e).contains(code));
    ascii.and_then(char::from_u32).unwrap_or(char)
}

/// Whether people write the character between digits, beside parentheses: a blank of any
/// width, a hyphen, a dash, a minus sign, a full stop or a slash.
fn is_between_digits(char: char) -> bool {
    match char {
        '-' | '\u{2010}'..='\u{2015}' | '\u{2043}' | '\u{2212}' | '\u{fe58}' | '\u{fe63}' => true,
        '.' | '/' => true,
        _ => char.is_whitespace() && !char.is_control() && !is_line_separator(char),
    }
}

fn is_line_separator(char: char) -> bool {
    matches!(char, '\u{2028}' | '\u{2029}')
}

/// Whether a national number is one of the plan, of any kind.
///
/// The library's own question is "valid in the region it most likely belongs
/// to"; this one is "valid in this region".
fn is_assigned(plan: &Metadata, national: &str) -> bool {
    const KINDS: [Type; 10] = [
        Type::FixedLine,
        Type::Mobile,
        Type::TollFree,
        Type::PremiumRate,
        Type::SharedCost,
        Type::PersonalNumber,
        Type::Voip,
        Type::Pager,
        Type::Uan,
        Type::Voicemail,
    ];
    let matches = |kind| plan.descriptors().get(kind).is_some_and(|kind| is_whole(kind, national));
    plan.descriptors().general().is_match(national) && KINDS.into_iter().any(matches)
}

/// Whether a number matches from end to end. The library asks for the start
/// and a possible length alone, which lets numbers through that are too long.
fn is_whole(kind: &Descriptor, national: &str) -> bool {
    let to_the_end = |found: usize| found == national.len();
    kind.is_match(national)
        && kind.national_number().find(national).is_some_and(|found| to_the_end(found.end()))
}

#[cfg(test)]
mod tests;
