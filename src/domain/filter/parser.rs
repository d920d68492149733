//! The parser of filters: one function for each rule of the grammar.

use std::str::FromStr;

use super::{
    Filter, FilterError, Literal, MAX_CHARS, MAX_DEPTH, MAX_TERMS, Operator, Path,
    custom_condition::is_prefix,
    tokenizer::{self, LocatedToken, Token},
};

const AN_ATTRIBUTE: &str = "an attribute, \"not\" or \"(\"";
const AN_OPERATOR: &str = "an operator (eq, ne, co, sw, ew, gt, ge, lt, le or pr)";
const A_VALUE: &str = "a value: a text in double quotes, a number, true, false or null";
const A_NAME: &str = "a name such as email, name.familyName or urn:…:User:email";
const A_GROUP: &str = "\"(\" after \"not\"";

impl Path {
    /// Parses the path of an attribute, such as `name.familyName`, with or without the URI
    /// of its schema. `None` if the text is not a path.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        parse_path(text)
    }
}

impl FromStr for Filter {
    type Err = FilterError;

    /// Parses a filter. Operators may be in any case, with any white space between words.
    /// `not` binds more tightly than `and`, and `and` more tightly than `or`.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        parse_filter(text, false)
    }
}

impl Filter {
    /// Parses a filter with one extension of the grammar that clients use: a sub-attribute
    /// after a value path, as in `emails[type eq "work"].value eq "ada@example.com"`. It is
    /// compared as if it were inside the brackets.
    ///
    /// # Errors
    /// The error of the value.
    pub fn parse_leniently(text: &str) -> Result<Self, FilterError> {
        parse_filter(text, true)
    }
}

/// Parses a filter. `lenient` also allows a sub-attribute after a value path.
fn parse_filter(text: &str, lenient: bool) -> Result<Filter, FilterError> {
    if text.chars().nth(MAX_CHARS).is_some() {
        return Err(FilterError::TooLong);
    }
    let tokens = tokenizer::tokenize(text);
    if tokens.is_empty() {
        return Err(FilterError::Empty);
    }
    let mut parser =
        FilterParser { text, tokens: &tokens, depth: 0, terms: 0, is_within: false, lenient };
    let filter = parser.parse_or()?;
    match parser.tokens {
        [] => Ok(filter),
        _ => Err(parser.syntax_error("\"and\", \"or\" or the end")),
    }
}

/// The state of the parser.
struct FilterParser<'a> {
    text: &'a str,
    tokens: &'a [LocatedToken<'a>],
    /// How many parentheses and brackets are open.
    depth: usize,
    /// How many comparisons were parsed.
    terms: usize,
    /// Whether a bracket is open.
    is_within: bool,
    /// Whether a part is allowed after brackets.
    lenient: bool,
}

impl<'a> FilterParser<'a> {
    /// `a or b or c`
    fn parse_or(&mut self) -> Result<Filter, FilterError> {
        self.parse_joined("or", Self::parse_and, Filter::Or)
    }

    /// `a and b and c`
    fn parse_and(&mut self) -> Result<Filter, FilterError> {
        self.parse_joined("and", Self::parse_operand, Filter::And)
    }

    fn parse_joined(
        &mut self,
        word: &str,
        read: fn(&mut Self) -> Result<Filter, FilterError>,
        join: fn(Vec<Filter>) -> Filter,
    ) -> Result<Filter, FilterError> {
        let first = read(self)?;
        let mut further = Vec::new();
        while self.take_word(word) {
            further.push(read(self)?);
        }
        if further.is_empty() {
            return Ok(first);
        }
        further.insert(0, first);
        Ok(join(further))
    }

    /// A group, a negated group, a comparison or a value path.
    fn parse_operand(&mut self) -> Result<Filter, FilterError> {
        if self.take_word("not") {
            return match self.peek() {
                Some(Token::Mark('(')) => Ok(Filter::Not(Box::new(self.parse_group(')')?))),
                _ => Err(self.syntax_error(A_GROUP)),
            };
        }
        match self.peek() {
            Some(Token::Mark('(')) => self.parse_group(')'),
            Some(Token::Word(written)) => self.parse_term(written),
            _ => Err(self.syntax_error(AN_ATTRIBUTE)),
        }
    }

    /// A filter in parentheses or brackets. The next token is the opening one.
    fn parse_group(&mut self, closing: char) -> Result<Filter, FilterError> {
        if self.depth == MAX_DEPTH {
            return Err(FilterError::TooDeep { at: self.position() });
        }
        self.skip();
        self.depth += 1;
        let filter = self.parse_or()?;
        self.depth -= 1;
        if self.peek() != Some(&Token::Mark(closing)) {
            return Err(self.syntax_error(match closing {
                ']' => "\"and\", \"or\" or \"]\"",
                _ => "\"and\", \"or\" or \")\"",
            }));
        }
        self.skip();
        Ok(filter)
    }

    /// A comparison or a value path. Both begin with an attribute.
    fn parse_term(&mut self, written: &str) -> Result<Filter, FilterError> {
        let path = parse_path(written).ok_or_else(|| self.syntax_error(A_NAME))?;
        let at = self.position();
        self.skip();
        if self.peek() == Some(&Token::Mark('[')) && !self.is_within {
            self.is_within = true;
            let filter = self.parse_group(']')?;
            let filter = Box::new(self.parse_part_after_filter(filter)?);
            self.is_within = false;
            return Ok(Filter::Within { path, filter });
        }
        if self.terms == MAX_TERMS {
            return Err(FilterError::TooManyTerms { at });
        }
        self.terms += 1;
        if self.take_word("pr") {
            return Ok(Filter::Present(path));
        }
        let operator = Operator::ALL.into_iter().find(|operator| self.take_word(operator.as_str()));
        let operator = operator.ok_or_else(|| self.syntax_error(AN_OPERATOR))?;
        let value = self.peek().and_then(to_literal).ok_or_else(|| self.syntax_error(A_VALUE))?;
        self.skip();
        Ok(Filter::Compare { path, operator, value })
    }

    /// `.value eq "x"` after brackets, as Microsoft Entra ID writes it: one value must meet
    /// both the filter in the brackets and this comparison.
    fn parse_part_after_filter(&mut self, filter: Filter) -> Result<Filter, FilterError> {
        if !self.lenient || self.peek() != Some(&Token::Stray('.')) {
            return Ok(filter);
        }
        self.skip();
        match self.peek() {
            Some(Token::Word(part)) => Ok(Filter::And(vec![filter, self.parse_term(part)?])),
            _ => Err(self.syntax_error(A_NAME)),
        }
    }

    fn peek(&self) -> Option<&'a Token<'a>> {
        self.tokens.first().map(|(token, _)| token)
    }

    fn skip(&mut self) {
        self.tokens = self.tokens.get(1..).unwrap_or_default();
    }

    /// Skips the next token if it is this word, regardless of case.
    fn take_word(&mut self, expected: &str) -> bool {
        let comes =
            matches!(self.peek(), Some(Token::Word(word)) if word.eq_ignore_ascii_case(expected));
        if comes {
            self.skip();
        }
        comes
    }

    /// The position of the next token, in characters from 1.
    fn position(&self) -> usize {
        let byte = self.tokens.first().map_or(self.text.len(), |(_, byte)| *byte);
        self.text.char_indices().take_while(|(index, _)| *index < byte).count() + 1
    }

    /// Returns the error that the next token is not the expected one.
    fn syntax_error(&self, expected: &'static str) -> FilterError {
        let found = self.peek().map_or_else(|| "the end".to_owned(), ToString::to_string);
        FilterError::Syntax { at: self.position(), found, expected }
    }
}

/// Splits a path into schema, name and sub-attribute. `None` if it is not a path.
fn parse_path(written: &str) -> Option<Path> {
    let (schema, attribute) = match written.rsplit_once(':') {
        Some((schema, attribute)) => (Some(schema), attribute),
        None => (None, written),
    };
    let (name, sub) = match attribute.split_once('.') {
        Some((name, sub)) => (name, Some(sub)),
        None => (attribute, None),
    };
    // A custom attribute may have sub-attributes: `attributes.office.city`.
    let depth = if is_prefix(name) { 2 } else { 1 };
    let are_subs = |sub: &str| sub.split('.').count() <= depth && sub.split('.').all(is_name);
    let are_names = is_name(name) && sub.is_none_or(are_subs);
    let is_schema = schema.is_none_or(|schema| !schema.ends_with(':') && schema.contains(':'));
    (are_names && is_schema).then(|| Path {
        schema: schema.map(str::to_owned),
        name: name.to_owned(),
        sub: sub.map(str::to_owned),
    })
}

/// `$ref` is a name in SCIM, although its grammar has no `$`.
fn is_name(text: &str) -> bool {
    let text = text.strip_prefix('$').unwrap_or(text);
    text.starts_with(|char: char| char.is_ascii_alphabetic())
        && text.chars().all(|char| char.is_ascii_alphanumeric() || char == '-' || char == '_')
}

fn to_literal(token: &Token<'_>) -> Option<Literal> {
    match token {
        Token::Text(text) => Some(Literal::Text(text.clone())),
        Token::Number(number) => Some(Literal::Number(number.clone())),
        Token::Word("true") => Some(Literal::Bool(true)),
        Token::Word("false") => Some(Literal::Bool(false)),
        Token::Word("null") => Some(Literal::Null),
        _ => None,
    }
}
