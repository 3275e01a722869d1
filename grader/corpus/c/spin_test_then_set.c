// A spin lock: test and set are one step, or no lock.
#include <stdio.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

struct shared {
    volatile char locked;
    volatile short total;
};

static void lock(struct shared *s) {
#ifdef RIGHT
    while (__atomic_exchange_n(&s->locked, 1, __ATOMIC_ACQUIRE)) {
    }
#else
    while (s->locked) {
    }
    s->locked = 1;
#endif
}

static void unlock(struct shared *s) {
    __atomic_store_n(&s->locked, 0, __ATOMIC_RELEASE);
}

int main(void) {
    struct shared *s = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    for (int i = 0; i < 2; i++)
        if (fork() == 0) {
            lock(s);
            s->total += 100;
            unlock(s);
            _exit(0);
        }
    for (int i = 0; i < 2; i++)
        wait(NULL);
    printf("total %d\n", s->total);
}
