// A hundred thousand accesses to shared memory.
#include <stdio.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

enum { WORDS = 1000, ROUNDS = 25 };

struct shared {
    volatile long words[2][WORDS];
    volatile long total;
};

int main(void) {
    struct shared *s = mmap(NULL, sizeof *s, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    for (int me = 0; me < 2; me++)
        if (fork() == 0) {
            for (int round = 0; round < ROUNDS; round++)
                for (int i = 0; i < WORDS; i++)
                    s->words[me][i] += 1;
#ifdef RIGHT
            __atomic_fetch_add(&s->total, 1, __ATOMIC_SEQ_CST);
#else
            s->total += 1;
#endif
            _exit(0);
        }
    while (wait(NULL) > 0)
        ;
    printf("total %ld\n", s->total);
    return 0;
}
