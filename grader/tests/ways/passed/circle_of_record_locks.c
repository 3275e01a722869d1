// The kernel refuses the record lock that would close a circle.
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
    for (int i = 0; i < 2; i++)
        if (!fork()) {
            lk(fd, F_SETLKW, F_WRLCK, i, 1);
            if (lk(fd, F_SETLKW, F_WRLCK, 1 - i, 1) < 0 && errno != EDEADLK)
                _exit(2);
            _exit(0);
        }
    int s, bad = 0;
    while (wait(&s) > 0)
        bad |= s;
    printf("%d\n", bad);
    unlink("/tmp/r");
    return 0;
}
