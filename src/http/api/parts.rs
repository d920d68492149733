//! The parts of a request, each as far as it can be used.
//!
//! If a part has errors, the use case is rehearsed with the rest: it runs in a
//! transaction that is rolled back. So the errors that need a look-up are reported
//! together with those of values, headers and parameters.

use std::future::Future;

use actix_web::HttpResponse;

use super::readable_part::ReadablePart;
use crate::{
    app::{self, App, callers::Caller},
    http::{auth::Authorized, blocking::BULK_DEADLINE, problem::Problem},
};

/// A part of a request.
#[derive(Debug)]
pub(super) enum Part<T> {
    /// A part without errors.
    Usable(T),
    /// A part with errors, and its value without them.
    Partial {
        /// What can be used.
        value: T,
        /// What can't be used.
        problem: Problem,
        /// What was left out of the body.
        rest: ReadablePart,
    },
    /// A part of which nothing can be used.
    Unusable(Problem),
}

impl<T> Part<T> {
    /// A value with errors, if there is a problem.
    pub(super) fn new(value: T, problem: Option<Problem>) -> Self {
        match problem {
            Some(problem) => Self::Partial { value, problem, rest: ReadablePart::default() },
            None => Self::Usable(value),
        }
    }

    /// The value, as far as it can be used, and the problem with what was left out.
    fn into_parts(self) -> (Option<T>, Option<(Problem, ReadablePart)>) {
        match self {
            Self::Usable(value) => (Some(value), None),
            Self::Partial { value, problem, rest } => (Some(value), Some((problem, rest))),
            Self::Unusable(problem) => (None, Some((problem, ReadablePart::default()))),
        }
    }

    /// The problem, if there is one.
    pub(super) fn problem(&self) -> Option<&Problem> {
        match self {
            Self::Usable(_) => None,
            Self::Partial { problem, .. } | Self::Unusable(problem) => Some(problem),
        }
    }

    /// The problem, if there is one.
    pub(super) fn into_problem(self) -> Option<Problem> {
        self.into_parts().1.map(|(problem, _)| problem)
    }

    /// Converts the value.
    pub(super) fn map<U>(self, convert: impl FnOnce(T) -> U) -> Part<U> {
        match self {
            Self::Usable(value) => Part::Usable(convert(value)),
            Self::Partial { value, problem, rest } => {
                Part::Partial { value: convert(value), problem, rest }
            }
            Self::Unusable(problem) => Part::Unusable(problem),
        }
    }

    /// The same part, where a rehearsal finds no further errors of values.
    pub(super) fn with_checked_values(mut self) -> Self {
        if let Self::Partial { rest, .. } = &mut self {
            rest.is_checked = true;
        }
        self
    }

    fn with<U>(self, other: Part<U>) -> Part<(T, U)> {
        let ((one, one_error), (two, two_error)) = (self.into_parts(), other.into_parts());
        let error = match (one_error, two_error) {
            (Some((one, one_rest)), Some((two, two_rest))) => {
                Some((one.merge_optional(Some(two)), one_rest.or(two_rest)))
            }
            (one, two) => one.or(two),
        };
        match (one.zip(two), error) {
            (Some(value), Some((problem, rest))) => Part::Partial { value, problem, rest },
            (Some(value), None) => Part::Usable(value),
            (None, Some((problem, _))) => Part::Unusable(problem),
            // A part without a value has a problem.
            (None, None) => Part::Unusable(Problem::Cancelled),
        }
    }

    /// Runs `work` with the value. If the part has errors, rehearses `work`, and adds
    /// the errors that it finds.
    ///
    /// # Errors
    /// Those of `work`, or all errors of the part.
    pub(super) async fn run<A: 'static, W>(
        self,
        auth: Authorized<A>,
        work: impl FnOnce(Authorized<A>, T) -> W,
    ) -> Result<HttpResponse, Problem>
    where
        W: Future<Output = Result<HttpResponse, Problem>>,
    {
        match self {
            Self::Usable(value) => work(auth, value).await,
            Self::Partial { value, problem, rest } => {
                Err(match work(auth.into_rehearsal(), value).await {
                    Err(found) => problem.merge_found(found, |error| rest.relocate(error)),
                    Ok(_) => problem,
                })
            }
            Self::Unusable(problem) => Err(problem),
        }
    }
}

impl<T: Send + 'static> Part<T> {
    /// Runs a use case that deletes the resource that the part names.
    ///
    /// # Errors
    /// Those of [`Self::run`].
    pub(super) async fn delete<A: 'static, R: Send + 'static>(
        self,
        auth: Authorized<A>,
        delete: impl FnOnce(&App, &Caller, T) -> Result<R, app::Error> + Send + 'static,
    ) -> Result<HttpResponse, Problem> {
        let delete = async |auth: Authorized<A>, target| {
            // All that belongs to the resource is deleted too.
            let delete = move |app: &App, caller: &Caller| delete(app, caller, target);
            auth.run_within(BULK_DEADLINE, delete).await?;
            Ok(HttpResponse::NoContent().finish())
        };
        self.run(auth, delete).await
    }
}

/// Converts the result of parsing to a part.
pub(super) trait IntoPart<T> {
    /// A part of which nothing can be used if there is an error.
    fn into_part(self) -> Part<T>;

    /// A part whose default is used if there is an error.
    fn or_default(self) -> Part<T>
    where
        T: Default;
}

impl<T> IntoPart<T> for Result<T, Problem> {
    fn into_part(self) -> Part<T> {
        self.map_or_else(Part::Unusable, Part::Usable)
    }

    fn or_default(self) -> Part<T>
    where
        T: Default,
    {
        match self {
            Ok(value) => Part::Usable(value),
            Err(problem) => Part::new(T::default(), Some(problem)),
        }
    }
}

/// Joins the parts of a request, and their problems.
pub(super) trait JoinParts {
    /// The values.
    type Values;

    /// Returns the values of all parts as one part.
    fn join(self) -> Part<Self::Values>;
}

impl<A, B> JoinParts for (Part<A>, Part<B>) {
    type Values = (A, B);

    fn join(self) -> Part<(A, B)> {
        self.0.with(self.1)
    }
}

impl<A, B, C> JoinParts for (Part<A>, Part<B>, Part<C>) {
    type Values = (A, B, C);

    fn join(self) -> Part<(A, B, C)> {
        self.0.with(self.1).with(self.2).map(|((a, b), c)| (a, b, c))
    }
}

impl<A, B, C, D> JoinParts for (Part<A>, Part<B>, Part<C>, Part<D>) {
    type Values = (A, B, C, D);

    fn join(self) -> Part<(A, B, C, D)> {
        (self.0.with(self.1), self.2, self.3).join().map(|((a, b), c, d)| (a, b, c, d))
    }
}
