// A token in a pipe is a lock, as long as there is one.
#include <stdio.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#ifdef RIGHT
#define TOKENS "t"
#else
#define TOKENS "tt"
#endif

int main(void) {
    int token[2];
    unsigned long *counts = mmap(NULL, 64, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (pipe(token) < 0 || write(token[1], TOKENS, sizeof TOKENS - 1) < 0)
        return 1;
    for (int i = 0; i < 2; i++)
        if (fork() == 0) {
            char byte;
            for (int round = 0; round < 2; round++) {
                if (read(token[0], &byte, 1) != 1)
                    _exit(1);
                counts[3]++;
                if (write(token[1], &byte, 1) != 1)
                    _exit(1);
            }
            _exit(0);
        }
    while (wait(NULL) > 0)
        ;
    printf("%lu\n", counts[3]);
}
