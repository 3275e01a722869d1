// Initialised by whoever comes first: the flag goes up when all is ready.
#include <pthread.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

struct shared {
    pthread_mutex_t lock;
    volatile int ready;
    volatile int value;
    volatile int seen[2];
};

static int get(struct shared *s) {
    if (!s->ready) {
        pthread_mutex_lock(&s->lock);
        if (!s->ready) {
#ifdef RIGHT
            s->value = 42;
            s->ready = 1;
#else
            s->ready = 1;
            s->value = 42;
#endif
        }
        pthread_mutex_unlock(&s->lock);
    }
    return s->value;
}

int main(void) {
    struct shared *s = mmap(0, sizeof *s, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    pthread_mutexattr_t attr;
    pthread_mutexattr_init(&attr);
    pthread_mutexattr_setpshared(&attr, PTHREAD_PROCESS_SHARED);
    pthread_mutex_init(&s->lock, &attr);
    for (int i = 0; i < 2; i++)
        if (!fork()) {
            s->seen[i] = get(s);
            _exit(0);
        }
    while (wait(0) > 0)
        ;
    printf("%d %d\n", s->seen[0], s->seen[1]);
    return 0;
}
