// Locks of different ranges, and of descriptors.
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>
static int lk(int fd, int cmd, int type, int s, int l) {
    struct flock f = {.l_type = type, .l_whence = SEEK_SET, .l_start = s, .l_len = l};
    return fcntl(fd, cmd, &f);
}
int main() {
    int fd = open("/tmp/r", O_CREAT | O_RDWR, 0600);
    write(fd, "0000", 4);
    for (int i = 0; i < 2; i++)
        if (!fork()) {
            lk(fd, F_SETLKW, F_WRLCK, i, 1);
            char c;
            pread(fd, &c, 1, i);
            c++;
            pwrite(fd, &c, 1, i);
            lk(fd, F_SETLKW, F_UNLCK, i, 1);
            _exit(0);
        }
    while (wait(0) > 0)
        ;
    char b[5] = {0};
    pread(fd, b, 4, 0);
    puts(b);
    if (!fork()) {
        int g = open("/tmp/r", O_RDWR);
        lk(g, F_OFD_SETLKW, F_WRLCK, 0, 0);
        pwrite(g, "9", 1, 3);
        _exit(0);
    }
    int g = open("/tmp/r", O_RDWR);
    lk(g, F_OFD_SETLKW, F_WRLCK, 0, 0);
    pread(g, b, 4, 0);
    lk(g, F_OFD_SETLKW, F_UNLCK, 0, 0);
    wait(0);
    pread(g, b, 4, 0);
    puts(b);
    unlink("/tmp/r");
    return 0;
}
