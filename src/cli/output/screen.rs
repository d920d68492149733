//! The width of the terminal, and whether it supports colour.

use std::{
    env,
    io::{self, IsTerminal},
};

use anstyle::{AnsiColor, Style as AnsiStyle};
use terminal_size::{Width, terminal_size_of};

/// The minimum width of a terminal that is respected.
const MIN_WIDTH: usize = 20;

/// The kind of standard output.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::cli) struct Screen {
    /// The number of its columns. `None`: no limit, as for a file or a pipe.
    pub(in crate::cli) width: Option<usize>,
    /// Whether it supports colour.
    pub(in crate::cli) is_coloured: bool,
}

/// The style of a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::cli) enum Style {
    /// The head of a table, or a title.
    Heading,
    /// The label of a value.
    Label,
    /// Something failed.
    Bad,
    /// Something passed.
    Good,
}

impl Screen {
    /// Standard output. `COLUMNS` overrides the terminal; `NO_COLOR`
    /// (no-color.org) turns colour off.
    pub(in crate::cli) fn for_stdout() -> Self {
        let stdout = io::stdout();
        let columns = env::var("COLUMNS").ok().and_then(|columns| columns.trim().parse().ok());
        let terminal = terminal_size_of(&stdout).map(|(Width(width), _)| usize::from(width));
        let width = columns.or(terminal).filter(|width| *width > 0);
        let is_set = |name: &str| env::var_os(name).is_some_and(|value| !value.is_empty());
        let is_dumb = env::var_os("TERM").is_some_and(|term| term == "dumb");
        Self {
            width: width.map(|width: usize| width.max(MIN_WIDTH)),
            is_coloured: stdout.is_terminal() && !is_set("NO_COLOR") && !is_dumb,
        }
    }

    /// The text in a style, if the screen takes colour.
    pub(in crate::cli) fn paint(self, style: Style, text: &str) -> String {
        if !self.is_coloured || text.is_empty() {
            return text.to_owned();
        }
        let style = match style {
            Style::Heading => AnsiStyle::new().bold(),
            Style::Label => AnsiStyle::new().dimmed(),
            Style::Bad => AnsiColor::Red.on_default().bold(),
            Style::Good => AnsiColor::Green.on_default(),
        };
        format!("{style}{text}{style:#}")
    }
}
