// A child that nobody waits for.
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

int main(void) {
    int done[2];
    if (pipe(done))
        return 1;
    if (fork() == 0) {
        if (write(done[1], "d", 1) != 1)
            _exit(1);
        _exit(0);
    }
    char byte;
    if (read(done[0], &byte, 1) != 1)
        return 1;
#ifdef RIGHT
    wait(NULL);
#endif
    puts("done");
    return 0;
}
