// A compare-and-swap that fails has to be tried again.
#include <stdio.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

static void add(unsigned *sum, unsigned by) {
    unsigned seen = __atomic_load_n(sum, __ATOMIC_ACQUIRE);
#ifdef RIGHT
    while (!__atomic_compare_exchange_n(sum, &seen, seen + by, 0, __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE))
        ;
#else
    __atomic_compare_exchange_n(sum, &seen, seen + by, 0, __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE);
#endif
}

int main(void) {
    unsigned *sum = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    for (unsigned i = 1; i <= 2; i++)
        if (fork() == 0) {
            add(sum, i);
            _exit(0);
        }
    while (wait(NULL) > 0)
        ;
    printf("sum %u\n", *sum);
}
