// Right: a thread is cancelled in a wait. The signal that does it comes while others' memory is
// being closed to it, and its handler looks at who sent it.
#include <pthread.h>
#include <stdio.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
static int waiting, cleaned;

static void clean(void *argument) {
    cleaned = 1;
    pthread_mutex_unlock(&lock);
}

static void *work(void *argument) {
    pthread_mutex_lock(&lock);
    pthread_cleanup_push(clean, 0);
    waiting = 1;
    pthread_cond_signal(&changed);
    for (;;)
        pthread_cond_wait(&changed, &lock);
    pthread_cleanup_pop(1);
    return 0;
}

int main(void) {
    pthread_t thread;
    void *result;
    pthread_create(&thread, 0, work, 0);
    pthread_mutex_lock(&lock);
    while (!waiting)
        pthread_cond_wait(&changed, &lock);
    pthread_mutex_unlock(&lock);
    pthread_cancel(thread);
    pthread_join(thread, &result);
    printf("%d %d\n", cleaned, result == PTHREAD_CANCELED);
}
