//! The entry point of the command line, which [`usher::cli`] implements.

use std::process::ExitCode;

use mimalloc::MiMalloc;

/// The allocator of the whole program, including its C libraries. `docs/performance.md` has
/// what it saves.
#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

fn main() -> ExitCode {
    usher::cli::run()
}
