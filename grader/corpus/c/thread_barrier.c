// Everybody reads what everybody wrote: between the two lies a barrier.
#include <pthread.h>
#include <stdio.h>

enum { THREADS = 2 };

static pthread_barrier_t barrier;
static int part[THREADS], sum[THREADS];

static void *work(void *arg) {
    long me = (long)arg;
    part[me] = (int)me + 1;
#ifdef RIGHT
    pthread_barrier_wait(&barrier);
#endif
    for (int i = 0; i < THREADS; i++)
        sum[me] += part[i];
    return NULL;
}

int main(void) {
    pthread_t threads[THREADS];
    pthread_barrier_init(&barrier, NULL, THREADS);
    for (long i = 0; i < THREADS; i++)
        pthread_create(&threads[i], NULL, work, (void *)i);
    for (int i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    printf("%d %d\n", sum[0], sum[1]);
}
