use super::*;
use crate::domain::provisioning::find_encrypted_need;

/// What the decision of a case lacks, if one attribute is encrypted.
fn need(case: &Case) -> Option<String> {
    let attributes = Attributes::new(case.attributes.clone());
    let decision = case.decision();
    assert_eq!(find_encrypted_need(&case.login(&attributes), &decision), None);
    let attributes = attributes.with_encrypted(1);
    find_encrypted_need(&case.login(&attributes), &decision)
}

fn by_identity() -> ExistingRecords {
    let user = known_user(1, UserStatus::Active, Some("ada"));
    ExistingRecords { by_identity: Some(user), ..ExistingRecords::default() }
}

fn by_email() -> ExistingRecords {
    let user = known_user(1, UserStatus::Staged, None);
    ExistingRecords { by_email: Some(user), ..ExistingRecords::default() }
}

#[test]
fn login_that_needs_no_encrypted_attribute_is_decided() {
    let opaque = || subject("00u1", Some(UNSPECIFIED));
    let email: AttributeList<'_> = &[("mail", &["ada@example.com"])];
    let guarded = || ProvisioningPolicy {
        check_provision_attribute: Some("staff".into()),
        ..ProvisioningPolicy::default()
    };
    for case in [
        Case::default(),
        Case { subject: opaque(), ..Case::with(email) },
        Case { subject: opaque(), known: by_identity(), ..Case::default() },
        Case { policy: guarded(), ..Case::with(&[("staff", &[])]) },
        Case { policy: guarded(), known: by_email(), ..Case::default() },
        Case { policy: email_attribute("mail"), ..Case::with(email) },
        Case { policy: email_attribute("mail"), known: by_identity(), ..Case::default() },
        Case { policy: subject_attribute("uid"), ..Case::with(&[("uid", &["u-1"])]) },
        Case { enabled: false, subject: opaque(), ..Case::default() },
    ] {
        assert_eq!(need(&case), None, "{:?}", case.decision());
    }
}

#[test]
fn login_that_may_need_an_encrypted_attribute_is_not_decided() {
    let guard = ProvisioningPolicy {
        check_provision_attribute: Some("staff".into()),
        ..ProvisioningPolicy::default()
    };
    let persistent = || subject("ada@example.com", Some(PERSISTENT));
    for (case, expected) in [
        (Case { subject: subject("00u1", None), ..Case::default() }, "an e-mail address"),
        (Case { subject: persistent(), ..Case::default() }, "an e-mail address"),
        (Case { policy: guard, ..Case::default() }, "the attribute staff"),
        (Case { policy: email_attribute("mail"), ..Case::default() }, "the attribute mail"),
        (
            Case { policy: email_attribute("mail"), known: by_email(), ..Case::default() },
            "the attribute mail",
        ),
        (Case { policy: subject_attribute("uid"), ..Case::default() }, "the attribute uid"),
    ] {
        assert_eq!(need(&case).as_deref(), Some(expected), "{:?}", case.decision());
    }
}

fn email_attribute(name: &str) -> ProvisioningPolicy {
    ProvisioningPolicy { email_attribute: Some(name.into()), ..ProvisioningPolicy::default() }
}

fn subject_attribute(name: &str) -> ProvisioningPolicy {
    ProvisioningPolicy { subject_attribute: Some(name.into()), ..ProvisioningPolicy::default() }
}
