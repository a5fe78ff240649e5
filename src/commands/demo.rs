//! `cargo sigra demo`: a project with everything there is, built and served.

use std::{
    net::TcpListener,
    path::Path,
    process::{Child, Command, ExitStatus},
    thread,
    time::{Duration, Instant},
};

use anyhow::Result;

use super::{
    install::Run,
    new,
    settle::{self, Intent},
};
use crate::{
    answers::Requested,
    apply,
    cli::Mode,
    feature::Database,
    project::{self, Project, toolchain},
    refusal::{DemoRefusal, Exit, Refusal},
    review,
    world::World,
};

const NAME: &str = "sigra-demo";
const PORT: u16 = 4000;
/// How often a program is looked at.
const GLANCE: Duration = Duration::from_millis(50);
/// How long it may take to end after a signal.
const PATIENCE: Duration = Duration::from_millis(500);

/// Performs the command.
pub fn run(world: &World) -> Result<Exit> {
    let port = port()?;
    let dir = Path::new(NAME);
    if !dir.exists() {
        new::make(dir, world)?;
    }
    let root = project::folder(dir).map_err(|_| foreign())?;
    apply::listen_for_ctrl_c();
    settle::stopped_run(&root, Intent::Write, world)?;
    if Project::read(&root, &world.templates)?.package.name != NAME {
        return Err(foreign().into());
    }
    let optional = world.templates.features.optional();
    let requested = Requested {
        database: Some(Database::Sqlite),
        features: optional.map(|name| (name, true)).collect(),
        yes: true,
        ..Requested::default()
    };
    let install = Run {
        verb: "demo",
        root: &root,
        requested: &requested,
        mode: Mode::default(),
        world,
    };
    install.perform()?;
    cargo(&root, &["build"], port)?;
    if apply::was_interrupted() {
        return Ok(Exit::Interrupted);
    }
    review::demo(port, world.voice);
    cargo(&root, &["run", "--quiet"], port)?;
    Ok(Exit::Done)
}

fn foreign() -> Refusal {
    DemoRefusal::Foreign { folder: NAME }.into()
}

/// The port, free: found out now rather than after the build.
fn port() -> Result<u16> {
    let port = match std::env::var("PORT") {
        Ok(typed) => typed.parse().map_err(|_| DemoRefusal::Port { typed })?,
        Err(_) => PORT,
    };
    match TcpListener::bind(("127.0.0.1", port)) {
        Ok(_) => Ok(port),
        Err(error) => {
            let why = error.to_string();
            Err(DemoRefusal::PortInUse { port, why }.into())
        }
    }
}

fn cargo(root: &Path, words: &[&str], port: u16) -> Result<()> {
    let mut cargo = Command::new(toolchain::program("CARGO", "cargo"));
    cargo
        .args(words)
        .current_dir(root)
        .env("PORT", port.to_string());
    let mut cargo = cargo
        .spawn()
        .map_err(|why| toolchain::cannot_run("cargo", &why))?;
    let status = wait(&mut cargo)?;
    if status.success() || apply::was_interrupted() {
        return Ok(());
    }
    let (words, folder) = (words.join(" "), NAME);
    Err(DemoRefusal::CargoFailed { words, folder }.into())
}

/// Waits for a program. Ctrl-C reaches it, too; SIGTERM may not, and then it is ended from here.
fn wait(program: &mut Child) -> Result<ExitStatus> {
    let mut since = None;
    loop {
        if let Some(status) = program.try_wait()? {
            return Ok(status);
        }
        if apply::was_interrupted() {
            let since = *since.get_or_insert_with(Instant::now);
            if since.elapsed() > PATIENCE {
                program.kill()?;
            }
        }
        thread::sleep(GLANCE);
    }
}
