// Work is claimed by drawing its number.
#include <stdio.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

enum { JOBS = 3 };

struct queue {
    int next;
    char done[JOBS];
};

int main(void) {
    struct queue *q = mmap(NULL, sizeof *q, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    for (int w = 0; w < 2; w++) {
        if (fork() == 0) {
            for (;;) {
#ifdef RIGHT
                int job = __atomic_fetch_add(&q->next, 1, __ATOMIC_RELAXED);
#else
                int job = q->next++;
#endif
                if (job >= JOBS)
                    break;
                __atomic_fetch_add(&q->done[job], 1, __ATOMIC_RELAXED);
            }
            _exit(0);
        }
    }
    while (wait(NULL) > 0)
        ;
    for (int job = 0; job < JOBS; job++)
        printf("job %d: %d\n", job, q->done[job]);
}
