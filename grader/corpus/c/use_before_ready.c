// A worker divides by what its sibling has yet to set.
#include <sched.h>
#include <semaphore.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

struct shared {
    sem_t ready;
    volatile int divisor;
};

int main(void) {
    struct shared *s = mmap(NULL, sizeof *s, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    sem_init(&s->ready, 1, 0);
    pid_t setter = fork();
    if (setter == 0) {
        s->divisor = 4;
        sem_post(&s->ready);
        _exit(0);
    }
#ifdef RIGHT
    sem_wait(&s->ready);
#else
    sched_yield();
#endif
    int result = 100 / s->divisor;
    waitpid(setter, NULL, 0);
    printf("%d\n", result);
}
