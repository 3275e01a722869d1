// What is larger than a pipe must be read while it is written.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { SIZE = 200000 };

static void write_all(int fd, const char *bytes, size_t size) {
    while (size > 0) {
        ssize_t written = write(fd, bytes, size);
        if (written <= 0)
            _exit(1);
        bytes += written;
        size -= written;
    }
}

int main(void) {
    int ends[2];
    char *message = malloc(SIZE);
    memset(message, 'm', SIZE);
    if (pipe(ends))
        return 1;
    pid_t child = fork();
    if (child == 0) {
        close(ends[0]);
        write_all(ends[1], message, SIZE);
        _exit(0);
    }
    close(ends[1]);
#ifndef RIGHT
    // 'first let it finish'
    waitpid(child, NULL, 0);
#endif
    size_t total = 0;
    ssize_t got;
    while ((got = read(ends[0], message, SIZE)) > 0)
        total += got;
#ifdef RIGHT
    waitpid(child, NULL, 0);
#endif
    printf("%zu bytes\n", total);
    return 0;
}
