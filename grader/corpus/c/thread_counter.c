// Threads count in a static variable.
#include <pthread.h>
#include <stdio.h>

static int counter;
#ifdef RIGHT
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
#endif

static void *work(void *unused) {
    for (int i = 0; i < 2; i++) {
#ifdef RIGHT
        pthread_mutex_lock(&lock);
#endif
        counter++;
#ifdef RIGHT
        pthread_mutex_unlock(&lock);
#endif
    }
    return unused;
}

int main(void) {
    pthread_t threads[2];
    for (int i = 0; i < 2; i++)
        pthread_create(&threads[i], NULL, work, NULL);
    for (int i = 0; i < 2; i++)
        pthread_join(threads[i], NULL);
    printf("%d\n", counter);
    return 0;
}
