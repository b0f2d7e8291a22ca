//! The program: reads the command line, runs the command, prints what went wrong.

use std::io::Write;
use std::process::ExitCode;

use clap::Parser;
use khaya_api::commands::{Arguments, run};
use khaya_api::edge::chain;

/// Many small allocations on each request, freed on other threads than those that made them: what mimalloc is made for.
/// `docs/performance.md` has the difference.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => return fail(&error),
    };
    match runtime.block_on(run(arguments)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => fail(error.as_ref()),
    }
}

fn fail(error: &dyn std::error::Error) -> ExitCode {
    // When standard error is gone, nobody is left to tell.
    let _ = writeln!(std::io::stderr(), "{}", chain(error).trim_end());
    ExitCode::FAILURE
}
