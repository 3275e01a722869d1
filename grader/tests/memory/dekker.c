// Dekker's lock around a counter. With -DFENCE it is right on x86-64.
#define _GNU_SOURCE
#include <stdio.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#ifdef FENCE
#define fence() __sync_synchronize()
#else
#define fence() __asm__ volatile("" ::: "memory")
#endif

struct shared {
    volatile int wants[2];
    volatile int turn;
    volatile int counter;
};

static void work(struct shared *shared, int me) {
    int other = 1 - me;
    shared->wants[me] = 1;
    fence();
    while (shared->wants[other]) {
        if (shared->turn != me) {
            shared->wants[me] = 0;
            while (shared->turn != me) {
            }
            shared->wants[me] = 1;
            fence();
        }
    }
    int seen = shared->counter;
    shared->counter = seen + 1;
    shared->turn = other;
    shared->wants[me] = 0;
}

int main(void) {
    struct shared *shared = mmap(0, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    for (int me = 0; me < 2; me++) {
        if (fork() == 0) {
            work(shared, me);
            _exit(0);
        }
    }
    while (wait(NULL) > 0) {
    }
    printf("counter: %d\n", shared->counter);
    return 0;
}
