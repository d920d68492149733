//! The one write model of a connection: every interface parses a request into a
//! [`ConnectionPatch`], and a new connection is a patch over the defaults.

use std::collections::BTreeMap;

use url::Url;

use super::{
    connection::{Connection, IdentityProvider, MAX_CERTIFICATES},
    connection_setting::{ConnectionSetting, ProvisioningPolicy, SamlPolicy, SettingValue},
    custom_attribute::AttributeDefinition,
    field_error::FieldError,
    field_format::{EntityIdValue, WebAddressValue},
    field_patch::FieldPatch,
    ignored_certificate::IgnoredCertificate,
    provisioning::MappingPreset,
    return_to,
    text::{check_visible, parse_line},
};

/// A change of a connection. Its settings are valid in themselves. What depends on
/// other fields is decided by [`ConnectionPatch::apply`].
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ConnectionPatch {
    /// The display name. `None`: unchanged.
    pub name: Option<String>,
    /// Whether users may log in. `None`: unchanged.
    pub enabled: Option<bool>,
    /// The identity provider.
    pub idp: IdpPatch,
    /// The settings. Those that are left out are kept.
    pub settings: BTreeMap<ConnectionSetting, FieldPatch<SettingValue>>,
}

/// A change of an identity provider. `None`: unchanged.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct IdpPatch {
    /// Its entity ID.
    pub entity_id: Option<String>,
    /// The URL to which login requests are sent.
    pub sso_url: Option<String>,
    /// Its signing certificates, and the certificates beside them that are ignored.
    pub certificates: Option<(Vec<Vec<u8>>, Vec<IgnoredCertificate>)>,
}

/// The allowed redirect targets after a login.
#[derive(Debug, Clone, Copy)]
pub struct RedirectTargets<'a> {
    /// The URL of this server.
    pub base: &'a Url,
    /// The allowed other origins.
    pub origins: &'a [Url],
}

impl ConnectionPatch {
    /// Returns a patch that sets every setting.
    #[must_use]
    pub fn from_policies(saml: &SamlPolicy, provisioning: &ProvisioningPolicy) -> Self {
        let set = |setting: ConnectionSetting| {
            (setting, FieldPatch::Set(setting.read(provisioning, saml).complete()))
        };
        let settings = ConnectionSetting::ALL.into_iter().map(set).collect();
        Self { settings, ..Self::default() }
    }

    /// Returns the patch of a new connection, or of a replacement: a field that is left
    /// out gets its default, unless it is unchanged.
    #[must_use]
    pub fn into_replacement(mut self, is_unchanged: impl Fn(&str) -> bool) -> Self {
        for setting in ConnectionSetting::ALL {
            if !is_unchanged(setting.as_str()) {
                let entry = self.settings.entry(setting).or_insert(FieldPatch::Clear);
                *entry = std::mem::take(entry).map(SettingValue::complete);
            }
        }
        if !is_unchanged("enabled") {
            self.enabled.get_or_insert(true);
        }
        if !is_unchanged("certificates") {
            self.idp.certificates.get_or_insert_default();
        }
        self
    }

    /// Replaces mapping and e-mail attribute with those of a preset. What the patch
    /// changes of them is applied after it.
    pub fn apply_preset(&mut self, preset: MappingPreset) {
        let email = SettingValue::Text(Some(preset.email_attribute().to_owned()));
        self.settings.entry(ConnectionSetting::EmailAttribute).or_insert(FieldPatch::Set(email));
        let mapping = self.settings.entry(ConnectionSetting::Mapping).or_default();
        let mut policy = ProvisioningPolicy { mapping: preset.mapping(), ..Default::default() };
        let saml = &mut SamlPolicy::default();
        ConnectionSetting::Mapping.apply(std::mem::take(mapping), &mut policy, saml);
        *mapping = FieldPatch::Set(ConnectionSetting::Mapping.read(&policy, saml).complete());
    }

    /// Returns the connection after the patch. Fields that the patch keeps are not
    /// validated again.
    ///
    /// # Errors
    /// As [`Self::validate`].
    pub fn apply(
        self,
        mut connection: Connection,
        targets: RedirectTargets<'_>,
    ) -> Result<Connection, Vec<FieldError>> {
        let errors = self.validate(targets);
        if !errors.is_empty() {
            return Err(errors);
        }
        let Self { name, enabled, idp, settings } = self;
        if let Some(name) = name {
            name.trim().clone_into(&mut connection.name);
        }
        connection.enabled = enabled.unwrap_or(connection.enabled);
        idp.apply(&mut connection.idp);
        for (setting, patch) in settings {
            setting.apply(patch, &mut connection.provisioning, &mut connection.saml);
        }
        Ok(connection)
    }

    /// Returns the errors of settings that follow from the custom attributes that the
    /// account defines.
    #[must_use]
    pub fn find_custom_errors(&self, definitions: &[AttributeDefinition]) -> Vec<FieldError> {
        let set = self.settings.iter().filter_map(|(setting, patch)| match patch {
            FieldPatch::Set(value) => Some((*setting, value)),
            FieldPatch::Keep | FieldPatch::Clear => None,
        });
        set.flat_map(|(setting, value)| setting.find_custom_errors(value, definitions)).collect()
    }

    /// Validates the changed fields. Whether certificates can be used is checked by
    /// [`crate::saml`].
    #[must_use]
    pub fn validate(&self, targets: RedirectTargets<'_>) -> Vec<FieldError> {
        let name = self.name.iter().filter_map(|name| {
            let reason = parse_line(name).err()?;
            Some(FieldError::new("name", name.trim(), reason))
        });
        let mut errors: Vec<_> = name.chain(self.idp.validate()).collect();
        if let Some(FieldPatch::Set(SettingValue::List(states))) =
            self.settings.get(&ConnectionSetting::RelayStates)
        {
            errors.extend(states.iter().enumerate().filter_map(|(index, state)| {
                let RedirectTargets { base, origins } = targets;
                // Bindings 3.5.3 caps RelayState at 80 bytes.
                let is_allowed = state.len() <= 80
                    && check_visible(state).is_ok()
                    && return_to::parse_allowed(state, base, origins).is_some();
                let reason = "must be a path or a URL of a listed origin, of at most 80 bytes: use a path such as /start";
                (!is_allowed).then(|| FieldError::new(format!("relayStates/{index}"), state, reason))
            }));
        }
        errors
    }
}

impl IdpPatch {
    /// Keeps the certificates that are ignored beside the others, if the others are sent
    /// as they are.
    pub fn keep_ignored(&mut self, before: &IdentityProvider) {
        let is_same = |(trusted, ignored): &(Vec<_>, Vec<_>)| {
            *trusted == before.certificates && ignored.is_empty()
        };
        if self.certificates.as_ref().is_some_and(is_same) {
            self.certificates = None;
        }
    }

    fn apply(self, idp: &mut IdentityProvider) {
        let Self { entity_id, sso_url, certificates } = self;
        if let Some(entity_id) = entity_id {
            idp.entity_id = entity_id;
        }
        if let Some(sso_url) = sso_url {
            idp.sso_url = sso_url;
        }
        if let Some((certificates, ignored)) = certificates {
            idp.certificates = certificates;
            idp.ignored = IgnoredCertificate::limit_list(ignored);
        }
    }

    fn validate(&self) -> impl Iterator<Item = FieldError> {
        let Self { entity_id, sso_url, certificates } = self;
        let entity_id = entity_id.iter().filter_map(|id| {
            let reason = id.parse::<EntityIdValue>().err()?;
            Some(FieldError::new("idpEntityId", id, reason))
        });
        let sso_url = sso_url.iter().filter_map(|url| {
            let reason = url.parse::<WebAddressValue>().err()?;
            Some(FieldError::new("ssoUrl", url, reason))
        });
        let counts = certificates.iter().map(|(certificates, _)| certificates.len());
        let certificates = counts.filter(|count| *count > MAX_CERTIFICATES).map(|count| {
            let reason = format!(
                "must have at most {MAX_CERTIFICATES} certificates: remove those that are not in use"
            );
            FieldError::new("certificates", count.to_string(), reason)
        });
        entity_id.chain(sso_url).chain(certificates)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::domain::{
        Timestamp,
        id::{AccountId, ConnectionId},
        mapping_target::MappingTarget,
        profile_field::ProfileField,
    };

    fn connection() -> Connection {
        let now = Timestamp::from_timestamp(1_800_000_000, 0).unwrap();
        Connection::new(ConnectionId::new(now, [1; 10]), AccountId::new(now, [2; 10]), now)
    }

    fn apply(patch: ConnectionPatch, to: Connection) -> Result<Connection, Vec<FieldError>> {
        let base = Url::parse("https://login.example.com/").unwrap();
        patch.apply(to, RedirectTargets { base: &base, origins: &[] })
    }

    fn places(errors: &[FieldError]) -> Vec<&str> {
        errors.iter().map(|error| &*error.field).collect()
    }

    fn settings(values: &[(ConnectionSetting, Value)]) -> ConnectionPatch {
        let settings =
            values.iter().map(|(setting, value)| (*setting, setting.parse(value).unwrap()));
        ConnectionPatch { settings: settings.collect(), ..ConnectionPatch::default() }
    }

    type Spoil = fn(&mut ConnectionPatch);

    #[test]
    fn every_value_that_cannot_be_stored_is_reported() {
        let table: [(&str, Spoil); 8] = [
            ("name", |patch| patch.name = Some(" ".into())),
            ("idpEntityId", |patch| patch.idp.entity_id = Some(String::new())),
            ("idpEntityId", |patch| patch.idp.entity_id = Some("a b".into())),
            ("idpEntityId", |patch| patch.idp.entity_id = Some("urn:a\u{200b}".into())),
            ("ssoUrl", |patch| patch.idp.sso_url = Some("https://a/\u{2060}".into())),
            ("ssoUrl", |patch| patch.idp.sso_url = Some("http://idp.example.com/".into())),
            ("ssoUrl", |patch| patch.idp.sso_url = Some("javascript:alert(1)".into())),
            ("certificates", |patch| {
                patch.idp.certificates = Some((vec![vec![1]; MAX_CERTIFICATES + 1], Vec::new()));
            }),
        ];
        for (field, spoil) in table {
            let mut patch = ConnectionPatch::default();
            spoil(&mut patch);
            assert_eq!(places(&apply(patch, connection()).unwrap_err()), [field]);
        }
        let long = format!("/{}", "a".repeat(80));
        for state in ["https://evil.net/", "/a\u{200b}", &long] {
            let patch = settings(&[(ConnectionSetting::RelayStates, json!(["/", state]))]);
            assert_eq!(places(&apply(patch, connection()).unwrap_err()), ["relayStates/1"]);
        }
    }

    #[test]
    fn stored_values_are_not_validated_again() {
        let mut stored = connection();
        stored.saml.relay_states = vec!["https://evil.net/".into()];
        let patch = settings(&[(ConnectionSetting::SkewSeconds, json!(1))]);
        let after = apply(patch, stored.clone()).unwrap();
        assert_eq!(after.saml.relay_states, stored.saml.relay_states);
        assert_eq!(after.saml.skew_seconds, 1);
    }

    #[test]
    fn replacement_clears_what_is_left_out() {
        let policies = ProvisioningPolicy {
            mapping: [(ProfileField::Role.into(), "x".into())].into(),
            email_attribute: Some("mail".into()),
            ..ProvisioningPolicy::default()
        };
        let saml = SamlPolicy { skew_seconds: 1, ..SamlPolicy::default() };
        let full = apply(ConnectionPatch::from_policies(&saml, &policies), connection()).unwrap();
        assert_eq!((&full.provisioning, &full.saml), (&policies, &saml));
        let after = apply(ConnectionPatch::default().into_replacement(|_| false), full).unwrap();
        assert_eq!(after, Connection { enabled: true, ..connection() });
    }

    #[test]
    fn preset_replaces_the_mapping_and_is_applied_first() {
        use ConnectionSetting::{EmailAttribute, Mapping};
        let mut stored = connection();
        let roles = MappingTarget::find("roles").unwrap();
        let stored_mapping =
            [(ProfileField::Role.into(), "groups".into()), (roles, "groups".into())];
        stored.provisioning.mapping = stored_mapping.into();
        let preset = MappingPreset::EduPerson;
        let mut expected = preset.mapping();
        let mut alone = ConnectionPatch::default();
        alone.apply_preset(preset);
        let after = apply(alone, stored.clone()).unwrap();
        assert_eq!(after.provisioning.mapping, expected);
        assert_eq!(after.provisioning.email_attribute.as_deref(), Some(preset.email_attribute()));

        expected.insert(ProfileField::Department.into(), "dept".into());
        let changes = json!({ "department": "dept" });
        let mut both = settings(&[(Mapping, changes), (EmailAttribute, json!("mail"))]);
        both.apply_preset(preset);
        let after = apply(both, stored.clone()).unwrap();
        assert_eq!(after.provisioning.mapping, expected);
        assert_eq!(after.provisioning.email_attribute.as_deref(), Some("mail"));

        let mut cleared = settings(&[(Mapping, json!(null))]);
        cleared.apply_preset(preset);
        assert!(apply(cleared, stored).unwrap().provisioning.mapping.is_empty());
    }
}
