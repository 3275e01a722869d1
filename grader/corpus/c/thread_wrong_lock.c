// Two locks for one variable are none.
#include <pthread.h>
#include <stdio.h>

struct {
    pthread_mutex_t lock, other;
    long data;
} shared = {PTHREAD_MUTEX_INITIALIZER, PTHREAD_MUTEX_INITIALIZER, 0};

static void *first(void *arg) {
    pthread_mutex_lock(&shared.lock);
    shared.data += 10;
    pthread_mutex_unlock(&shared.lock);
    return arg;
}

static void *second(void *arg) {
#ifdef RIGHT
    pthread_mutex_t *lock = &shared.lock;
#else
    pthread_mutex_t *lock = &shared.other;
#endif
    pthread_mutex_lock(lock);
    shared.data += 3;
    pthread_mutex_unlock(lock);
    return arg;
}

int main(void) {
    pthread_t one, two;
    pthread_create(&one, NULL, first, NULL);
    pthread_create(&two, NULL, second, NULL);
    pthread_join(one, NULL);
    pthread_join(two, NULL);
    printf("data %ld\n", shared.data);
}
