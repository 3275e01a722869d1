// The dining savages (Andrews): whoever finds the pot empty wakes the cook. One looks at a time, or
// all do.
#include <semaphore.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

int main(void) {
    struct {
        sem_t pot, empty, full;
        int servings, eaten;
    } *s = mmap(0, sizeof *s, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    sem_init(&s->pot, 1, 1);
    sem_init(&s->empty, 1, 0);
    sem_init(&s->full, 1, 0);
    if (!fork()) {
        sem_wait(&s->empty);
        s->servings = 2;
        sem_post(&s->full);
        _exit(0);
    }
    for (int i = 0; i < 2; i++) {
        if (!fork()) {
#ifdef RIGHT
            sem_wait(&s->pot);
#endif
            if (s->servings == 0) {
                sem_post(&s->empty);
                sem_wait(&s->full);
            }
            s->servings = s->servings - 1;
            s->eaten = s->eaten + 1;
#ifdef RIGHT
            sem_post(&s->pot);
#endif
            _exit(0);
        }
    }
    while (wait(0) > 0)
        ;
    printf("eaten %d, left %d\n", s->eaten, s->servings);
}
