//! The forms of a page, as a browser fills them in. It reads what the test
//! identity provider and Usher write, which escape every `<` and `>` of a
//! value, and no other page.

/// A form with what stands in it.
#[derive(Debug)]
pub(crate) struct Form {
    pub(crate) action: String,
    pub(crate) fields: Vec<(String, String)>,
}

impl Form {
    /// The first form of a page.
    pub(crate) fn parse(page: &str) -> Self {
        let start = page.find("<form").unwrap_or_else(|| panic!("no form: {page}"));
        let form = &page[start..page[start..].find("</form>").unwrap() + start];
        let mut tags = tags(form);
        let action = attribute(tags.next().unwrap().0, "action").unwrap();
        let (mut fields, mut select) = (Vec::new(), None);
        for (tag, after) in tags {
            let (name, value) = (attribute(tag, "name"), attribute(tag, "value"));
            match tag.split_whitespace().next().unwrap() {
                "input" => {
                    let left_out = tag.contains("type=\"checkbox\"") && !tag.ends_with(" checked");
                    if let Some(name) = name.filter(|_| !left_out) {
                        fields.push((name, value.unwrap_or_default()));
                    }
                }
                "textarea" => {
                    let text = after.split("</textarea>").next().unwrap();
                    // The first line break is the page's own.
                    fields.push((name.unwrap(), unescaped(text.trim_start_matches('\n'))));
                }
                "select" => select = name,
                "option" if tag.ends_with(" selected") => {
                    fields.push((select.clone().unwrap(), value.unwrap()));
                }
                _ => {}
            }
        }
        Self { action, fields }
    }

    /// The fields as they are sent.
    pub(crate) fn pairs(&self) -> Vec<(&str, &str)> {
        self.fields.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect()
    }
}

/// Where the links of a page lead.
pub(crate) fn links(page: &str) -> Vec<String> {
    let anchors = tags(page).filter(|(tag, _)| tag.starts_with("a "));
    anchors.filter_map(|(tag, _)| attribute(tag, "href")).collect()
}

/// What stands between the angle brackets of each tag, and what follows it.
fn tags(text: &str) -> impl Iterator<Item = (&str, &str)> {
    text.split('<').skip(1).filter_map(|part| part.split_once('>'))
}

fn attribute(tag: &str, name: &str) -> Option<String> {
    let (_, rest) = tag.split_once(&format!(" {name}=\""))?;
    Some(unescaped(rest.split('"').next()?))
}

fn unescaped(text: &str) -> String {
    let escapes = [("&#60;", "<"), ("&#62;", ">"), ("&#34;", "\""), ("&#39;", "'"), ("&#38;", "&")];
    escapes.iter().fold(text.to_owned(), |text, (escape, char)| text.replace(escape, char))
}
