//! The command line and the documents: every command that a document shows can be parsed,
//! and every command is in `docs/commands.md`.

use std::{fs, path::PathBuf};

use clap::{Command, error::ErrorKind};

use super::{documents, project, read_file};

/// The reference, whose tables are made of the program's own help.
const REFERENCE: &str = "docs/commands.md";

/// What stands before and after the tables.
const MARKS: [&str; 2] = ["<!-- commands -->\n", "<!-- end of commands -->\n"];

/// The languages of blocks that a shell runs.
const SHELLS: [&str; 4] = ["", "console", "sh", "bash"];

/// A variable of the environment that has the test write the tables.
const WRITE: &str = "USHER_TEST_WRITE_COMMANDS";

/// The words of a command line, as a shell splits them, up to a comment or to
/// the next command.
fn split_words(line: &str) -> Vec<String> {
    let (mut words, mut word, mut quote) = (Vec::new(), String::new(), None);
    let mut is_word = false;
    for char in line.chars() {
        match (quote, char) {
            (Some(open), _) if char == open => quote = None,
            (None, '"' | '\'') => (quote, is_word) = (Some(char), true),
            (None, '#') if !is_word => break,
            (None, _) if char.is_whitespace() => {
                if std::mem::take(&mut is_word) {
                    words.push(std::mem::take(&mut word));
                }
            }
            _ => {
                word.push(char);
                is_word = true;
            }
        }
    }
    if is_word {
        words.push(word);
    }
    words
}

/// The command lines of the program in a line of a shell: from its name to what
/// ends a command.
fn commands(line: &str) -> Vec<Vec<String>> {
    let words = split_words(line);
    // Here the name is that of a file.
    let first = words.iter().find(|word| *word != "sudo");
    if first.is_some_and(|word| ["install", "mkdir"].contains(&word.as_str())) {
        return Vec::new();
    }
    let ends = |word: &str| ["|", "||", "&&", ";", "&", ">", ">>", "<"].contains(&word);
    let starts = words.iter().enumerate().filter(|(_, word)| {
        let name = word.trim_start_matches("$(");
        name == "usher" || name.ends_with("/usher") && !name.contains(':')
    });
    let commands = starts.map(|(start, _)| {
        let rest = words[start + 1..].iter().take_while(|word| !ends(word));
        rest.map(|word| word.trim_end_matches(')').to_owned()).collect::<Vec<_>>()
    });
    // `usher = …` is an assignment in another language.
    let is_command = |command: &Vec<String>| command.first().is_some_and(|word| word != "=");
    commands.filter(is_command).collect()
}

/// Why a command line can't be parsed. `None`: it can. A partial command may leave out
/// required arguments. `…` or a word in capitals is any value.
fn find_error(words: &[String], is_part: bool) -> Option<String> {
    let is_placeholder = |word: &str| {
        let word = word.trim_matches(['<', '>', '[', ']']);
        word.chars().all(|char| char.is_ascii_uppercase() || char == '_') && word.len() > 1
    };
    let is_open = is_part || words.iter().any(|word| word.contains('…'));
    let input = words.iter().filter(|word| *word != "…").cloned();
    let line = std::iter::once("usher".to_owned()).chain(input);
    let error = usher::cli::command().try_get_matches_from(line).err()?;
    let is_allowed = match error.kind() {
        ErrorKind::DisplayHelp | ErrorKind::DisplayVersion => true,
        ErrorKind::MissingRequiredArgument
        | ErrorKind::MissingSubcommand
        | ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand => is_open,
        ErrorKind::ValueValidation | ErrorKind::InvalidValue => {
            is_open && words.iter().any(|word| word.contains('…') || is_placeholder(word))
        }
        _ => false,
    };
    (!is_allowed).then(|| format!("usher {}: {error}", words.join(" ")))
}

/// What is wrong with the commands of a document.
fn find_errors(text: &str) -> Vec<String> {
    let (mut found, mut block, mut joined) = (Vec::new(), None, String::new());
    for line in text.lines() {
        if let Some(language) = line.trim_start().strip_prefix("```") {
            block = block.is_none().then_some(language);
            continue;
        }
        if block.is_some_and(|language| !SHELLS.contains(&language)) {
            continue;
        }
        if block.is_none() {
            for code in line.split('`').skip(1).step_by(2) {
                let lines = code.starts_with("usher ").then(|| commands(code));
                found.extend(lines.iter().flatten().filter_map(|words| find_error(words, true)));
            }
            continue;
        }
        let line = line.trim_start().trim_start_matches("$ ");
        match line.strip_suffix('\\') {
            Some(begun) => joined.push_str(begun),
            None => {
                let whole = std::mem::take(&mut joined) + line;
                found.extend(commands(&whole).iter().filter_map(|words| find_error(words, false)));
            }
        }
    }
    found
}

#[test]
fn every_command_in_a_document_can_be_parsed() {
    let top = ["README.md", "CONTRIBUTING.md"].map(|name| project().join(name));
    let all: Vec<PathBuf> = top.into_iter().chain(documents(&project().join("docs"))).collect();
    let mut found = Vec::new();
    for document in all {
        let text = fs::read_to_string(&document).expect("a document");
        let errors = find_errors(&text);
        found.extend(errors.iter().map(|error| format!("{}: {error}", document.display())));
    }
    assert!(found.is_empty(), "{}", found.join("\n"));
}

#[test]
fn unknown_command_in_a_document_is_detected() {
    let text = "`usher user list`, `usher connection set … --idp-initiated`, `usher user`\n\
                `usher user unlink USER IDENTITY`, `usher user fire ada`\n\
                ```console\n\
                $ usher account create acme \\\n    --name \"Acme, Inc.\"   # a comment, usher x\n\
                $ docker exec CONTAINER usher attempt list --colour | usher demo\n\
                $ usher key delete KEY\n\
                $ sudo install target/release/usher /usr/local/bin\n\
                ```\n\
                ```python\n\
                usher = Client()\n\
                ```\n";
    let found = find_errors(text);
    let found: Vec<&str> = found.iter().filter_map(|error| error.split(": ").next()).collect();
    assert_eq!(
        found,
        ["usher user fire ada", "usher attempt list --colour", "usher key delete KEY"]
    );
}

/// Each command that does something, with its usage and what it does.
fn rows(command: &Command) -> String {
    let own = command.get_subcommands().filter(|command| command.get_name() != "help");
    let (groups, leaves): (Vec<_>, Vec<_>) = own.partition(|command| command.has_subcommands());
    let mut text = String::new();
    if !leaves.is_empty() {
        text.push_str("| command | what it does |\n|---|---|\n");
    }
    for leaf in leaves {
        let usage = leaf.clone().render_usage().to_string();
        let usage = usage.trim_start_matches("Usage: ").replace(" [OPTIONS]", "");
        let about = leaf.get_about().map(ToString::to_string).unwrap_or_default();
        text.push_str(&format!("| `{usage}` | {about} |\n"));
    }
    for group in groups {
        let about = group.get_about().map(ToString::to_string).unwrap_or_default();
        text.push_str(&format!("\n## `usher {}`\n\n{about}.\n\n{}", group.get_name(), rows(group)));
    }
    text
}

#[test]
fn every_command_is_in_the_reference() {
    let mut command = usher::cli::command();
    command.build();
    let expected = rows(&command);
    let text = read_file(REFERENCE);
    let (before, rest) = text.split_once(MARKS[0]).expect("the mark before the tables");
    let (tables, after) = rest.split_once(MARKS[1]).expect("the mark after the tables");
    if std::env::var_os(WRITE).is_some() {
        let text = [before, MARKS[0], &expected, MARKS[1], after].concat();
        fs::write(project().join(REFERENCE), text).expect("the reference can be written");
        return;
    }
    assert_eq!(tables, expected, "run this test with {WRITE}=1");
}
