//! The data of the templates.

use askama::Template;

use crate::domain::mapping_target::MappingTarget;
use crate::testidp::form::{
    FilledForm, InputKind, NAME_ID_FORMATS, SIGNS, fields, hint, input_kind,
};

/// The form.
#[derive(Template)]
#[template(path = "testidp/sign_in_form.html")]
pub(super) struct SignInFormPage<'a> {
    pub(super) path: &'a str,
    pub(super) entity_id: &'a str,
    pub(super) request: bool,
    pub(super) action: String,
    pub(super) examples: Vec<ExampleLink>,
    pub(super) filled: &'a FilledForm,
    pub(super) fields: Vec<FieldView<'a>>,
    pub(super) problem: Option<&'a str>,
}

impl SignInFormPage<'_> {
    fn formats(&self) -> impl Iterator<Item = (&'static str, &'static str, bool)> {
        let chosen = &self.filled.name_id_format;
        NAME_ID_FORMATS.iter().map(move |(format, name)| (*format, *name, format == chosen))
    }

    fn signs(&self) -> impl Iterator<Item = (&'static str, &'static str, bool)> {
        let chosen = self.filled.sign;
        SIGNS.iter().map(move |(value, name, sign)| (*value, *name, *sign == chosen))
    }
}

/// An example to pick.
pub(super) struct ExampleLink {
    pub(super) href: String,
    pub(super) title: &'static str,
    pub(super) shows: &'static str,
    pub(super) current: bool,
}

/// An attribute with its filled-in text.
pub(super) struct FieldView<'a> {
    pub(super) name: &'static str,
    pub(super) hint: &'static str,
    pub(super) lines: bool,
    pub(super) picks: &'static [&'static str],
    pub(super) text: &'a str,
    pub(super) sent: bool,
}

/// The attributes, in their order.
pub(super) fn field_views(filled: &FilledForm) -> Vec<FieldView<'_>> {
    let view = |field: MappingTarget| FieldView {
        name: field.built_in().unwrap_or_default(),
        hint: hint(field),
        lines: input_kind(field) == InputKind::Lines,
        picks: if let InputKind::Choice(picks) = input_kind(field) { picks } else { &[] },
        text: filled.texts.get(&field).map(String::as_str).unwrap_or_default(),
        sent: filled.sent.contains(&field),
    };
    fields().map(view).collect()
}

/// The form that sends itself to the service provider.
#[derive(Template)]
#[template(path = "testidp/post.html")]
pub(super) struct Post<'a> {
    pub(super) path: &'a str,
    pub(super) entity_id: &'a str,
    pub(super) acs_url: &'a str,
    pub(super) saml_response: String,
    pub(super) relay_state: Option<&'a str>,
    pub(super) script: &'static str,
    pub(super) xml: &'a str,
}

/// The page of a request that can't be answered.
#[derive(Template)]
#[template(path = "testidp/error.html")]
pub(super) struct ErrorPage<'a> {
    pub(super) path: &'a str,
    pub(super) problem: &'a str,
}
