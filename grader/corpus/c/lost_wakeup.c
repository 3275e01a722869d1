// Whoever decides to wait must still hold the lock when it begins to.
#include <pthread.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

struct shared {
    pthread_mutex_t lock;
    pthread_cond_t changed;
    int ready;
};

int main(void) {
    struct shared *s = mmap(NULL, sizeof *s, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    pthread_mutexattr_t mattr;
    pthread_condattr_t cattr;
    pthread_mutexattr_init(&mattr);
    pthread_mutexattr_setpshared(&mattr, PTHREAD_PROCESS_SHARED);
    pthread_condattr_init(&cattr);
    pthread_condattr_setpshared(&cattr, PTHREAD_PROCESS_SHARED);
    pthread_mutex_init(&s->lock, &mattr);
    pthread_cond_init(&s->changed, &cattr);
    if (fork() == 0) {
#ifdef RIGHT
        pthread_mutex_lock(&s->lock);
        while (!s->ready)
            pthread_cond_wait(&s->changed, &s->lock);
        pthread_mutex_unlock(&s->lock);
#else
        if (!s->ready) {
            pthread_mutex_lock(&s->lock);
            pthread_cond_wait(&s->changed, &s->lock);
            pthread_mutex_unlock(&s->lock);
        }
#endif
        _exit(0);
    }
    if (fork() == 0) {
        pthread_mutex_lock(&s->lock);
        s->ready = 1;
        pthread_cond_signal(&s->changed);
        pthread_mutex_unlock(&s->lock);
        _exit(0);
    }
    while (wait(NULL) > 0) {
    }
    puts("woken");
    return 0;
}
