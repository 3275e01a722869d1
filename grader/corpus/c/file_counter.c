// A counter in a file: read, add, write.
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/wait.h>
#include <unistd.h>

static void add(const char *path) {
    int fd = open(path, O_RDWR);
#ifdef RIGHT
    flock(fd, LOCK_EX);
#endif
    char text[16] = "";
    if (pread(fd, text, sizeof text - 1, 0) < 0)
        _exit(1);
    int length = snprintf(text, sizeof text, "%d", atoi(text) + 1);
    if (pwrite(fd, text, length, 0) != length)
        _exit(1);
    close(fd);
}

int main(void) {
    char path[] = "/tmp/corpus_counter_XXXXXX";
    int fd = mkstemp(path);
    if (write(fd, "0", 1) != 1)
        return 1;
    for (int i = 0; i < 2; i++)
        if (fork() == 0) {
            add(path);
            _exit(0);
        }
    while (wait(NULL) > 0)
        ;
    char text[16] = "";
    if (pread(fd, text, 15, 0) < 0)
        return 1;
    printf("%s\n", text);
    unlink(path);
    return 0;
}
