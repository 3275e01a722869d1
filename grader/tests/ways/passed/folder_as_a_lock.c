// A folder as a lock, with a yield between tries.
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
static void add(void) {
    while (mkdir("/tmp/lock", 0700) < 0)
        sched_yield();
    char b[32] = {0};
    int fd = open("/tmp/counter", O_RDWR);
    int n = pread(fd, b, 31, 0);
    (void)n;
    int v = atoi(b);
    n = sprintf(b, "%02d", v + 1);
    pwrite(fd, b, n, 0);
    close(fd);
    rmdir("/tmp/lock");
}
int main() {
    int fd = open("/tmp/counter", O_CREAT | O_RDWR | O_TRUNC, 0600);
    write(fd, "10", 2);
    close(fd);
    for (int i = 0; i < 2; i++)
        if (!fork()) {
            add();
            _exit(0);
        }
    while (wait(0) > 0)
        ;
    char b[32] = {0};
    fd = open("/tmp/counter", O_RDONLY);
    read(fd, b, 31);
    printf("%s\n", b);
    close(fd);
    unlink("/tmp/counter");
    return 0;
}
