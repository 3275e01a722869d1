// Woken is not the same as: the condition holds.
#include <pthread.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

struct shared {
    pthread_mutex_t lock;
    pthread_cond_t more;
    int items;
    int lowest;
};

static void take(struct shared *s) {
    pthread_mutex_lock(&s->lock);
#ifdef RIGHT
    while (s->items == 0)
#else
    if (s->items == 0)
#endif
        pthread_cond_wait(&s->more, &s->lock);
    s->items--;
    if (s->items < s->lowest)
        s->lowest = s->items;
    pthread_mutex_unlock(&s->lock);
}

static void put(struct shared *s) {
    pthread_mutex_lock(&s->lock);
    s->items++;
    pthread_cond_broadcast(&s->more);
    pthread_mutex_unlock(&s->lock);
}

int main(void) {
    struct shared *s = mmap(NULL, sizeof *s, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    pthread_mutexattr_t mattr;
    pthread_condattr_t cattr;
    pthread_mutexattr_init(&mattr);
    pthread_mutexattr_setpshared(&mattr, PTHREAD_PROCESS_SHARED);
    pthread_condattr_init(&cattr);
    pthread_condattr_setpshared(&cattr, PTHREAD_PROCESS_SHARED);
    pthread_mutex_init(&s->lock, &mattr);
    pthread_cond_init(&s->more, &cattr);
    for (int i = 0; i < 2; i++)
        if (fork() == 0) {
            take(s);
            _exit(0);
        }
    put(s);
    put(s);
    while (wait(NULL) > 0) {
    }
    printf("lowest %d, left %d\n", s->lowest, s->items);
}
