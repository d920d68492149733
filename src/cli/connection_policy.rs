//! The flags of the policies of a connection: which responses it accepts, and which
//! users it creates.

use clap::Args;

use super::{CliError, number::whole_number};
use crate::domain::{
    Timestamp,
    connection::{MAX_KEEP_MESSAGES_HOURS, MAX_SKEW_SECONDS, ProvisioningPolicy, SamlPolicy},
    provisioning::{MappingPreset, ProfileField},
};

/// The flags of the policies of a connection.
#[derive(Debug, Args)]
#[command(next_help_heading = "Policy")]
pub(super) struct Policy {
    /// Whether anybody may log in through it
    #[arg(long, value_name = "BOOL", num_args = 0..=1, default_missing_value = "true")]
    pub(super) enabled: Option<bool>,
    /// The check provision attribute: must be in the assertion before a user is created; empty for none
    #[arg(long, value_name = "ATTRIBUTE")]
    guard: Option<String>,
    /// Replace all mappings and the e-mail attribute by those of a preset: EDUPERSON, for X.500 and eduPerson OIDs. --map and --email-attribute are applied after it
    #[arg(long, value_name = "PRESET")]
    mapping_preset: Option<MappingPreset>,
    /// An attribute's name at this identity provider, e.g. firstName=urn:oid:2.5.4.42; again for more. Replaces all mappings; empty for none
    #[arg(long, value_name = "FIELD=ATTRIBUTE", value_parser = mapping)]
    map: Option<Vec<MappingArg>>,
    /// The attribute with the e-mail address, looked at before the NameID; empty for none
    #[arg(long, value_name = "ATTRIBUTE")]
    email_attribute: Option<String>,
    /// The attribute that names the person for good, instead of the NameID; empty for none
    #[arg(long, value_name = "ATTRIBUTE")]
    subject_attribute: Option<String>,
    /// Whether an attribute is also found by its FriendlyName, where no attribute has the Name that is looked for
    #[arg(long, value_name = "BOOL", num_args = 0..=1, default_missing_value = "true")]
    match_friendly_names: Option<bool>,
    /// Whether unsolicited responses are accepted
    #[arg(long, value_name = "BOOL", num_args = 0..=1, default_missing_value = "true")]
    idp_initiated: Option<bool>,
    /// A RelayState that such a response may carry; again for more. Replaces all; empty for none
    #[arg(long, value_name = "PATH")]
    relay_state: Option<Vec<String>>,
    /// How far two clocks may be apart, in seconds: 0 to 300
    #[arg(
        long,
        value_name = "SECONDS",
        allow_negative_numbers = true,
        value_parser = |text: &str| whole_number(text, 0, MAX_SKEW_SECONDS)
    )]
    skew: Option<u16>,
    /// Until when SHA-1 signatures are accepted, e.g. 2027-01-31T00:00:00Z; empty for never
    #[arg(long, value_name = "MOMENT", value_parser = until)]
    sha1_until: Option<UntilArg>,
    /// Whether AES-CBC may encrypt an assertion, in signed responses only
    #[arg(long, value_name = "BOOL", num_args = 0..=1, default_missing_value = "true")]
    allow_cbc: Option<bool>,
    /// Whether RSA-PSS with SHA-256, SHA-384 or SHA-512 may sign
    #[arg(long, value_name = "BOOL", num_args = 0..=1, default_missing_value = "true")]
    allow_rsa_pss: Option<bool>,
    /// The NameID format that is asked for; empty for none
    #[arg(long, value_name = "URI")]
    name_id_format: Option<String>,
    /// Whether the person is asked for their credentials at each login
    #[arg(long, value_name = "BOOL", num_args = 0..=1, default_missing_value = "true")]
    force_authn: Option<bool>,
    /// An authentication context class that is asked for; again for more. Replaces all; empty for none
    #[arg(long, value_name = "URI")]
    authn_context: Option<Vec<String>>,
    /// For how many hours the messages of its logins are kept, to look at them: 0 to 168
    #[arg(
        long,
        value_name = "HOURS",
        allow_negative_numbers = true,
        value_parser = |text: &str| whole_number(text, 0, MAX_KEEP_MESSAGES_HOURS)
    )]
    keep_messages: Option<u16>,
}

/// One mapping, or the wish for none.
#[derive(Debug, Clone, PartialEq, Eq)]
struct MappingArg(Option<(ProfileField, String)>);

/// A moment, or never.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct UntilArg(Option<Timestamp>);

impl Policy {
    /// Rejects a field that is mapped twice.
    pub(super) fn check_mapping(&self) -> Result<(), CliError> {
        let mut fields = Vec::new();
        for (field, _) in self.map.iter().flatten().filter_map(|mapping| mapping.0.as_ref()) {
            if fields.contains(field) {
                return Err(CliError::Other(format!(
                    "--map: {} is given more than once. Map each field to one attribute.",
                    field.as_str()
                )));
            }
            fields.push(*field);
        }
        Ok(())
    }

    /// Applies the flags that are present.
    pub(super) fn apply(&self, saml: &mut SamlPolicy, provisioning: &mut ProvisioningPolicy) {
        let Self {
            enabled: _,
            guard,
            mapping_preset,
            map,
            email_attribute,
            subject_attribute,
            match_friendly_names,
            idp_initiated,
            relay_state,
            skew,
            sha1_until,
            allow_cbc,
            allow_rsa_pss,
            name_id_format,
            force_authn,
            authn_context,
            keep_messages,
        } = self;
        if let Some(preset) = mapping_preset {
            provisioning.mapping = preset.mapping();
            provisioning.email_attribute = Some(preset.email_attribute().to_owned());
        }
        provisioning.match_friendly_names =
            match_friendly_names.unwrap_or(provisioning.match_friendly_names);
        set_text(&mut provisioning.check_provision_attribute, guard);
        set_text(&mut provisioning.email_attribute, email_attribute);
        set_text(&mut provisioning.subject_attribute, subject_attribute);
        if let Some(map) = map {
            let input = map.iter().filter_map(|mapped| mapped.0.clone());
            match mapping_preset {
                Some(_) => provisioning.mapping.extend(input),
                None => provisioning.mapping = input.collect(),
            }
        }
        set_text(&mut saml.name_id_format, name_id_format);
        set_list(&mut saml.relay_states, relay_state);
        set_list(&mut saml.authn_contexts, authn_context);
        saml.idp_initiated = idp_initiated.unwrap_or(saml.idp_initiated);
        saml.skew_seconds = skew.unwrap_or(saml.skew_seconds);
        saml.sha1_until = sha1_until.map_or(saml.sha1_until, |until| until.0);
        saml.allow_cbc = allow_cbc.unwrap_or(saml.allow_cbc);
        saml.allow_rsa_pss = allow_rsa_pss.unwrap_or(saml.allow_rsa_pss);
        saml.keep_messages_hours = keep_messages.unwrap_or(saml.keep_messages_hours);
        saml.force_authn = force_authn.unwrap_or(saml.force_authn);
    }
}

/// An empty text takes the value away.
fn set_text(value: &mut Option<String>, input: &Option<String>) {
    if let Some(input) = input {
        *value = Some(input.trim().to_owned()).filter(|text| !text.is_empty());
    }
}

fn set_list(values: &mut Vec<String>, input: &Option<Vec<String>>) {
    if let Some(input) = input {
        *values = input.iter().filter(|text| !text.is_empty()).cloned().collect();
    }
}

fn mapping(text: &str) -> Result<MappingArg, String> {
    if text.is_empty() {
        return Ok(MappingArg(None));
    }
    let expected = "must be FIELD=ATTRIBUTE, such as firstName=urn:oid:2.5.4.42";
    let (field, name) = text.split_once('=').ok_or(expected)?;
    let found = ProfileField::provisioned().find(|known| known.as_str() == field);
    let known = || {
        let names = ProfileField::provisioned().map(ProfileField::as_str);
        names.collect::<Vec<_>>().join(", ")
    };
    let field = found.ok_or_else(|| format!("the field must be one of {}", known()))?;
    Ok(MappingArg(Some((field, name.to_owned()))))
}

fn until(text: &str) -> Result<UntilArg, String> {
    if text.is_empty() {
        return Ok(UntilArg(None));
    }
    let moment = chrono::DateTime::parse_from_rfc3339(text);
    let moment = moment.map_err(|_| "must be a time such as 2027-01-31T00:00:00Z".to_owned())?;
    Ok(UntilArg(Some(moment.to_utc())))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mapping_consists_of_a_field_and_an_attribute() {
        let claim = "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/givenname";
        assert_eq!(
            mapping(&format!("firstName={claim}")),
            Ok(MappingArg(Some((ProfileField::FirstName, claim.into()))))
        );
        assert_eq!(mapping("role=a=b"), Ok(MappingArg(Some((ProfileField::Role, "a=b".into())))));
        assert!(mapping("firstname=x").unwrap_err().contains("firstName"));
        assert!(mapping("firstName").unwrap_err().contains("must be FIELD=ATTRIBUTE"));
    }

    #[test]
    fn empty_option_clears_the_value() {
        let mut value = Some("role".to_owned());
        set_text(&mut value, &None);
        assert_eq!(value.as_deref(), Some("role"));
        set_text(&mut value, &Some(" team ".into()));
        assert_eq!(value.as_deref(), Some("team"));
        set_text(&mut value, &Some(String::new()));
        assert_eq!(value, None);
    }
}
