// A child that is told to end before it has said what it knows.
#include <signal.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

int main(void) {
    int *answer = mmap(NULL, sizeof *answer, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    int ready[2];
    if (pipe(ready))
        return 1;
    pid_t child = fork();
    if (child == 0) {
        *answer = 42;
        if (write(ready[1], "r", 1) != 1)
            _exit(1);
        for (;;)
            pause();
    }
#ifdef RIGHT
    char byte;
    if (read(ready[0], &byte, 1) != 1)
        return 1;
#endif
    kill(child, SIGTERM);
    int status;
    waitpid(child, &status, 0);
    printf("answer %d, signal %d\n", *answer, WTERMSIG(status));
    return 0;
}
