// Two atomic steps are not one.
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

int main(void) {
    _Atomic uint8_t *bytes = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    _Atomic uint8_t *count = &bytes[77];
    for (int i = 0; i < 3; i++)
        if (fork() == 0) {
#ifdef RIGHT
            atomic_fetch_add_explicit(count, 1, memory_order_relaxed);
#else
            uint8_t seen = atomic_load_explicit(count, memory_order_seq_cst);
            atomic_store_explicit(count, seen + 1, memory_order_seq_cst);
#endif
            _exit(0);
        }
    while (wait(NULL) > 0)
        ;
    printf("%u\n", *count);
    return 0;
}
