// Between a read lock given back and a write lock taken, others write.
#include <pthread.h>
#include <stdio.h>

static pthread_rwlock_t lock = PTHREAD_RWLOCK_INITIALIZER;
static int largest;

static void *offer(void *arg) {
    int value = *(int *)arg;
#ifdef RIGHT
    pthread_rwlock_wrlock(&lock);
    if (value > largest)
        largest = value;
    pthread_rwlock_unlock(&lock);
#else
    pthread_rwlock_rdlock(&lock);
    int is_larger = value > largest;
    pthread_rwlock_unlock(&lock);
    if (is_larger) {
        pthread_rwlock_wrlock(&lock);
        largest = value;
        pthread_rwlock_unlock(&lock);
    }
#endif
    return NULL;
}

int main(void) {
    int values[2] = {5, 8};
    pthread_t threads[2];
    for (int i = 0; i < 2; i++)
        pthread_create(&threads[i], NULL, offer, &values[i]);
    for (int i = 0; i < 2; i++)
        pthread_join(threads[i], NULL);
    printf("largest %d\n", largest);
    return 0;
}
