// The end of a pipe comes when the last write end is closed, one's own too.
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

int main(void) {
    int ends[2];
    if (pipe(ends) != 0)
        exit(1);
    if (fork() == 0) {
#ifdef RIGHT
        close(ends[1]);
#endif
        char byte;
        int bytes = 0;
        while (read(ends[0], &byte, 1) == 1)
            bytes++;
        printf("%d bytes\n", bytes);
        exit(0);
    }
    close(ends[0]);
    if (write(ends[1], "hello", 5) != 5)
        exit(1);
    close(ends[1]);
    wait(NULL);
    exit(0);
}
