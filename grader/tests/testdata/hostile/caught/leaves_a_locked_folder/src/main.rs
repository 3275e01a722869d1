//! A folder that cannot be looked into.

use std::os::unix::fs::PermissionsExt;

fn main() {
    std::fs::create_dir_all("/tmp/escaped-folder/in/in").unwrap();
    std::fs::write("/tmp/escaped-folder/in/in/file", "x").unwrap();
    for folder in ["/tmp/escaped-folder/in/in", "/tmp/escaped-folder/in", "/tmp/escaped-folder", "/tmp"] {
        let _ = std::fs::set_permissions(folder, std::fs::Permissions::from_mode(0));
    }
}
