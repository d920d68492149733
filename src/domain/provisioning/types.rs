//! What goes into the rules, and the plan that comes out.

use crate::domain::{
    attributes::Attributes,
    email::{Email, EmailKey},
    id::{TeamId, UserId},
    role::{AccountRole, TeamRole},
    team::{TeamKey, TeamName},
    text::TextFault,
    user::{Profile, UserStatus},
};

/// A field that an attribute of the assertion can fill.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[expect(missing_docs, reason = "the names are the document's own attribute keys")]
pub enum Field {
    FirstName,
    LastName,
    Position,
    Department,
    Role,
    MobileRegionCode,
    MobileNumber,
    UserProfileImage,
    TeamName,
    TeamRole,
}

impl Field {
    /// All of them, in the document's order.
    pub const ALL: [Self; 10] = [
        Self::FirstName,
        Self::LastName,
        Self::Position,
        Self::Department,
        Self::Role,
        Self::MobileRegionCode,
        Self::MobileNumber,
        Self::UserProfileImage,
        Self::TeamName,
        Self::TeamRole,
    ];

    /// The document's attribute key, e.g. `mobileRegionCode`: the attribute's
    /// name unless the connection maps another, and the name on every wire.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::FirstName => "firstName",
            Self::LastName => "lastName",
            Self::Position => "position",
            Self::Department => "department",
            Self::Role => "role",
            Self::MobileRegionCode => "mobileRegionCode",
            Self::MobileNumber => "mobileNumber",
            Self::UserProfileImage => "userProfileImage",
            Self::TeamName => "teamName",
            Self::TeamRole => "teamRole",
        }
    }
}

/// Whom a verified assertion speaks of (Core 2.4.1), as it was received.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Subject {
    /// The text of the `NameID`, whole. Empty without a usable `NameID`, which
    /// only a connection with a subject attribute accepts.
    pub name_id: String,
    /// Its `Format`, if one was given.
    pub format: Option<String>,
}

/// Whom an assertion speaks of, as far as the assertion alone can tell: what
/// to look up before a plan can be made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ResolvedSubject {
    /// The subject that an identity is found and made by. `None` for a
    /// transient `NameID`, which never becomes an identity.
    pub subject: Option<String>,
    /// The e-mail address, if one was found, and where.
    pub email: Option<Sourced<Email>>,
    /// The keys of the teams that the assertion names and that could be used.
    pub teams: Vec<TeamKey>,
}

/// The subject and the e-mail address that an assertion states, usable or not.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct StatedSubject {
    /// The value of the connection's subject attribute, or else the `NameID`.
    pub subject: Option<String>,
    /// The first usable e-mail address.
    pub email: Option<String>,
}

/// What the caller has looked up.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ExistingRecords {
    /// The user whose identity on this connection the subject is.
    pub by_identity: Option<ExistingUser>,
    /// The user of this account who has the e-mail address, or else the one
    /// whom SCIM calls so. May be left out
    /// when there is a [`ExistingRecords::by_identity`].
    pub by_email: Option<ExistingUser>,
    /// The user of this account who was deleted and whom this connection
    /// called so, or who had the e-mail address. May be left out when there is
    /// a user.
    pub deleted: Option<DeletedUserMatch>,
    /// The teams of this account among [`ResolvedSubject::teams`]. May be left out when
    /// there is a user.
    pub teams: Vec<ExistingTeam>,
}

/// A user who was deleted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DeletedUserMatch {
    /// Whom.
    pub id: UserId,
    /// Whether the account has a login make them again.
    pub may_return: bool,
}

/// A user who is there already.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExistingUser {
    /// Whom.
    pub id: UserId,
    /// Whether they may log in, and whether they have.
    pub status: UserStatus,
    /// What this connection calls them, if they have an identity on it.
    pub subject: Option<String>,
    /// Whether that subject is in lower case and matches without regard to
    /// case: it was stored before subjects were compared exactly.
    pub ignores_case: bool,
}

/// A team that is there already.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExistingTeam {
    /// Which.
    pub id: TeamId,
    /// Its name, in its own spelling.
    pub name: TeamName,
}

/// All that the rules look at of one login.
#[derive(Debug, Clone, Copy)]
pub struct Login<'a> {
    /// Whether the connection is enabled.
    pub connection_enabled: bool,
    /// The connection's policy.
    pub policy: &'a crate::domain::connection::ProvisioningPolicy,
    /// Whom the verified assertion speaks of.
    pub subject: &'a Subject,
    /// What it says of them.
    pub attributes: &'a Attributes,
}

/// What a login does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plan {
    /// The decision.
    pub decision: Decision,
    /// The values that were replaced on the way. Empty unless a user is created.
    pub fallbacks: Vec<ValueFallback>,
}

/// The decision of a plan, with everything it touches.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Decision {
    /// There is no such user: make one.
    Create(Box<Creation>),
    /// An administrator prepared this user, and this is their first login.
    /// What was prepared stands.
    Claim(ExistingUserLogin),
    /// The user is there and has logged in before. Nothing of them changes.
    SignIn(ExistingUserLogin),
    /// Nobody is let in.
    Deny(Denial),
}

/// How a known user comes in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExistingUserLogin {
    /// Whom.
    pub user: UserId,
    /// How they were found.
    pub found_by: FoundBy,
    /// The subject to make an identity of, if they have none on this
    /// connection yet and the subject is not transient. If they were found by
    /// an identity: the subject that it has from now on.
    pub link: Option<String>,
}

/// How a known user was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum FoundBy {
    /// By what this connection calls them.
    Identity,
    /// By their e-mail address.
    Email,
}

impl FoundBy {
    /// All of them.
    pub const ALL: [Self; 2] = [Self::Identity, Self::Email];

    /// The name on every wire and in the database.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Identity => "identity",
            Self::Email => "email",
        }
    }
}

/// A user to be made, each value with where it came from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Creation {
    /// The subject to make an identity of, unless it is transient.
    pub link: Option<String>,
    /// The address.
    pub email: Sourced<Email>,
    /// The account role.
    pub role: Sourced<AccountRole>,
    /// Everything else of the person.
    pub profile: Profile,
    /// Where each field of the profile that has a value came from; first and
    /// last name always. The mobile number stands under
    /// [`Field::MobileNumber`].
    pub sources: Vec<(Field, Source)>,
    /// The teams that the user is put into, each once.
    pub teams: Vec<TeamAssignment>,
}

/// A team that a new user is put into.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TeamAssignment {
    /// The team's name: its own spelling if it exists, else the assertion's.
    pub name: TeamName,
    /// The team, if it exists; else it is made.
    pub existing: Option<TeamId>,
    /// The role that is requested and stored.
    pub requested: TeamRole,
    /// The role in effect. Never lower than the account role.
    pub role: Sourced<TeamRole>,
}

/// A value with where it came from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sourced<T> {
    /// The value.
    pub value: T,
    /// Where it came from.
    pub source: Source,
}

/// Where a value came from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Source {
    /// The `NameID`.
    NameId,
    /// An attribute, by the name under which it was received.
    Attribute(String),
    /// Parsed from the e-mail address.
    EmailAddress,
    /// The default, because nothing (usable) was there.
    Default,
    /// A team role that was raised to the account role.
    RaisedToAccountRole,
}

/// A malformed or forbidden value that was replaced by its fallback.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ValueFallback {
    /// The attribute, by the name under which it was received.
    pub attribute: String,
    /// The value as it was received, cut to
    /// [`MAX_ACTUAL_CHARS`](crate::domain::check::MAX_ACTUAL_CHARS) characters.
    pub value: String,
    /// What is wrong with it.
    pub reason: FallbackReason,
    /// What was used instead; `None` when nothing was.
    pub used: Option<String>,
}

/// Why a value was replaced.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FallbackReason {
    /// Longer than the field may be.
    TooLong,
    /// Contains a control character.
    ControlCharacter,
    /// Contains a character that is invisible or changes the direction of text.
    InvisibleCharacter,
    /// No role of this kind.
    UnknownRole,
    /// No region of ISO 3166-1.
    UnknownRegion,
    /// A mobile number without a usable region.
    NoRegion,
    /// No valid number of its region.
    InvalidNumber,
    /// No absolute http or https URL.
    InvalidUrl,
    /// One of several values where there can be only one.
    SeveralValues,
    /// The team was named before.
    RepeatedTeam,
    /// Neither one team role for all teams nor one for each.
    TeamRoleCount,
    /// A team role lower than the account role.
    LowerThanAccountRole(AccountRole),
}

impl From<TextFault> for FallbackReason {
    fn from(fault: TextFault) -> Self {
        match fault {
            TextFault::TooLong => Self::TooLong,
            TextFault::Control(_) => Self::ControlCharacter,
            TextFault::Invisible(_) | TextFault::Compatibility(_) | TextFault::Empty => {
                Self::InvisibleCharacter
            }
        }
    }
}

/// Why nobody is let in although every check of the message passed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Denial {
    /// The connection is disabled.
    ConnectionDisabled,
    /// The user is disabled.
    UserDisabled(UserId),
    /// The user was deleted, and the account has no login make them again.
    UserDeleted(UserId),
    /// The subject, or the attribute that the connection asks for instead, is
    /// absent, ambiguous, or out of bounds.
    SubjectUnusable,
    /// No usable e-mail address was found, and no identity either.
    EmailUnusable,
    /// The user with this address is called otherwise by this connection.
    IdentityConflict(UserId),
    /// The guard attribute is not in the assertion, and the user would have
    /// to be created.
    GuardAttributeMissing {
        /// The attribute that was looked for.
        attribute: String,
    },
}

impl Denial {
    /// The denial's stable code, on every wire and in the database.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::ConnectionDisabled => "connection_disabled",
            Self::UserDisabled(_) => "user_disabled",
            Self::UserDeleted(_) => "user_deleted",
            Self::SubjectUnusable => "subject_unusable",
            Self::EmailUnusable => "email_unusable",
            Self::IdentityConflict(_) => "identity_conflict",
            Self::GuardAttributeMissing { .. } => "guard_attribute_missing",
        }
    }

    /// The user who was found, and is not let in. One who was deleted is not
    /// there any more.
    #[must_use]
    pub fn user(&self) -> Option<UserId> {
        match self {
            Self::UserDisabled(user) | Self::UserDeleted(user) | Self::IdentityConflict(user) => {
                Some(*user)
            }
            Self::ConnectionDisabled
            | Self::SubjectUnusable
            | Self::EmailUnusable
            | Self::GuardAttributeMissing { .. } => None,
        }
    }
}

impl ResolvedSubject {
    /// The key of the e-mail address, if one was found.
    #[must_use]
    pub fn email_key(&self) -> Option<&EmailKey> {
        self.email.as_ref().map(|email| email.value.key())
    }
}
