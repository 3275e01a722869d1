// A ticket lock whose tickets are drawn in one step, or in two.
#include <sched.h>
#include <stdatomic.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

struct lock {
    atomic_uint next, serving;
};

static unsigned draw(struct lock *lock) {
#ifdef RIGHT
    return atomic_fetch_add(&lock->next, 1);
#else
    unsigned mine = atomic_load(&lock->next);
    atomic_store(&lock->next, mine + 1);
    return mine;
#endif
}

int main(void) {
    struct {
        struct lock lock;
        int total;
    } *s = mmap(0, sizeof *s, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    for (int i = 1; i <= 2; i++) {
        if (!fork()) {
            unsigned mine = draw(&s->lock);
            while (atomic_load(&s->lock.serving) != mine)
                sched_yield();
            s->total = s->total + i;
            atomic_fetch_add(&s->lock.serving, 1);
            _exit(0);
        }
    }
    while (wait(0) > 0)
        ;
    printf("total %d\n", s->total);
}
