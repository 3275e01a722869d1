// Right: a reader learns that nobody writes any more from the end of the pipe.
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

int main(void) {
    int ends[2];
    pipe(ends);
    for (int i = 0; i < 2; i++) {
        if (fork() == 0) {
            for (int n = 0; n < 3; n++) write(ends[1], "x", 1);
            _exit(0);
        }
    }
    close(ends[1]);
    char byte;
    int count = 0;
    while (read(ends[0], &byte, 1) == 1) count++;
    while (wait(NULL) > 0) {}
    printf("read: %d\n", count);
    return 0;
}
