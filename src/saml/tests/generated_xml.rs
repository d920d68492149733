//! Generated documents: well-formed XML with everything that a canonical form has to
//! decide.

use crate::saml::xml;

/// Prefixes with the namespaces that they may be bound to.
const PREFIXES: [&str; 6] = ["p", "q", "xs", "saml", "pp", "unused"];
const NAMESPACES: [&str; 6] =
    ["urn:1", "urn:2", "urn:10", "http://ns.example/a#", "http://ns.example:8080/?b=c", "URN:1"];
const NAMES: [&str; 5] = ["a", "b", "long-name_1", "é", "A"];
const LISTED: [&str; 9] = ["p", "q", "xs", "saml", "pp", "unused", "none", "xml", "#default"];
const SPACES: [&str; 6] = [" ", "  ", "\n", "\t", "\r\n", " \r "];

/// Pieces of texts and of attribute values.
const PIECES: [&str; 26] = [
    "a",
    "Z0",
    " ",
    "  ",
    "\n",
    "\t",
    "\r",
    "\r\n",
    "\n\r",
    "é",
    "😀",
    "\u{85}",
    "\u{2028}",
    "\u{fffd}",
    "]]",
    "]",
    "&amp;",
    "&lt;",
    "&gt;",
    "&quot;",
    "&apos;",
    "&#13;",
    "&#xA;",
    "&#9;",
    "&#x1F600;",
    "&#38;",
];

/// Generates the same documents for the same seed (SplitMix64).
pub(super) struct Generator(u64);

impl Generator {
    pub(super) fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// A well-formed document, in which the element with `ID="APEX"` is canonicalized,
    /// and the prefixes that its signature lists.
    pub(super) fn document(&mut self) -> (String, Vec<String>) {
        loop {
            let apex = self.element(4, " ID=\"APEX\"");
            let declared: String = PREFIXES
                .iter()
                .map(|prefix| format!(" xmlns:{prefix}=\"{}\"", self.pick(&NAMESPACES)))
                .collect();
            let outer = self.declarations();
            let text = format!("<w{declared}>{}<v{outer}>{apex}</v></w>", self.text());
            let listed = LISTED.iter().filter(|_| self.is_likely(4)).map(|one| (*one).to_owned());
            let listed = listed.collect();
            // Two attributes of one name, for example.
            if xml::parse(&text).is_ok() {
                return (text, listed);
            }
        }
    }

    fn below(&mut self, bound: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        usize::try_from((mixed ^ (mixed >> 31)) >> 32).unwrap() % bound
    }

    /// True once in so many times.
    fn is_likely(&mut self, bound: usize) -> bool {
        self.below(bound) == 0
    }

    fn pick<'t>(&mut self, from: &[&'t str]) -> &'t str {
        from[self.below(from.len())]
    }

    fn name(&mut self) -> String {
        let name = self.pick(&NAMES);
        match self.below(3) {
            0 => name.to_owned(),
            _ => format!("{}:{name}", self.pick(&PREFIXES)),
        }
    }

    fn quoted(&mut self, value: &str) -> String {
        let quote = if self.is_likely(2) && !value.contains('"') { '"' } else { '\'' };
        format!("={quote}{value}{quote}")
    }

    fn declarations(&mut self) -> String {
        let mut all = String::new();
        for prefix in PREFIXES {
            if self.is_likely(6) {
                let namespace = self.pick(&NAMESPACES);
                all += &format!("{}xmlns:{prefix}{}", self.pick(&SPACES), self.quoted(namespace));
            }
        }
        match self.below(8) {
            0 => all += &format!("{}xmlns{}", self.pick(&SPACES), self.quoted("")),
            1 | 2 => {
                let namespace = self.pick(&NAMESPACES);
                all += &format!("{}xmlns{}", self.pick(&SPACES), self.quoted(namespace));
            }
            3 if self.is_likely(4) => {
                all += " xmlns:xml='http://www.w3.org/XML/1998/namespace'";
            }
            _ => {}
        }
        all
    }

    fn attributes(&mut self) -> String {
        let mut all = String::new();
        for _ in 0..self.below(4) {
            let name = match self.below(6) {
                0 => self.pick(&["xml:lang", "xml:space", "xml:base"]).to_owned(),
                _ => self.name(),
            };
            let pieces = 0..self.below(5);
            let value: String = pieces.map(|_| self.pick(&PIECES)).collect();
            let value = if self.is_likely(4) { value + "\"" } else { value };
            all += &format!("{}{name}{}", self.pick(&SPACES), self.quoted(&value));
        }
        all
    }

    fn text(&mut self) -> String {
        let pieces = 0..self.below(4);
        let text: String = pieces.map(|_| self.pick(&PIECES)).collect();
        match self.below(6) {
            0 => format!("<![CDATA[{}&<>\"]]>", text.replace("]]", "]")),
            1 => text + "\"'",
            // This can't stand in a text (XML 1.0, 2.4).
            _ => text.replace("]]>", ""),
        }
    }

    fn element(&mut self, depth: usize, id: &str) -> String {
        let name = self.name();
        let (declarations, attributes) = (self.declarations(), self.attributes());
        let parts = match self.is_likely(2) {
            true => format!("{declarations}{id}{attributes}"),
            false => format!("{attributes}{id}{declarations}"),
        };
        let space = if self.is_likely(3) { self.pick(&SPACES) } else { "" };
        if self.is_likely(5) {
            return format!("<{name}{parts}{space}/>");
        }
        let mut content = self.text();
        for _ in 0..self.below(if depth == 0 { 1 } else { 3 }) {
            content += &self.element(depth - 1, "");
            content += &self.text();
        }
        format!("<{name}{parts}{space}>{content}</{name}{space}>")
    }
}
