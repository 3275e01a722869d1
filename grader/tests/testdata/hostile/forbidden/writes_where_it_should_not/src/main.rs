//! Files all over the machine.

fn main() {
    for place in ["/", "/etc/", "/root/", "/home/", "/dev/shm/../", "/tmp/../", "/var/", "/usr/lib/", "@SECRET@."] {
        println!("{:?}", std::fs::write(format!("{place}escaped-file"), "x").is_ok());
    }
}
