// Each of two stores, and then reads what the other stores: that both read nothing is what
// store buffers alone make possible. With -DEXCHANGE the store is an exchange, with
// -DPRIVATE a locked instruction on memory of its own stands between.
#define _GNU_SOURCE
#include <stdio.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

struct shared {
    volatile int x[2];
    volatile int seen[2];
};

static void work(struct shared *shared, int me) {
#ifdef EXCHANGE
    __atomic_store_n(&shared->x[me], 1, __ATOMIC_SEQ_CST);
#else
    shared->x[me] = 1;
#endif
#ifdef PRIVATE
    int own = 0;
    __sync_fetch_and_add(&own, 1);
#endif
#ifdef CALL
    getppid();
#endif
    shared->seen[me] = shared->x[1 - me];
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
    puts(shared->seen[0] || shared->seen[1] ? "somebody saw something" : "0 0");
    return 0;
}
