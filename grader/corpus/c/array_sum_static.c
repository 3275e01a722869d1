// Workers sum parts of an array into one total. Linked statically.
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

enum { NUMBERS = 12, WORKERS = 3 };

struct job {
    long total;
    int numbers[NUMBERS];
};

int main(void) {
    struct job *job = mmap(NULL, sizeof *job, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    for (int i = 0; i < NUMBERS; i++)
        job->numbers[i] = i;
    for (int w = 0; w < WORKERS; w++) {
        if (fork() == 0) {
#ifdef RIGHT
            long part = 0;
            for (int i = w; i < NUMBERS; i += WORKERS)
                part += job->numbers[i];
            __atomic_add_fetch(&job->total, part, __ATOMIC_SEQ_CST);
#else
            for (int i = w; i < NUMBERS; i += WORKERS)
                job->total += job->numbers[i];
#endif
            exit(0);
        }
    }
    while (wait(NULL) > 0)
        ;
    printf("total %ld\n", job->total);
    return 0;
}
