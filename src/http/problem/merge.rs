//! Errors of several parts of a request, combined into one problem, so that the
//! caller reads all of them at once.

use super::{
    details::{MAX_ERRORS, ProblemError},
    kind::{CombinedProblem, Problem},
};
use crate::app;

/// The rank of a path that does not exist.
const PATH_RANK: u8 = 5;

/// The rank of another state of the resource.
const STATE_RANK: u8 = 6;

impl Problem {
    /// Merges this problem with another one, if there is one.
    pub(in crate::http) fn merge_optional(self, other: Option<Self>) -> Self {
        match other {
            Some(other) => self.merge(other),
            None => self,
        }
    }

    /// Whether the problem is about a part of the request that comes before the path:
    /// see [`Self::rank`].
    pub(in crate::http) fn precedes_path(&self) -> bool {
        self.rank().is_some_and(|rank| rank < PATH_RANK)
    }

    /// Combines this problem with the error of the path or of the precondition. `None` if it
    /// is no such error, or if this problem has an error of the same header.
    pub(in crate::http) fn with_target(&self, found: Self) -> Option<Self> {
        let found_rank = found.rank();
        let rank = self.rank().filter(|_| matches!(found_rank, Some(PATH_RANK | STATE_RANK)))?;
        let (errors, other) = (self.errors(), found.errors());
        let has_header = |header: &Option<String>| {
            header.is_some() && errors.iter().any(|error| error.header == *header)
        };
        if other.iter().any(|error| has_header(&error.header)) {
            return None;
        }
        let (status, code) = self.status_and_code();
        let combined = CombinedProblem { rank, status, code, errors };
        Some(Self::Combined(combined).merge(found))
    }

    /// Adds the errors that a rehearsal has found, each as `locate` returns it. Another
    /// problem of a rehearsal is not one of the request.
    pub(in crate::http) fn merge_found(
        self,
        found: Self,
        locate: impl Fn(ProblemError) -> Option<ProblemError>,
    ) -> Self {
        let Some(rank) = found.rank() else { return self };
        let (status, code) = found.status_and_code();
        let errors: Vec<_> = found.errors().into_iter().filter_map(locate).collect();
        if errors.is_empty() {
            return self;
        }
        self.merge(Self::Combined(CombinedProblem { rank, status, code, errors }))
    }

    /// Merges two problems. The lower rank determines status and code. A problem that
    /// does not concern the form of the request is returned alone.
    fn merge(self, other: Self) -> Self {
        let (Some(rank), Some(other_rank)) = (self.rank(), other.rank()) else {
            return if self.rank().is_none() { self } else { other };
        };
        let (status, code) =
            if rank <= other_rank { self.status_and_code() } else { other.status_and_code() };
        let mut errors = self.errors();
        let others = other.errors().into_iter().filter(|error| !errors.contains(error));
        errors.extend(others.collect::<Vec<_>>());
        if [rank, other_rank].contains(&STATE_RANK) {
            // Nothing is looked up in another state.
            errors.retain(|error| error.conflicts_with.is_none());
        }
        // One more than the response lists, so that it can say that there are more.
        errors.truncate(MAX_ERRORS + 1);
        Self::Combined(CombinedProblem { rank: rank.min(other_rank), status, code, errors })
    }

    /// The importance of a problem: input that cannot be read comes first, then
    /// invalid values, a path that does not exist, a precondition that is not met, and
    /// values that other resources have. `docs/api.md` has the same order.
    fn rank(&self) -> Option<u8> {
        match self {
            Self::Query(_) | Self::Headers(_) => Some(0),
            Self::Malformed(_) => Some(1),
            Self::TooLarge { .. } => Some(2),
            Self::MediaType { .. } | Self::Charset { .. } | Self::ContentEncodingNotSupported => {
                Some(3)
            }
            Self::Body(_) | Self::App(app::Error::Invalid(_)) => Some(4),
            Self::App(app::Error::NotFound { .. }) => Some(PATH_RANK),
            Self::Stale { .. }
            | Self::App(app::Error::PreconditionFailed { .. } | app::Error::AlreadyExists { .. }) => {
                Some(STATE_RANK)
            }
            Self::App(app::Error::UniqueConflict { .. }) => Some(7),
            Self::Combined(several) => Some(several.rank),
            _ => None,
        }
    }
}

/// Combines the results of the parts of a request.
pub(in crate::http) trait CombineResults {
    /// The parsed values.
    type Values;

    /// Returns the values of all parts.
    ///
    /// # Errors
    /// Returns one problem with the errors of all parts.
    fn combine(self) -> Result<Self::Values, Problem>;
}

impl<A, B> CombineResults for (Result<A, Problem>, Result<B, Problem>) {
    type Values = (A, B);

    fn combine(self) -> Result<(A, B), Problem> {
        match self {
            (Ok(first), Ok(second)) => Ok((first, second)),
            (Err(problem), Ok(_)) | (Ok(_), Err(problem)) => Err(problem),
            (Err(first), Err(second)) => Err(first.merge(second)),
        }
    }
}

impl<A, B, C> CombineResults for (Result<A, Problem>, Result<B, Problem>, Result<C, Problem>) {
    type Values = (A, B, C);

    fn combine(self) -> Result<(A, B, C), Problem> {
        let (a, b, c) = self;
        let ((a, b), c) = ((a, b).combine(), c).combine()?;
        Ok((a, b, c))
    }
}

impl<A, B, C, D> CombineResults
    for (Result<A, Problem>, Result<B, Problem>, Result<C, Problem>, Result<D, Problem>)
{
    type Values = (A, B, C, D);

    fn combine(self) -> Result<(A, B, C, D), Problem> {
        let (a, b, c, d) = self;
        let ((a, b), (c, d)) = ((a, b).combine(), (c, d).combine()).combine()?;
        Ok((a, b, c, d))
    }
}

#[cfg(test)]
mod tests {
    use actix_web::http::StatusCode;

    use super::*;
    use crate::domain::field_error::FieldError;

    fn field_errors(field: &'static str) -> Vec<FieldError> {
        vec![FieldError::new(field, "", "must be something else")]
    }

    fn problems() -> [Problem; 6] {
        [
            Problem::Query(field_errors("force")),
            Problem::Headers(field_errors("If-Match")),
            Problem::Malformed(FieldError::new("", "", "must be JSON")),
            Problem::MediaType { expected: &["application/json"] },
            Problem::App(app::Error::Invalid(field_errors("role"))),
            Problem::App(app::Error::not_found("user", "7")),
        ]
    }

    #[test]
    fn all_errors_are_listed_and_the_most_important_decides_the_status() {
        for (index, (status, code)) in [
            (StatusCode::BAD_REQUEST, "invalid_parameter"),
            (StatusCode::BAD_REQUEST, "invalid_parameter"),
            (StatusCode::BAD_REQUEST, "malformed"),
            (StatusCode::UNSUPPORTED_MEDIA_TYPE, "media_type"),
            (StatusCode::UNPROCESSABLE_ENTITY, "invalid"),
            (StatusCode::NOT_FOUND, "not_found"),
        ]
        .into_iter()
        .enumerate()
        {
            let rest = problems().into_iter().skip(index);
            let all = rest.rev().reduce(|later, earlier| earlier.merge(later)).unwrap();
            assert_eq!(all.status_and_code(), (status, code));
            assert_eq!(all.errors().len(), problems().len() - index);
        }
    }

    #[test]
    fn other_problems_are_not_combined() {
        let busy = || Problem::App(app::Error::deadline_exceeded());
        for query in [
            Problem::Query(field_errors("a")).merge(busy()),
            busy().merge(Problem::Query(field_errors("a"))),
        ] {
            assert_eq!(query.status_and_code().0, StatusCode::SERVICE_UNAVAILABLE);
        }
    }
}
