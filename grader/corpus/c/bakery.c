// Lamport's bakery: whoever draws a number says so meanwhile, or does not.
#include <sched.h>
#include <stdatomic.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

enum { CUSTOMERS = 2 };

struct shop {
    atomic_int drawing[CUSTOMERS], number[CUSTOMERS];
    int total;
};

static void enter(struct shop *shop, int me) {
#ifdef RIGHT
    atomic_store(&shop->drawing[me], 1);
#endif
    int highest = 0;
    for (int i = 0; i < CUSTOMERS; i++) {
        int number = atomic_load(&shop->number[i]);
        if (number > highest)
            highest = number;
    }
    atomic_store(&shop->number[me], highest + 1);
    atomic_store(&shop->drawing[me], 0);
    for (int i = 0; i < CUSTOMERS; i++) {
        if (i == me)
            continue;
        while (atomic_load(&shop->drawing[i]))
            sched_yield();
        for (;;) {
            int number = atomic_load(&shop->number[i]), own = highest + 1;
            if (!number || number > own || (number == own && i > me))
                break;
            sched_yield();
        }
    }
}

int main(void) {
    struct shop *shop = mmap(0, sizeof *shop, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    for (int me = 0; me < CUSTOMERS; me++) {
        if (!fork()) {
            enter(shop, me);
            shop->total = shop->total + 1;
            atomic_store(&shop->number[me], 0);
            _exit(0);
        }
    }
    while (wait(0) > 0)
        ;
    printf("total %d\n", shop->total);
}
