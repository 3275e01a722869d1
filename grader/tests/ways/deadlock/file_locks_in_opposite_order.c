// Two file locks, taken in opposite order.
#include <fcntl.h>
#include <sys/file.h>
#include <sys/wait.h>
#include <unistd.h>
int main() {
    close(open("/tmp/a", O_CREAT | O_RDWR, 0600));
    close(open("/tmp/b", O_CREAT | O_RDWR, 0600));
    for (int i = 0; i < 2; i++)
        if (!fork()) {
            int f = open(i ? "/tmp/a" : "/tmp/b", O_RDWR), g = open(i ? "/tmp/b" : "/tmp/a", O_RDWR);
            flock(f, LOCK_EX);
            flock(g, LOCK_EX);
            _exit(0);
        }
    while (wait(0) > 0)
        ;
    unlink("/tmp/a");
    unlink("/tmp/b");
    return 0;
}
