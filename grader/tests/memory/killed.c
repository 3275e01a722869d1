// A process that is killed while it goes on: what it stored before it told so is there.
#define _GNU_SOURCE
#include <signal.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

int main(void) {
    volatile int *shared = mmap(0, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    pid_t child = fork();
    if (child == 0) {
        shared[0] = 1;
        shared[1] = 1;
        for (;;)
            if (shared[2])
                _exit(0);
    }
    while (!shared[1]) {
    }
    kill(child, SIGKILL);
    waitpid(child, NULL, 0);
    printf("message: %d\n", shared[0]);
    return 0;
}
