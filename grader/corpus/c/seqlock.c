// A sequence lock: a reader that saw the number change, or odd, reads again.
#include <stdatomic.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

struct pair {
    atomic_uint sequence;
    atomic_long x, y;
    atomic_int torn;
};

static void write_both(struct pair *p, long value) {
    atomic_fetch_add(&p->sequence, 1);
    atomic_store(&p->x, value);
    atomic_store(&p->y, -value);
    atomic_fetch_add(&p->sequence, 1);
}

static long read_both(struct pair *p) {
    unsigned before, after;
    long x, y;
    do {
        before = atomic_load(&p->sequence);
        x = atomic_load(&p->x);
        y = atomic_load(&p->y);
        after = atomic_load(&p->sequence);
#ifdef RIGHT
    } while (before != after || before % 2);
#else
        // half of a write is odd at both ends
    } while (before != after);
#endif
    return x + y;
}

int main(void) {
    struct pair *p = mmap(0, sizeof *p, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (fork() == 0) {
        write_both(p, 7);
        _exit(0);
    }
    if (fork() == 0) {
        if (read_both(p) != 0)
            atomic_fetch_add(&p->torn, 1);
        _exit(0);
    }
    while (wait(NULL) > 0)
        ;
    printf("torn %d\n", p->torn);
}
