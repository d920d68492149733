//! The parser of filters: one function for each rule of the grammar.

use std::str::FromStr;

use super::{
    Filter, FilterFault, MAX_CHARS, MAX_DEPTH, MAX_TERMS, Operator, Path, Value,
    token::{self, Placed, Token},
};

const AN_ATTRIBUTE: &str = "an attribute, \"not\" or \"(\"";
const AN_OPERATOR: &str = "an operator (eq, ne, co, sw, ew, gt, ge, lt, le or pr)";
const A_VALUE: &str = "a value: a text in double quotes, a number, true, false or null";
const A_NAME: &str = "a name such as email, name.familyName or urn:…:User:email";
const A_GROUP: &str = "\"(\" after \"not\"";

impl Path {
    /// Reads an attribute's name: `name.familyName`, with the URI of its schema
    /// or without. `None` if it does not have the shape of one.
    #[must_use]
    pub fn read(text: &str) -> Option<Self> {
        path(text)
    }
}

impl FromStr for Filter {
    type Err = FilterFault;

    /// Reads a filter: operators in any case, any white space between words,
    /// `not` before `and` before `or`.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        filter(text, false)
    }
}

impl Filter {
    /// Reads a filter as clients are known to write it: besides the grammar of
    /// the standard, with a part behind a value path, which is compared as if it
    /// stood in its brackets: `emails[type eq "work"].value eq "ada@example.com"`.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn read_leniently(text: &str) -> Result<Self, FilterFault> {
        filter(text, true)
    }
}

/// Reads a filter. `lenient`: with what clients are known to write besides.
fn filter(text: &str, lenient: bool) -> Result<Filter, FilterFault> {
    if text.chars().nth(MAX_CHARS).is_some() {
        return Err(FilterFault::TooLong);
    }
    let tokens = token::tokens(text);
    if tokens.is_empty() {
        return Err(FilterFault::Empty);
    }
    let mut reader =
        Reader { text, tokens: &tokens, depth: 0, terms: 0, is_within: false, lenient };
    let filter = reader.any()?;
    match reader.tokens {
        [] => Ok(filter),
        _ => Err(reader.fault("\"and\", \"or\" or the end")),
    }
}

/// What is still to be read.
struct Reader<'a> {
    text: &'a str,
    tokens: &'a [Placed<'a>],
    /// How many parentheses and brackets are open.
    depth: usize,
    /// How many comparisons were read.
    terms: usize,
    /// Whether a bracket is open.
    is_within: bool,
    /// Whether a part may stand behind brackets.
    lenient: bool,
}

impl<'a> Reader<'a> {
    /// `a or b or c`
    fn any(&mut self) -> Result<Filter, FilterFault> {
        self.joined("or", Self::all, Filter::Or)
    }

    /// `a and b and c`
    fn all(&mut self) -> Result<Filter, FilterFault> {
        self.joined("and", Self::one, Filter::And)
    }

    fn joined(
        &mut self,
        word: &str,
        read: fn(&mut Self) -> Result<Filter, FilterFault>,
        join: fn(Vec<Filter>) -> Filter,
    ) -> Result<Filter, FilterFault> {
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
    fn one(&mut self) -> Result<Filter, FilterFault> {
        if self.take_word("not") {
            return match self.next() {
                Some(Token::Mark('(')) => Ok(Filter::Not(Box::new(self.nested(')')?))),
                _ => Err(self.fault(A_GROUP)),
            };
        }
        match self.next() {
            Some(Token::Mark('(')) => self.nested(')'),
            Some(Token::Word(written)) => self.term(written),
            _ => Err(self.fault(AN_ATTRIBUTE)),
        }
    }

    /// What stands between parentheses or brackets, the next of which opens.
    fn nested(&mut self, closing: char) -> Result<Filter, FilterFault> {
        if self.depth == MAX_DEPTH {
            return Err(FilterFault::TooDeep { at: self.at() });
        }
        self.skip();
        self.depth += 1;
        let filter = self.any()?;
        self.depth -= 1;
        if self.next() != Some(&Token::Mark(closing)) {
            return Err(self.fault(match closing {
                ']' => "\"and\", \"or\" or \"]\"",
                _ => "\"and\", \"or\" or \")\"",
            }));
        }
        self.skip();
        Ok(filter)
    }

    /// What begins with an attribute.
    fn term(&mut self, written: &str) -> Result<Filter, FilterFault> {
        let path = path(written).ok_or_else(|| self.fault(A_NAME))?;
        let at = self.at();
        self.skip();
        if self.next() == Some(&Token::Mark('[')) && !self.is_within {
            self.is_within = true;
            let filter = self.nested(']')?;
            let filter = Box::new(self.part_behind(filter)?);
            self.is_within = false;
            return Ok(Filter::Within { path, filter });
        }
        if self.terms == MAX_TERMS {
            return Err(FilterFault::TooManyTerms { at });
        }
        self.terms += 1;
        if self.take_word("pr") {
            return Ok(Filter::Present(path));
        }
        let operator = Operator::ALL.into_iter().find(|operator| self.take_word(operator.as_str()));
        let operator = operator.ok_or_else(|| self.fault(AN_OPERATOR))?;
        let value = self.next().and_then(value).ok_or_else(|| self.fault(A_VALUE))?;
        self.skip();
        Ok(Filter::Compare { path, operator, value })
    }

    /// `.value eq "x"` behind brackets, as Microsoft Entra ID writes it: one
    /// value meets what stands in them, and that as well.
    fn part_behind(&mut self, filter: Filter) -> Result<Filter, FilterFault> {
        if !self.lenient || self.next() != Some(&Token::Stray('.')) {
            return Ok(filter);
        }
        self.skip();
        match self.next() {
            Some(Token::Word(part)) => Ok(Filter::And(vec![filter, self.term(part)?])),
            _ => Err(self.fault(A_NAME)),
        }
    }

    fn next(&self) -> Option<&'a Token<'a>> {
        self.tokens.first().map(|(token, _)| token)
    }

    fn skip(&mut self) {
        self.tokens = self.tokens.get(1..).unwrap_or_default();
    }

    /// Goes past a word, if it comes next, regardless of case.
    fn take_word(&mut self, expected: &str) -> bool {
        let comes =
            matches!(self.next(), Some(Token::Word(word)) if word.eq_ignore_ascii_case(expected));
        if comes {
            self.skip();
        }
        comes
    }

    /// The place of the next token, in characters from 1.
    fn at(&self) -> usize {
        let byte = self.tokens.first().map_or(self.text.len(), |(_, byte)| *byte);
        self.text.char_indices().take_while(|(place, _)| *place < byte).count() + 1
    }

    /// Returns the error that the next token is not the expected one.
    fn fault(&self, expected: &'static str) -> FilterFault {
        let found = self.next().map_or_else(|| "the end".to_owned(), ToString::to_string);
        FilterFault::Syntax { at: self.at(), found, expected }
    }
}

/// Splits an attribute into schema, name and sub-attribute, if it has the
/// shape of one.
fn path(written: &str) -> Option<Path> {
    let (schema, attribute) = match written.rsplit_once(':') {
        Some((schema, attribute)) => (Some(schema), attribute),
        None => (None, written),
    };
    let (name, sub) = match attribute.split_once('.') {
        Some((name, sub)) => (name, Some(sub)),
        None => (attribute, None),
    };
    let are_names = is_name(name) && sub.is_none_or(is_name);
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

fn value(token: &Token<'_>) -> Option<Value> {
    match token {
        Token::Text(text) => Some(Value::Text(text.clone())),
        Token::Number(number) => Some(Value::Number(number.clone())),
        Token::Word("true") => Some(Value::Bool(true)),
        Token::Word("false") => Some(Value::Bool(false)),
        Token::Word("null") => Some(Value::Null),
        _ => None,
    }
}
