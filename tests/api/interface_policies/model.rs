//! docs/provisioning.md as a program: the value and the setter of each attribute after a step.

use std::collections::BTreeMap;

use super::{
    NOT_ADMIN, NOT_LOGIN, NOT_SCIM, Policy,
    Step::{self, Admin, EmptyLogin, Login, Scim},
    names, value,
};

/// The value and the setter of each name.
pub(super) type State = BTreeMap<String, (String, String)>;

/// One of the people.
pub(super) struct Model {
    pub(super) policy: Policy,
    pub(super) person: usize,
    pub(super) state: State,
}

impl Model {
    pub(super) fn run(&mut self, step: Step, number: usize) {
        let is_new = self.state.is_empty();
        for name in names() {
            let sent = value(name, self.person, number);
            match step {
                Admin if !NOT_ADMIN.contains(&name) => self.set(name, sent, "API_KEY"),
                Scim if !NOT_SCIM.contains(&name) => self.set(name, sent, "SCIM_CLIENT"),
                Login | EmptyLogin if is_new => self.create(name, sent),
                Login if !NOT_LOGIN.contains(&name) => self.update(name, Some(sent)),
                EmptyLogin if !NOT_LOGIN.contains(&name) => self.update(name, None),
                _ => {}
            }
        }
        self.run_teams(step, number, is_new);
    }

    /// A write that repeats the value does not change the record.
    fn set(&mut self, name: &str, value: String, setter: &str) {
        if self.state.get(name).is_none_or(|(current, _)| *current != value) {
            self.state.insert(name.into(), (value, setter.into()));
        }
    }

    /// The login that creates the user.
    fn create(&mut self, name: &str, sent: String) {
        let default = match name {
            "firstName" => Some("Ada"),
            "lastName" => Some("Lovelace"),
            "role" => Some("STAKEHOLDER"),
            "disabled" => Some("false"),
            _ => None,
        };
        let is_set = self.policy != Policy::Never || name == "email";
        match default {
            _ if is_set && !NOT_LOGIN.contains(&name) => self.set(name, sent, "LOGIN"),
            Some(default) => self.set(name, default.into(), "DEFAULT"),
            None => {}
        }
    }

    /// The login of an existing user.
    fn update(&mut self, name: &str, sent: Option<String>) {
        let setter = self.state.get(name).map(|(_, setter)| setter.as_str());
        let is_set = match self.policy {
            Policy::FirstLogin | Policy::Never => false,
            Policy::FillEmpty => setter.is_none_or(|setter| setter == "DEFAULT"),
            Policy::Always => true,
        };
        match sent {
            Some(sent) if is_set => self.set(name, sent, "LOGIN"),
            None if self.policy == Policy::Always && setter == Some("LOGIN") => self.remove(name),
            _ => {}
        }
    }

    /// A login of this connection has set the value, and a later one does not have it.
    fn remove(&mut self, name: &str) {
        match name {
            "email" | "firstName" | "lastName" | "userName" => {}
            "role" => self.set(name, "STAKEHOLDER".into(), "LOGIN"),
            "userProfileImage" if self.state.contains_key("photos.thumbnail") => {}
            _ => drop(self.state.remove(name)),
        }
    }

    fn run_teams(&mut self, step: Step, number: usize, is_new: bool) {
        let is_team = |name: &String| name.starts_with("team ");
        let has_teams = self.state.keys().any(is_team);
        let joins = match self.policy {
            Policy::Always => true,
            Policy::FillEmpty => is_new || !has_teams,
            Policy::FirstLogin => is_new,
            Policy::Never => false,
        };
        let is_login = matches!(step, Login | EmptyLogin);
        let leaves = |name: &String, setter: &str| match step {
            Admin => is_team(name),
            _ => is_login && self.policy == Policy::Always && is_team(name) && setter == "LOGIN",
        };
        let admin_team = format!("team Admin {}", self.person);
        self.state.retain(|name, (_, setter)| !leaves(name, setter) || *name == admin_team);
        match step {
            Admin => self.set(&admin_team, String::new(), "API_KEY"),
            Scim => self.set(&format!("team Scim {}", self.person), String::new(), "SCIM_CLIENT"),
            Login if joins => {
                let team = format!("team Login {} {number}", self.person);
                self.set(&team, String::new(), "LOGIN");
            }
            Login | EmptyLogin => {}
        }
    }
}
