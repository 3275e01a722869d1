// The lock file is looked for in one step and made in another: both may find none.
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>
static void add(void) {
    while (access("/tmp/lock", F_OK) == 0)
        usleep(10);
    int l = open("/tmp/lock", O_CREAT, 0600);
    close(l);
    char b[32] = {0};
    int fd = open("/tmp/counter", O_RDWR);
    int n = read(fd, b, 31);
    (void)n;
    int v = atoi(b);
    n = sprintf(b, "%02d", v + 1);
    lseek(fd, 0, SEEK_SET);
    write(fd, b, n);
    close(fd);
    unlink("/tmp/lock");
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
