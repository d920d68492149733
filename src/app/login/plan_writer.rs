//! Applying a plan: each line of the plan is one write.

use crate::{
    app::{
        Error, audit, deleted_users,
        login::attempt_builder::AttemptBuilder,
        random, teams,
        users::{UserDiff, diff_users},
    },
    domain::{
        Timestamp,
        audit::{Actor, AuditAction, AuditChange, AuditTarget, Author, Via},
        audited_field::AuditedField,
        connection::Connection,
        id::{IdentityId, TeamId, UserId},
        provenance::Provenance,
        provisioning::{
            Decision, ExistingUserLogin, FoundBy, Plan, PlannedUserUpdate, TeamAssignment,
            TeamChange, UserCreation,
        },
        subject::SubjectKey,
        team::{Membership, Team},
        user::{Identity, Origin, User, UserStatus},
    },
    store::{StoreError, Tx},
};

/// The user whom a plan signs in.
pub(super) struct SignedInUser {
    pub(super) id: UserId,
    /// When the latest login is recorded that this transaction knows of, or writes.
    pub(super) last_login_at: Option<Timestamp>,
}

/// Applies a plan, and returns the user who is signed in. Returns `None` if the
/// plan is a denial; nothing is written then.
pub(super) fn apply_plan(
    tx: &mut Tx<'_>,
    connection: &Connection,
    plan: &Plan,
    update: Option<&PlannedUserUpdate>,
    attempt: &AttemptBuilder,
) -> Result<Option<SignedInUser>, Error> {
    let author = Author {
        account: connection.account,
        actor: Actor::Login(attempt.id()),
        via: Via::Connection(connection.id),
        request: None,
    };
    let mut writer = PlanWriter { tx, connection, author, now: attempt.started_at() };
    match &plan.decision {
        Decision::Create(creation) => {
            let last_login_at = Some(writer.now);
            let created = writer.create(creation)?;
            Ok(Some(SignedInUser { id: created, last_login_at }))
        }
        Decision::Claim(login) => writer.sign_in_existing(login, true, update).map(Some),
        Decision::SignIn(login) => writer.sign_in_existing(login, false, update).map(Some),
        Decision::Deny(_) => Ok(None),
    }
}

struct PlanWriter<'a, 'tx> {
    tx: &'a mut Tx<'tx>,
    connection: &'a Connection,
    author: Author,
    now: Timestamp,
}

impl PlanWriter<'_, '_> {
    fn create(&mut self, creation: &UserCreation) -> Result<UserId, Error> {
        let UserCreation {
            link,
            email,
            external_id,
            user_name,
            role,
            display_name,
            manager,
            profile,
            sources: _,
            teams,
        } = creation;
        let id = random::generate_id(UserId::new, self.now)?;
        let email = email.value.clone();
        let mut user = User {
            external_id: external_id.clone(),
            user_name: user_name.clone(),
            role: role.value,
            display_name: display_name.clone(),
            manager: manager.clone(),
            profile: profile.clone(),
            status: UserStatus::Active,
            first_login_at: Some(self.now),
            last_login_at: Some(self.now),
            ..User::new(id, self.connection.account, email, Origin::Login, self.now)
        };
        user.record_creation(&creation.default_fields(), &self.provenance());
        self.remove_tombstones(link.as_ref(), &user)?;
        self.tx.insert_user(&user)?;
        self.insert_audit(AuditAction::UserCreate, user.id, diff_users(None, Some(&user)))?;
        self.insert_identity(user.id, link.as_ref())?;
        // Always in the same order, so that two first logins that create the same
        // teams can't deadlock.
        let mut teams = teams.iter().collect::<Vec<_>>();
        teams.sort_by_key(|assignment| assignment.name.key().as_str());
        for assignment in teams {
            self.add_to_team(user.id, assignment)?;
        }
        Ok(user.id)
    }

    /// Removes the tombstones of a user who is being re-created.
    fn remove_tombstones(
        &mut self,
        subject: Option<&SubjectKey>,
        user: &User,
    ) -> Result<(), Error> {
        let (account, connection) = (self.connection.account, self.connection.id);
        let key = user.email.key().clone();
        let mut deleted = self.tx.deleted_by_email(account, &[key])?;
        if let Some(subject) = subject {
            deleted.extend(self.tx.deleted_by_subject(account, connection, subject)?);
        }
        // Both look-ups may find the same tombstone.
        deleted.into_iter().try_for_each(|id| {
            deleted_users::remove(self.tx, &self.author, self.now, id, Vec::new()).map(drop)
        })
    }

    fn sign_in_existing(
        &mut self,
        login: &ExistingUserLogin,
        first: bool,
        update: Option<&PlannedUserUpdate>,
    ) -> Result<SignedInUser, Error> {
        let ExistingUserLogin { user, found_by, link, changes: _, teams } = login;
        let last_login_at = self.lock_user(*user, *found_by, first)?;
        if first {
            let status =
                |status: UserStatus| [(AuditedField::STATUS, Some(status.as_str().to_owned()))];
            let changes =
                AuditChange::diff(&status(UserStatus::Staged), &status(UserStatus::Active));
            self.insert_audit(AuditAction::UserClaim, *user, changes)?;
        }
        match (found_by, link) {
            (FoundBy::Identity, Some(subject)) => self.rename_identity(*user, subject)?,
            (FoundBy::Identity, None) => {}
            (FoundBy::Email, subject) => self.insert_identity(*user, subject.as_ref())?,
        }
        if let Some(update) = update {
            self.update_user(update, teams, first)?;
        }
        Ok(SignedInUser { id: *user, last_login_at })
    }

    /// Locks an existing user who signs in, and records a first login. Returns when the
    /// latest login is recorded.
    ///
    /// An identity that was unlinked since the plan was created does not sign in anybody.
    fn lock_user(
        &mut self,
        user: UserId,
        found_by: FoundBy,
        first: bool,
    ) -> Result<Option<Timestamp>, StoreError> {
        let Connection { account, id: connection, .. } = *self.connection;
        let is_by_identity = found_by == FoundBy::Identity;
        if !first {
            let identity_on = Some(connection).filter(|_| is_by_identity);
            return self.tx.lock_for_login(account, user, identity_on);
        }
        self.tx.record_first_login(account, user, self.now)?;
        if is_by_identity && !self.tx.has_identity(account, connection, user)? {
            return Err(StoreError::Stale { table: "identities" });
        }
        Ok(Some(self.now))
    }

    /// Writes the changes of a user. The login is recorded already.
    fn update_user(
        &mut self,
        update: &PlannedUserUpdate,
        teams: &[TeamChange],
        first: bool,
    ) -> Result<(), Error> {
        let (account, now) = (self.connection.account, self.now);
        let signed_in = |user: &User| match first {
            true => User {
                status: UserStatus::Active,
                first_login_at: Some(now),
                last_login_at: Some(now),
                updated_at: now,
                version: user.version + 1,
                ..user.clone()
            },
            false => User { last_login_at: Some(now), ..user.clone() },
        };
        let states = (signed_in(&update.before), signed_in(&update.after));
        let mut diff = UserDiff::new(states, &[], None, &self.provenance());
        // Always in the same order: see `create`.
        let mut teams: Vec<_> = teams.iter().collect();
        teams.sort_by_key(|change| change.assignment.name.key().as_str());
        for change in teams {
            diff.teams.push((self.find_or_create_team(&change.assignment)?, change.effect()));
        }
        diff.write(self.tx, &self.author, now)?;
        if diff.takes_admin() && self.tx.enabled_admins_for_update(account)?.is_empty() {
            // Another administrator existed when the plan was made: plan again.
            return Err(StoreError::Stale { table: "users" }.into());
        }
        Ok(())
    }

    fn rename_identity(&mut self, user: UserId, subject: &SubjectKey) -> Result<(), Error> {
        let Connection { account, id, .. } = *self.connection;
        Ok(self.tx.update_identity_subject(account, id, user, subject)?)
    }

    fn insert_identity(&mut self, user: UserId, subject: Option<&SubjectKey>) -> Result<(), Error> {
        let Some(subject) = subject else { return Ok(()) };
        let identity = Identity {
            id: random::generate_id(IdentityId::new, self.now)?,
            account: self.connection.account,
            connection: self.connection.id,
            subject: subject.clone(),
            user,
            created_at: self.now,
        };
        self.tx.insert_identity(&identity)?;
        let changes = vec![
            AuditChange::added(AuditedField::USER, &user),
            AuditChange::added(AuditedField::CONNECTION, &self.connection.id),
            AuditChange::added(AuditedField::SUBJECT, &subject.text),
        ];
        self.insert_audit(AuditAction::IdentityCreate, (identity.id, user), changes)
    }

    fn add_to_team(&mut self, user: UserId, assignment: &TeamAssignment) -> Result<(), Error> {
        let team = self.find_or_create_team(assignment)?;
        let membership = Membership {
            account: self.connection.account,
            team,
            user,
            requested_role: assignment.requested,
            created_at: self.now,
            provenance: Some(self.provenance()),
        };
        self.tx.insert_membership(&membership)?;
        let changes = vec![
            AuditChange::added(AuditedField::USER, &user),
            AuditChange::added(AuditedField::ROLE, membership.requested_role.as_str()),
        ];
        self.insert_audit(AuditAction::TeamMemberAdd, (team, user), changes)
    }

    fn provenance(&self) -> Provenance {
        self.author.provenance(self.now)
    }

    fn find_or_create_team(&mut self, assignment: &TeamAssignment) -> Result<TeamId, Error> {
        if let Some(team) = assignment.existing {
            return Ok(team);
        }
        let id = random::generate_id(TeamId::new, self.now)?;
        let (account, name) = (self.connection.account, assignment.name.clone());
        let team = Team::new(id, account, name, Origin::Login, self.now);
        self.tx.insert_team(&team)?;
        teams::audit_creation(self.tx, &self.author, &team)?;
        Ok(team.id)
    }

    fn insert_audit(
        &mut self,
        action: AuditAction,
        target: impl Into<AuditTarget>,
        changes: Vec<AuditChange>,
    ) -> Result<(), Error> {
        audit::record(self.tx, &self.author, self.now, action, target, changes)
    }
}
