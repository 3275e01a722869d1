// Peterson's lock for two: first announce, then look.
#include <stdatomic.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

struct peterson {
    atomic_int wants[2];
    atomic_int turn;
    int in_it;
    int count;
};

static void enter(struct peterson *p, int me) {
    int other = 1 - me;
#ifdef RIGHT
    atomic_store(&p->wants[me], 1);
    atomic_store(&p->turn, other);
    while (atomic_load(&p->wants[other]) && atomic_load(&p->turn) == other)
        ;
#else
    // looks before it announces
    while (atomic_load(&p->wants[other]) && atomic_load(&p->turn) == other)
        ;
    atomic_store(&p->wants[me], 1);
    atomic_store(&p->turn, other);
#endif
}

int main(void) {
    struct peterson *p = mmap(0, sizeof *p, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    for (int me = 0; me < 2; me++) {
        if (fork() == 0) {
            enter(p, me);
            p->count = p->count + 1;
            atomic_store(&p->wants[me], 0);
            _exit(0);
        }
    }
    wait(0);
    wait(0);
    printf("count %d\n", p->count);
    return 0;
}
