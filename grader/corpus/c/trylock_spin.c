// Two who each give back what they have and try again, in step, for ever.
#include <stdatomic.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

struct shared {
    atomic_int wants[2];
    int count;
};

int main(void) {
    struct shared *s = mmap(NULL, sizeof *s, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    for (int me = 0; me < 2; me++)
        if (fork() == 0) {
            atomic_store(&s->wants[me], 1);
#ifdef RIGHT
            // the second gives way
            while (atomic_load(&s->wants[1 - me])) {
                if (me == 1) {
                    atomic_store(&s->wants[1], 0);
                    while (atomic_load(&s->wants[0]))
                        ;
                    atomic_store(&s->wants[1], 1);
                }
            }
#else
            // neither does
            while (atomic_load(&s->wants[1 - me]))
                ;
#endif
            s->count++;
            atomic_store(&s->wants[me], 0);
            _exit(0);
        }
    while (wait(NULL) > 0)
        ;
    printf("count %d\n", s->count);
}
