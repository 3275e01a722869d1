// Thirty-two processes add to one counter.
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

int main(int argc, char **argv) {
    int workers = argc > 1 ? atoi(argv[1]) : 32;
    long *counter = mmap(NULL, sizeof *counter, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    for (int i = 0; i < workers; i++)
        if (fork() == 0) {
#ifdef RIGHT
            __atomic_add_fetch(counter, 1, __ATOMIC_SEQ_CST);
#else
            ++*counter;
#endif
            _exit(0);
        }
    for (int i = 0; i < workers; i++)
        wait(NULL);
    printf("%ld\n", *counter);
}
