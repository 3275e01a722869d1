// Bits side by side in one word are one word to whoever writes them.
#include <stdio.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#ifdef RIGHT
struct flags {
    unsigned char ready;
    unsigned char done;
};
#else
struct flags {
    unsigned ready : 1;
    unsigned done : 1;
};
#endif

int main(void) {
    struct flags *flags = mmap(NULL, sizeof *flags, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (fork() == 0) {
        flags->ready = 1;
        _exit(0);
    }
    if (fork() == 0) {
        flags->done = 1;
        _exit(0);
    }
    while (wait(NULL) > 0)
        ;
    printf("ready %u, done %u\n", flags->ready, flags->done);
}
