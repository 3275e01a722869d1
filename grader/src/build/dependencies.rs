//! The libraries that submissions may use: built once, by cargo, at the versions of the
//! course's `Cargo.lock`.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use cargo_metadata::camino::Utf8PathBuf;
use cargo_metadata::{DependencyKind, Message, Metadata, MetadataCommand, PackageId};
use serde::{Deserialize, Serialize};
use toml::{Table, Value};

use super::staging;
use super::toolchain::Toolchain;
use crate::course::Course;
use crate::workplace::{self, Workplace, WorkplaceError};

/// What changes here makes what was built before useless.
const FORMAT: u32 = 1;

/// Settings of the caller's that would change what is built.
const FOREIGN_SETTINGS: [&str; 16] = [
    "CARGO_BUILD_INCREMENTAL",
    "CARGO_BUILD_RUSTC",
    "CARGO_BUILD_RUSTC_WORKSPACE_WRAPPER",
    "CARGO_BUILD_RUSTC_WRAPPER",
    "CARGO_BUILD_RUSTFLAGS",
    "CARGO_BUILD_TARGET",
    "CARGO_BUILD_TARGET_DIR",
    "CARGO_ENCODED_RUSTFLAGS",
    "CARGO_INCREMENTAL",
    "CARGO_PROFILE_DEV_DEBUG",
    "CARGO_PROFILE_DEV_OPT_LEVEL",
    "CARGO_TARGET_DIR",
    "RUSTC_BOOTSTRAP",
    "RUSTC_WORKSPACE_WRAPPER",
    "RUSTC_WRAPPER",
    "RUSTFLAGS",
];

/// The built libraries, for every exercise.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Dependencies {
    /// By the exercise's package.
    packages: BTreeMap<String, PackageDependencies>,
    /// Where the libraries' own libraries are.
    pub search: Vec<PathBuf>,
}

/// What one exercise's package says of how it is compiled.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PackageDependencies {
    /// The edition of the language.
    pub edition: String,
    /// The package's version.
    pub version: String,
    /// The libraries it may use.
    pub libraries: Vec<Library>,
}

/// A built library.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Library {
    /// Its name in Rust.
    pub name: String,
    /// The file.
    pub path: PathBuf,
}

/// Why the libraries are not there.
#[derive(Debug, thiserror::Error)]
pub enum DependencyError {
    /// A manifest of the course cannot be used.
    #[error("{}: {problem}", path.display())]
    Manifest {
        /// Which.
        path: PathBuf,
        /// Why, as a fragment.
        problem: String,
    },
    /// cargo cannot be run.
    #[error("cannot run cargo: {0}")]
    NotRun(io::Error),
    /// cargo failed.
    #[error("cargo cannot build the libraries of the course:\n{0}")]
    Cargo(String),
    /// cargo chose other versions than the course's.
    #[error("Cargo.lock of the course does not hold {0}: run `cargo update --workspace` in the course")]
    Unlocked(String),
    /// A library was not among what cargo built.
    #[error("cargo built no library `{0}`")]
    NotBuilt(String),
    /// The grader's folder.
    #[error(transparent)]
    Workplace(#[from] WorkplaceError),
}

impl Dependencies {
    /// Those of an exercise's package.
    pub fn package(&self, name: &str) -> Option<&PackageDependencies> {
        self.packages.get(name)
    }

    fn there(&self) -> bool {
        self.packages.values().flat_map(|package| &package.libraries).all(|library| library.path.is_file())
    }
}

/// Builds the libraries, or finds them built.
///
/// # Errors
/// Where cargo cannot build them at the course's versions.
pub fn prepare(course: &Course, toolchain: &Toolchain, workplace: &Workplace) -> Result<Dependencies, DependencyError> {
    let files = staging::files(course)?;
    let mut digest = blake3::Hasher::new();
    digest.update(&FORMAT.to_le_bytes()).update(toolchain.version.as_bytes());
    for (path, text) in &files {
        digest.update(path.as_bytes()).update(&[0]).update(text.as_bytes()).update(&[0]);
    }
    let folder = workplace.dependencies().join(&digest.finalize().to_hex()[..16]);
    let _hold = workplace::hold(&folder)?;
    let record = folder.join("libraries.json");
    let known = fs::read(&record).ok().and_then(|bytes| serde_json::from_slice::<Dependencies>(&bytes).ok());
    if let Some(known) = known.filter(Dependencies::there) {
        return Ok(known);
    }
    staging::lay_out(&folder, &files)?;
    let build = Build { toolchain, folder: &folder };
    // Most machines have the crates already; only here may the network be used at all.
    let (messages, metadata) = match build.run(Network::Offline) {
        Ok(built) => built,
        Err(DependencyError::Cargo(_)) => build.run(Network::Allowed)?,
        Err(error) => return Err(error),
    };
    build.check_lock(&files)?;
    let dependencies = build.libraries(&messages, &metadata)?;
    let bytes = serde_json::to_vec_pretty(&dependencies).map_err(|error| DependencyError::Cargo(error.to_string()))?;
    workplace::write(&record, &bytes)?;
    Ok(dependencies)
}

#[derive(Clone, Copy)]
enum Network {
    Offline,
    Allowed,
}

struct Build<'a> {
    toolchain: &'a Toolchain,
    folder: &'a Path,
}

impl Build<'_> {
    fn run(&self, network: Network) -> Result<(Vec<Message>, Metadata), DependencyError> {
        let mut command = Command::new(&self.toolchain.cargo);
        // A target of its own keeps what runs while building (procedural macros, build
        // scripts) apart from what submissions are linked with.
        command
            .args(["build", "--workspace", "--quiet", "--message-format=json-render-diagnostics", "--target"])
            .arg(&self.toolchain.host)
            .current_dir(self.folder)
            .env("RUSTC", &self.toolchain.rustc)
            .stdin(Stdio::null());
        let mut metadata = MetadataCommand::new();
        metadata.cargo_path(&self.toolchain.cargo).current_dir(self.folder);
        let mut metadata_flags = vec!["--filter-platform".to_owned(), self.toolchain.host.clone()];
        if let Network::Offline = network {
            command.arg("--offline");
            metadata_flags.push("--offline".into());
        }
        metadata.other_options(metadata_flags);
        for setting in FOREIGN_SETTINGS {
            command.env_remove(setting);
            metadata.env_remove(setting);
        }
        command.env("CARGO_TARGET_DIR", self.folder.join("target"));
        let output = command.output().map_err(DependencyError::NotRun)?;
        if !output.status.success() {
            return Err(DependencyError::Cargo(String::from_utf8_lossy(&output.stderr).trim_end().to_owned()));
        }
        let messages = Message::parse_stream(&*output.stdout).collect::<Result<Vec<_>, _>>();
        let messages = messages.map_err(|error| DependencyError::Cargo(error.to_string()))?;
        let metadata = metadata.exec().map_err(|error| DependencyError::Cargo(error.to_string()))?;
        Ok((messages, metadata))
    }

    /// cargo drops from the lock file what no exercise uses, so `--locked` would refuse; what
    /// remains must be as the course has it.
    fn check_lock(&self, files: &[(String, String)]) -> Result<(), DependencyError> {
        let path = self.folder.join("Cargo.lock");
        let locked = |text: &str| -> Option<BTreeSet<String>> {
            let lock: Table = toml::from_str(text).ok()?;
            let packages = lock.get("package")?.as_array()?;
            // Those without a source are the exercises themselves.
            let foreign = packages.iter().filter(|package| package.get("source").is_some());
            let field = |package: &Value, name: &str| Some(package.get(name)?.as_str()?.to_owned());
            foreign
                .map(|package| {
                    let checksum = field(package, "checksum").unwrap_or_default();
                    Some(format!("{} {} {checksum}", field(package, "name")?, field(package, "version")?))
                })
                .collect()
        };
        let unreadable = || DependencyError::Manifest { path: path.clone(), problem: "not a lock file".into() };
        let used = fs::read_to_string(&path).ok().and_then(|text| locked(&text)).ok_or_else(unreadable)?;
        let given = files.iter().find(|(path, _)| path == "Cargo.lock").and_then(|(_, text)| locked(text));
        let given = given.ok_or_else(unreadable)?;
        match used.difference(&given).next() {
            None => Ok(()),
            Some(package) => {
                let name = package.rsplit_once(' ').map_or(package.as_str(), |(name, _)| name);
                Err(DependencyError::Unlocked(name.to_owned()))
            }
        }
    }

    fn libraries(&self, messages: &[Message], metadata: &Metadata) -> Result<Dependencies, DependencyError> {
        let mut built: HashMap<&PackageId, &Utf8PathBuf> = HashMap::new();
        for message in messages {
            if let Message::CompilerArtifact(artifact) = message {
                let target = self.folder.join("target").join(&self.toolchain.host);
                let library = artifact.filenames.iter().find(|file| {
                    file.extension() == Some("rlib") && file.as_std_path().starts_with(&target)
                        || file.extension() == Some("so")
                });
                if let Some(library) = library {
                    built.insert(&artifact.package_id, library);
                }
            }
        }
        let nodes = metadata.resolve.iter().flat_map(|resolve| &resolve.nodes);
        let nodes: HashMap<_, _> = nodes.map(|node| (&node.id, node)).collect();
        let mut packages = BTreeMap::new();
        for package in metadata.workspace_packages() {
            let direct = nodes.get(&package.id).iter().flat_map(|node| &node.deps).collect::<Vec<_>>();
            let mut libraries = Vec::new();
            for dependency in direct {
                if !dependency.dep_kinds.iter().any(|kind| kind.kind == DependencyKind::Normal) {
                    continue;
                }
                let path =
                    built.get(&dependency.pkg).ok_or_else(|| DependencyError::NotBuilt(dependency.name.clone()))?;
                libraries.push(Library { name: dependency.name.clone(), path: path.as_std_path().to_owned() });
            }
            libraries.sort_by(|one, other| one.name.cmp(&other.name));
            let edition = package.edition.as_str().to_owned();
            let version = package.version.to_string();
            packages.insert(package.name.to_string(), PackageDependencies { edition, version, libraries });
        }
        let deps = |root: PathBuf| root.join("debug/deps");
        let target = self.folder.join("target");
        let search = vec![deps(target.join(&self.toolchain.host)), deps(target)];
        Ok(Dependencies { packages, search })
    }
}
