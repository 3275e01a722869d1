//! The layers by name, and how many of them somebody insists on.

use std::fmt;
use std::io;

/// How much confinement is asked for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Confinement {
    /// Every layer that this machine has.
    #[default]
    Best,
    /// The same, and nothing is run where a layer that matters is missing.
    Strict,
    /// None but what following a program needs: for looking into the grader itself.
    Off,
}

/// One layer of confinement.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Layer {
    /// Each system call that others could notice is looked at before it is done.
    Tracing,
    /// The kernel refuses system calls by a filter.
    Seccomp,
    /// The kernel keeps files away (and TCP from version 4, abstract sockets and signals from 6).
    Landlock {
        /// The version of its interface.
        version: i32,
    },
    /// Limits on memory, files, descriptors and processor time.
    Limits,
    /// No right beyond an ordinary user's, root's neither.
    Capabilities,
    /// Users of its own.
    UserNamespace,
    /// A network of its own, with nobody in it.
    NetworkNamespace,
    /// A tree of files of its own.
    MountNamespace,
    /// System V objects and message queues of its own.
    IpcNamespace,
    /// Process numbers of its own: all end with the first.
    ProcessNamespace,
    /// Processes whose parents end come to the grader.
    Subreaper,
}

/// Confinement was asked for that cannot be had here.
#[derive(Debug)]
pub enum ConfinementError {
    /// These layers are missing.
    Missing(Vec<Layer>),
    /// A layer that is there did not work.
    Failed {
        /// Which.
        layer: Layer,
        /// Why.
        source: io::Error,
    },
}

impl fmt::Display for Layer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = match self {
            Layer::Tracing => "tracing",
            Layer::Seccomp => "seccomp",
            Layer::Landlock { version } => return write!(f, "landlock {version}"),
            Layer::Limits => "limits",
            Layer::Capabilities => "no capabilities",
            Layer::UserNamespace => "user namespace",
            Layer::NetworkNamespace => "network namespace",
            Layer::MountNamespace => "mount namespace",
            Layer::IpcNamespace => "ipc namespace",
            Layer::ProcessNamespace => "pid namespace",
            Layer::Subreaper => "subreaper",
        };
        f.write_str(name)
    }
}

impl fmt::Display for ConfinementError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ConfinementError::Missing(layers) => {
                let names: Vec<_> = layers
                    .iter()
                    .map(|layer| match layer {
                        Layer::Landlock { .. } => "landlock".to_owned(),
                        other => other.to_string(),
                    })
                    .collect();
                write!(f, "`--confinement strict` needs what this machine lacks: {}", names.join(", "))
            }
            ConfinementError::Failed { layer, source } => write!(f, "cannot confine programs by {layer}: {source}"),
        }
    }
}

impl std::error::Error for ConfinementError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            ConfinementError::Failed { source, .. } => Some(source),
            ConfinementError::Missing(_) => None,
        }
    }
}
